// The raw-CSR path of certctl's first SCEP endpoint: a CSR without an envelope, its challenge
// inside (setting raw_csr). Used inside this room only.
#pragma once

#include <optional>

#include "serve/endpoint/endpoint.hpp"

namespace scep::endpoint {

// The CSR when a message is one, or SignedData that holds one or its base64; nullopt for every
// other message: one that holds EnvelopedData never comes here.
std::optional<Buffer> raw_request(Bytes message);

// A certs-only SignedData, or HTTP 400 (the CSR), 403 (challenge, policy), 429 (too many wrong
// challenges of this profile).
Outcome answer_raw(const crypto::Library& library,
                   const ProfileSnapshot& profile,
                   Bytes csr,
                   const Context& context,
                   const store::View& view,
                   Random& random);

}  // namespace scep::endpoint
