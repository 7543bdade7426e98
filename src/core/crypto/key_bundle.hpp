// Key files as operators keep them for looking at captures: encrypted PEM, PKCS#12, with or without
// the certificates. Servers take unencrypted keys only; see PrivateKey::parse.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/crypto/keys.hpp"

namespace scep::crypto {

struct KeyBundle {
    std::unique_ptr<PrivateKey> key{};
    std::vector<Buffer> certificates{};  // DER, of a PKCS#12 file; the key's own first
};

// PKCS#8, PKCS#1, SEC1 as PEM or DER, encrypted or not; PKCS#12. What old files are encrypted with
// (RC2, DES, MD5) is read through OpenSSL's legacy provider in a library context of its own.
//
// passphrase  nullopt: none was given, and an encrypted file is an error that says so
// rules       for the key's size; of several keys in PEM the first counts
// errors      Config and Crypto, with `source`; they repeat nothing of the file
Result<KeyBundle> open_key_file(Bytes file,
                                std::string_view source,
                                const std::optional<SecretBytes>& passphrase,
                                const KeyRules& rules);

}  // namespace scep::crypto
