// The reply to one pkiMessage: a CertRep in the digest, cipher and key transport of the request
// (RFC 8894 section 3.3.2).
#pragma once

#include "serve/endpoint/decision.hpp"

namespace scep::endpoint {

Result<Buffer> failure_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           const Refusal& refusal,
                           std::string_view reference,
                           Random& random);

Result<Buffer> pending_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           Random& random);

// `content` is the certs-only SignedData that the signer gets, encrypted to its key.
Result<Buffer> success_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           Bytes content,
                           Random& random);

// The leaf first, then what `chain` of the profile says of the CA that signed it (RFC 8894 section
// 3.3.2.1).
Buffer certificates_of(const ProfileSnapshot& profile, Bytes leaf);

}  // namespace scep::endpoint
