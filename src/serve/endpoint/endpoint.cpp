#include "serve/endpoint/endpoint.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/scep/operation.hpp"
#include "serve/ca/current_crl.hpp"
#include "serve/endpoint/cert_rep.hpp"
#include "serve/endpoint/decide.hpp"
#include "serve/endpoint/issue.hpp"
#include "serve/endpoint/raw_csr.hpp"
#include "serve/endpoint/rows.hpp"
#include "serve/endpoint/tolerances.hpp"

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

// The way of one PKIOperation after the decision: reply and rows.
class Answer {
  public:
    Answer(const crypto::Library& library,
           const ProfileSnapshot& profile,
           const Decision& decision,
           const Context& context,
           const store::View& view,
           Random& random)
        : library_(library),
          profile_(profile),
          decision_(decision),
          context_(context),
          view_(view),
          random_(random) {}

    Outcome give() {
        return std::visit([this](const auto& verdict) { return carry_out(verdict); },
                          decision_.verdict);
    }

  private:
    Outcome carry_out(const Refusal& refusal);
    Outcome carry_out(const Issue& issue);
    Outcome carry_out(const Hold& hold);
    Outcome carry_out(const Give& given);
    Outcome carry_out(const GiveCrl& wanted);
    Outcome carry_out(const Unavailable& unavailable);
    Outcome carry_out(const TooMuch& much);
    Outcome success(Bytes content, store::AuditEvent event, store::Effects effects);
    Outcome outcome(Result<Buffer> reply, store::AuditEvent event, store::Effects effects) const;

    std::string why() const;

    store::AuditEvent row() const { return audit_row(profile_, decision_, context_); }

    const crypto::Library& library_;
    const ProfileSnapshot& profile_;
    const Decision& decision_;
    const Context& context_;
    const store::View& view_;
    Random& random_;
};

// `event` is the last of the rows; without a reply nothing is written.
Outcome Answer::outcome(Result<Buffer> reply,
                        store::AuditEvent event,
                        store::Effects effects) const {
    Outcome out{.action = to_text(decision_.message.type),
                .decision = event.outcome,
                .detail = event.reason,
                .transaction_id = event.transaction_id,
                .subject = event.subject,
                .serial = event.serial};
    if (!reply) {
        out.reply = http::text_reply(500, "internal error");
        out.decision = "refused 500";
        out.serial.clear();
        out.detail = fmt::format("cannot build the reply: {}", to_text(reply.error()));
        return out;
    }
    out.reply = {.content_type = std::string(kTypePkiMessage), .body = *std::move(reply)};
    out.effects = std::move(effects);
    bound(event);
    out.effects.events.push_back(std::move(event));
    return out;
}

Outcome Answer::success(Bytes content, store::AuditEvent event, store::Effects effects) {
    event.outcome = "success";
    return outcome(success_rep(library_, profile_, decision_, content, random_),
                   std::move(event),
                   std::move(effects));
}

Outcome Answer::carry_out(const Refusal& refusal) {
    store::AuditEvent event = row();
    event.outcome = "failure";
    event.reason = fmt::format("{}: {}", to_text(refusal.info), refusal.reason);
    store::Effects effects;
    if (decision_.reuse)
        effects.events.push_back(reuse_event(event, *decision_.reuse));
    return outcome(failure_rep(library_, profile_, decision_, refusal, context_.reference, random_),
                   std::move(event),
                   std::move(effects));
}

// What let a request in, and what of it was passed over.
std::string Answer::why() const {
    std::vector<std::string> parts = decision_.remarks;
    if (!decision_.authorisation.empty())
        parts.insert(parts.begin(), decision_.authorisation);
    return fmt::format("{}", fmt::join(parts, "; "));
}

Outcome Answer::carry_out(const Issue& issue) {
    store::AuditEvent event = row();
    if (!decision_.request) {  // a poll
        event.subject = issue.grant.subject.to_text();
        event.subject_alt_names = names_text(issue.grant.subject_alt_names);
    }
    event.reason = why();
    Result<Made> made = make_certificate(issue, profile_, event, random_);
    if (!made)
        return carry_out(bad_request("the CA cannot issue at the moment", to_text(made.error())));
    event = std::move(made->effects.events.back());
    made->effects.events.pop_back();
    return success(
        certificates_of(profile_, made->certificate), std::move(event), std::move(made->effects));
}

