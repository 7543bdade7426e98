// Carrying out an Issue: the certificate, and every row that has to be durable before it leaves.
#pragma once

#include "serve/endpoint/decision.hpp"
#include "serve/endpoint/endpoint.hpp"

namespace scep::endpoint {

struct Made {
    Buffer certificate{};  // DER
    std::string serial{};
    store::Effects effects{};
};

// `event` says whose request it was; outcome and serial are filled in. Policy when the CA cannot
// issue at the moment.
Result<Made> make_certificate(const Issue& issue,
                              const ProfileSnapshot& profile,
                              store::AuditEvent event,
                              Random& random);

// What the server does on its own once an operator has approved a request: rows for the certificate
// that the next poll is given, or for why there is none after all.
Outcome issue_approved(const ProfileSnapshot& profile,
                       const store::View& view,
                       const store::PendingRequest& pending,
                       const Context& context,
                       Random& random);

}  // namespace scep::endpoint
