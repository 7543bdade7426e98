// The key of a certificate that is none of ours, judged and described. Certificates of CAs carry
// kinds of keys that no SCEP message may have: Ed25519, Brainpool curves, RSA of 1024 bits.
#pragma once

#include <optional>
#include <string>

#include "core/x509/certificate.hpp"

namespace scep::x509 {

struct KeyFacts {
    std::string text{};                  // "RSA 2048 bits", "EC P-256", "ED25519"
    std::optional<std::string> unfit{};  // why it must not be relied on: too small, malformed
};

// RSA below 2048 bits, EC below 256 and what SECURITY rule S05 refuses are unfit.
KeyFacts key_facts(const Certificate& certificate);

// Whether the key of `issuer`, of whatever kind, made the signature on `certificate`; names, dates
// and extensions are for the caller.
bool has_signed(const Certificate& issuer, const Certificate& certificate);

}  // namespace scep::x509
