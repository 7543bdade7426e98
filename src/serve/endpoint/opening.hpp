// Behind the envelope: everything that can be wrong there is one answer and one amount of work
// (SECURITY rule S01). Used inside this room only.
#pragma once

#include "serve/endpoint/case.hpp"

namespace scep::endpoint {

struct OpenedRequest {
    x509::CertificationRequest request{};
    crypto::PublicKey key{};  // of the request, whose size is not an answer yet (SECURITY rule S05)
};

// Before an envelope is opened by a password: TooMuch when sender or profile have spent what
// deriving may cost. nullopt: go on.
Step spend_derivation(const Case& c);

// A CSR whose own signature verifies. The error says for the operator alone which of the things
// behind the envelope was wrong.
Result<OpenedRequest> open_request(Case& c);

// The messageData of GetCert and GetCRL (RFC 8894 section 3.3.4). Nothing signs it, so that whether
// it was opened is nothing that a peer may learn: the caller has one answer for that and for all
// that is wrong with it, behind spend_decoys().
Result<IssuerAndSerialNumber> open_issuer_and_serial(Case& c);

// The work that open_request() does before each of its refusals.
void spend_decoys(const Case& c);

}  // namespace scep::endpoint
