#include "serve/endpoint/endpoint.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/scep/operation.hpp"
#include "serve/endpoint/cert_rep.hpp"
#include "serve/endpoint/decide.hpp"

namespace scep::endpoint {

namespace {

Outcome refuse(int status, std::string_view text, std::string detail) {
    return {.reply = http::text_reply(status, text),
            .action = "-",
            .decision = fmt::format("refused {}", status),
            .detail = std::move(detail)};
}

Outcome fixed(std::string action, std::string_view type, Bytes body) {
    return {.reply = {.content_type = std::string(type), .body = to_buffer(body)},
            .action = std::move(action),
            .decision = "success"};
}

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

// What a stranger sends fills no disk (SECURITY rule S07). The rest of the row is ours or bounded
// by the codec.
void bound(store::AuditEvent& event) {
    for (std::string* value : {&event.subject,
                               &event.subject_alt_names,
                               &event.signer,
                               &event.mtls_subject,
                               &event.reason})
        if (value->size() > limits::kMaxAuditValue)
            *value = shorten(*value, limits::kMaxAuditValue);
}

// The way of one PKIOperation after the decision: reply, audit row, issuance.
class Answer {
  public:
    Answer(const crypto::Library& library,
           const ProfileSnapshot& profile,
           const Decision& decision,
           const Context& context,
           Random& random)
        : library_(library),
          profile_(profile),
          decision_(decision),
          context_(context),
          random_(random) {}

    Outcome give() {
        const auto* grant = std::get_if<x509::Grant>(&decision_.verdict);
        return grant != nullptr ? issue(*grant) : refuse_with(*decision_.refusal());
    }

  private:
    Outcome issue(const x509::Grant& grant);
    Outcome refuse_with(const Refusal& refusal);
    Outcome outcome(Result<Buffer> reply, store::AuditEvent event) const;
    store::AuditEvent audit_row() const;
    store::Issuance issuance_row(const ca::Issued& issued, const store::AuditEvent& event) const;

    const crypto::Library& library_;
    const ProfileSnapshot& profile_;
    const Decision& decision_;
    const Context& context_;
    Random& random_;
};

store::AuditEvent Answer::audit_row() const {
    store::AuditEvent event{
        .time = context_.now,
        .profile = profile_.settings.path_id,
        .action = audit_action(decision_.message.type),
        .reference = context_.reference,
        .transaction_id = decision_.message.transaction_id.to_text(),
        .signer = decision_.message.signer.subject_text(),
        .client_address = context_.client_address,
        .mtls_subject = context_.bootstrap ? context_.bootstrap->subject_text() : ""};
    if (decision_.request) {
        event.subject = decision_.request->subject().to_text();
        event.subject_alt_names = names_text(decision_.request->subject_alt_names());
    }
    return event;
}

store::Issuance Answer::issuance_row(const ca::Issued& issued,
                                     const store::AuditEvent& event) const {
    return {.profile = event.profile,
            .issuer_id = profile_.issuer->id(),
            .serial = event.serial,
            .subject = event.subject,
            .subject_alt_names = event.subject_alt_names,
            .not_before = issued.not_before,
            .not_after = issued.not_after,
            .issued_at = context_.now,
            .transaction_id = event.transaction_id,
            .signer_spki_sha256 = crypto::sha256(decision_.signer_key->spki()),
            .fingerprint = crypto::sha256(issued.der),
            .certificate = issued.der};
}

Outcome Answer::outcome(Result<Buffer> reply, store::AuditEvent event) const {
    Outcome out{.action = to_text(decision_.message.type),
                .decision = event.outcome,
                .detail = event.reason,
                .transaction_id = event.transaction_id,
                .subject = event.subject,
                .serial = event.serial};
    if (!reply) {
        out.reply = http::text_reply(500, "internal error");
        out.decision = "refused 500";
        out.detail = fmt::format("cannot build the reply: {}", to_text(reply.error()));
        return out;
    }
    out.reply = {.content_type = std::string(kTypePkiMessage), .body = *std::move(reply)};
    bound(event);
    out.effects.events.push_back(std::move(event));
    return out;
}

Outcome Answer::refuse_with(const Refusal& refusal) {
    store::AuditEvent event = audit_row();
    event.outcome = "failure";
    event.reason = fmt::format("{}: {}", to_text(refusal.info), refusal.reason);
    return outcome(failure_rep(library_, profile_, decision_, refusal, context_.reference, random_),
                   std::move(event));
}

Outcome Answer::issue(const x509::Grant& grant) {
    Result<ca::Issued> issued =
        profile_.issuer->issue(grant, profile_.certificate_profile, context_.now, random_);
    if (!issued)
        return refuse_with(
            {FailInfo::BadRequest, "the CA cannot issue at the moment", to_text(issued.error())});
    store::AuditEvent event = audit_row();
    event.outcome = "success";
    event.serial = to_hex_upper(issued->serial);
    event.reason = fmt::format("{}", fmt::join(decision_.remarks, "; "));
    store::Issuance row = issuance_row(*issued, event);
    Outcome out =
        outcome(success_rep(library_, profile_, decision_, issued->der, random_), std::move(event));
    if (!out.effects.empty())
        out.effects.issuances.push_back(std::move(row));
    return out;
}

Outcome pki_operation(const crypto::Library& library,
                      const ProfileSnapshot& profile,
                      Bytes message,
                      const Context& context,
                      Random& random) {
    const Result<Decision> decision =
        decide(library, profile, message, context.bootstrap ? &*context.bootstrap : nullptr);
    if (!decision)
        return refuse(400, "not a pkiMessage", to_text(decision.error()));
    return Answer(library, profile, *decision, context, random).give();
}

}  // namespace

Outcome answer(const crypto::Library& library,
               const ProfileSnapshot& profile,
               const http::Request& request,
               const Context& context,
               Random& random) {
    const bool post = request.method == "POST";
    if (!post && request.method != "GET") {
        Outcome out = refuse(405, "use GET or POST", "method " + request.method);
        out.reply.headers.emplace_back("Allow", "GET, POST");
        return out;
    }
    const Result<Operation> operation = parse_operation(post, request.query, request.body);
    if (!operation)
        return refuse(400, "not a SCEP operation", to_text(operation.error()));
    switch (operation->kind) {
        case OperationKind::GetCaCaps:
            return fixed("GetCACaps", kTypeCaps, as_bytes(profile.capabilities));
        case OperationKind::GetCaCert:
            return fixed("GetCACert", profile.ca_certificates_type, profile.ca_certificates);
        case OperationKind::GetNextCaCert:
            if (profile.next_ca_certificates.empty())
                return refuse(
                    404, "there is no next CA certificate", "GetNextCACert without a next CA");
            return fixed("GetNextCACert", kTypeNextCaCert, profile.next_ca_certificates);
        case OperationKind::PkiOperation:
            break;
    }
    return pki_operation(library, profile, operation->message, context, random);
}

}  // namespace scep::endpoint
