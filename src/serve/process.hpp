// What a process that holds CA keys does to itself first (SECURITY rule S28).
#pragma once

namespace scep::serve {

// No core files, no reading of its memory by other processes of the same user, and OpenSSL's
// secure heap for private keys. Call before a key is loaded.
void harden_process() noexcept;

}  // namespace scep::serve
