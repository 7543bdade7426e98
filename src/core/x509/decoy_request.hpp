// Reading that stands in for what a value which is no CSR was spared (SECURITY rule S01).
#pragma once

#include "core/base/bytes.hpp"

namespace scep::x509 {

// A CSR as devices make them: RSA of 2048 bits, a challenge, a name beside the subject. Nobody has
// its key.
Bytes decoy_request();

// Reads it and forgets it.
void read_decoy_request();

}  // namespace scep::x509
