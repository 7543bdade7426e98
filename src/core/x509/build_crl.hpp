// Writes and signs complete certificate revocation lists: RFC 5280 section 5.
#pragma once

#include <vector>

#include "core/base/clock.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/name.hpp"

namespace scep::x509 {

// An entry of revokedCertificates.
struct RevokedCertificate {
    Buffer serial{};  // magnitude
    TimePoint revoked_at{};
    std::uint8_t reason = 0;  // CRLReason; 0, unspecified, is not written (section 5.3.1)
};

// TBSCertList, version 2.
struct CrlFields {
    Name issuer{};
    Buffer authority_key_identifier{};  // keyIdentifier
    std::uint64_t number = 0;           // cRLNumber
    TimePoint this_update{}, next_update{};
    std::vector<RevokedCertificate> revoked{};
};

// DER. Crypto.
Result<Buffer> sign_crl(const CrlFields& fields, crypto::Signer& ca, crypto::Digest digest);

}  // namespace scep::x509
