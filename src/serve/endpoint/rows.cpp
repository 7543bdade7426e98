#include "serve/endpoint/rows.hpp"

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"

namespace scep::endpoint {

namespace {

void shorten_all(std::initializer_list<std::string*> values) {
    for (std::string* value : values)
        if (value->size() > limits::kMaxAuditValue)
            *value = shorten(*value, limits::kMaxAuditValue);
}

}  // namespace

std::string audit_action(MessageType type) {
    switch (type) {
        case MessageType::PkcsReq:
            return "scep_pkcsreq";
        case MessageType::RenewalReq:
            return "scep_renewalreq";
        case MessageType::CertPoll:
            return "scep_poll";
        case MessageType::GetCert:
            return "scep_getcert";
        case MessageType::GetCrl:
            return "scep_getcrl";
        default:
            return "scep_other";
    }
}

std::string names_text(const std::vector<x509::GeneralName>& names) {
    std::string out;
    for (const x509::GeneralName& name : names)
        out += (out.empty() ? "" : ", ") + name.to_text();
    return out;
}

Buffer write_names(const std::vector<x509::GeneralName>& names) {
    if (names.empty())
        return {};
    asn1::Writer out;
    x509::write_general_names(out, names);
    return std::move(out).take();
}

store::AuditEvent audit_row(const ProfileSnapshot& profile,
                            const Decision& decision,
                            const Context& context) {
    store::AuditEvent event{
        .time = context.now,
        .profile = profile.settings.path_id,
        .action = audit_action(decision.message.type),
        .reference = context.reference,
        .transaction_id = decision.message.transaction_id.to_text(),
        .signer = decision.message.signer.subject_text(),
        .client_address = context.client_address,
        .mtls_subject = context.bootstrap ? context.bootstrap->subject_text() : ""};
    if (decision.request) {
        event.subject = decision.request->subject().to_text();
        event.subject_alt_names = names_text(decision.request->subject_alt_names());
    }
    return event;
}

void bound(store::AuditEvent& event) {
    shorten_all({&event.subject,
                 &event.subject_alt_names,
                 &event.signer,
                 &event.mtls_subject,
                 &event.reason});
}

void bound(store::PendingRequest& request) {
    shorten_all(
        {&request.subject, &request.subject_alt_names, &request.signer, &request.mtls_subject});
}

store::AuditEvent reuse_event(store::AuditEvent event, const ChallengeReuse& reuse) {
    event.action = "scep_challenge_reuse";
    event.outcome = "failure";
    event.reason =
        fmt::format("one-time challenge shown by {} was used by {} before, for {}",
                    event.client_address,
                    reuse.first_address,
                    reuse.first_serial.empty() ? "a pending request" : reuse.first_serial);
    bound(event);
    return event;
}

}  // namespace scep::endpoint
