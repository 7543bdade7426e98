// What the server forgives its clients, by name, so that an operator can see who still needs it.
// Used inside this room only.
#pragma once

#include "core/http/message.hpp"
#include "serve/endpoint/decision.hpp"

namespace scep::endpoint {

// Of the HTTP request, its query and body left aside: "http-1.0", "path-tail", "content-type".
void note_request(const http::Request& request, Tolerances& out);

// Of the message and its signer's certificate: "ber", "nonce-length", "signer-expired", ...
void note_message(const PkiMessage& message, Bytes octets, TimePoint now, Tolerances& out);

// Of the CSR: "challenge-nested", "challenge-string-type", "signer-subject".
void note_certification_request(const x509::CertificationRequest& request,
                                const PkiMessage& message,
                                Tolerances& out);

}  // namespace scep::endpoint
