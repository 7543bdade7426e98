// The rows of the state database that an answer leaves behind. Used inside this room only.
#pragma once

#include "serve/endpoint/decision.hpp"
#include "serve/endpoint/endpoint.hpp"

namespace scep::endpoint {

std::string audit_action(MessageType type);  // "scep_pkcsreq"
std::string names_text(const std::vector<x509::GeneralName>& names);
Buffer write_names(const std::vector<x509::GeneralName>& names);  // empty for none

// Outcome and reason are the caller's.
store::AuditEvent audit_row(const ProfileSnapshot& profile,
                            const Decision& decision,
                            const Context& context);

// A second use of a one-time challenge is an event of its own: whoever had it first may not be whom
// it was for. `event` is the row of the request that showed it.
store::AuditEvent reuse_event(store::AuditEvent event, const ChallengeReuse& reuse);

// What a stranger sends fills no disk (SECURITY rule S07). The rest of the row is ours or bounded
// by the codec.
void bound(store::AuditEvent& event);
void bound(store::PendingRequest& request);

}  // namespace scep::endpoint
