// PKCS#12 (RFC 7292): a key with its certificate and chain in one file under a password.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/secret.hpp"
#include "core/x509/certificate.hpp"

namespace scep::x509 {

struct Pkcs12 {
    std::unique_ptr<crypto::PrivateKey> key{};
    std::vector<Certificate> certificates{};  // the key's own first
};

// PFX: a SEQUENCE that begins with the version number 3.
bool looks_like_pkcs12(Bytes file) noexcept;

// Crypto when the password is wrong or the file damaged; Config when key or certificate are missing
// or unfit.
Result<Pkcs12> parse_pkcs12(Bytes file, Bytes password, std::string_view source);

// AES-256 under PBKDF2, MAC by HMAC-SHA-256. DER. `password` has no NUL (assert). Crypto.
Result<SecretBytes> build_pkcs12(crypto::PrivateKey& key,
                                 const Certificate& certificate,
                                 std::span<const Certificate> chain,
                                 Bytes password);

}  // namespace scep::x509