Outcome Answer::carry_out(const Hold& hold) {
    store::AuditEvent event = row();
    event.outcome = "pending";
    event.reason = hold.request ? fmt::format("waits for an operator: {}", decision_.authorisation)
                                : "waits for an operator";
    store::Effects effects;
    if (hold.request) {
        effects.pending.push_back(*hold.request);
        bound(effects.pending.back());
        effects.transactions.push_back(hold.transaction);
    }
    if (hold.challenge_id)
        effects.challenge_uses.push_back({.id = *hold.challenge_id,
                                          .time = context_.now,
                                          .client_address = context_.client_address});
    return outcome(
        pending_rep(library_, profile_, decision_, random_), std::move(event), std::move(effects));
}

Outcome Answer::carry_out(const Give& given) {
    store::AuditEvent event = row();
    event.subject = given.issuance.subject;
    event.subject_alt_names = given.issuance.subject_alt_names;
    event.serial = given.issuance.serial;
    event.reason = decision_.request ? "the same request again" : "issued before";
    return success(certificates_of(profile_, given.issuance.certificate), std::move(event), {});
}

Outcome Answer::carry_out(const GiveCrl& wanted) {
    Result<ca::CurrentCrl> crl = ca::current_crl(*wanted.issuer, view_, context_.now);
    if (!crl)
        return crl.error().code == Errc::Store
                   ? carry_out(Unavailable{crl.error()})
                   : carry_out(bad_request("there is no CRL", to_text(crl.error())));
    store::AuditEvent event = row();
    event.reason = fmt::format("CRL number {}", crl->record.number);
    store::Effects effects;
    if (crl->fresh)
        effects.crls.push_back(crl->record);
    return success(
        cms::build_certs_only({}, {crl->record.der}), std::move(event), std::move(effects));
}

Outcome Answer::carry_out(const Unavailable& unavailable) {
    return refuse(503, "the state database is not available", to_text(unavailable.error));
}

Outcome Answer::carry_out(const TooMuch& much) {
    Outcome out = refuse(429, "too many requests", much.reason);
    out.reply.headers.emplace_back("Retry-After", "1");
    return out;
}

Outcome pki_operation(const crypto::Library& library,
                      const ProfileSnapshot& profile,
                      Bytes message,
                      const Context& context,
                      const store::View& view,
                      Random& random) {
    if (profile.settings.raw_csr)
        if (const std::optional<Buffer> csr = raw_request(message))
            return answer_raw(library, profile, *csr, context, view, random);
    const Result<Decision> decision =
        decide(library,
               profile,
               message,
               {.view = view,
                .now = context.now,
                .instant = context.instant,
                .client_address = context.client_address,
                .reference = context.reference,
                .bootstrap = context.bootstrap ? &*context.bootstrap : nullptr});
    if (!decision)
        return refuse(400, "not a pkiMessage", to_text(decision.error()));
    Outcome out = Answer(library, profile, *decision, context, view, random).give();
    out.tolerances = decision->tolerances;
    return out;
}

}  // namespace

namespace {

Outcome answer_operation(const crypto::Library& library,
                         const ProfileSnapshot& profile,
                         const Operation& operation,
                         const Context& context,
                         const store::View& view,
                         Random& random) {
    switch (operation.kind) {
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
    return pki_operation(library, profile, operation.message, context, view, random);
}

}  // namespace

Outcome answer(const crypto::Library& library,
               const ProfileSnapshot& profile,
               const http::Request& request,
               const Context& context,
               const store::View& view,
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
    Outcome out = answer_operation(library, profile, *operation, context, view, random);
    out.tolerances.insert(
        out.tolerances.end(), operation->tolerances.begin(), operation->tolerances.end());
    note_request(request, out.tolerances);
    return out;
}

}  // namespace scep::endpoint
