// The reply to one pkiMessage: a CertRep in the digest, cipher and key transport of the request
// (RFC 8894 section 3.3.2).
#pragma once

#include "serve/endpoint/decide.hpp"

namespace scep::endpoint {

Result<Buffer> failure_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           const Refusal& refusal,
                           std::string_view reference,
                           Random& random);

// `certificate` is the DER that was issued.
Result<Buffer> success_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           Bytes certificate,
                           Random& random);

}  // namespace scep::endpoint
