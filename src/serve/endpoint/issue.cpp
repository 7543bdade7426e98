#include "serve/endpoint/issue.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "serve/endpoint/decide.hpp"
#include "serve/endpoint/rows.hpp"

namespace scep::endpoint {

namespace {

store::Issuance issuance_row(const Issue& issue,
                             const ca::Issued& issued,
                             const store::AuditEvent& event) {
    return {.profile = event.profile,
            .issuer_id = issue.issuer->id(),
            .serial = to_hex_upper(issued.serial),
            .subject = event.subject,
            .subject_alt_names = event.subject_alt_names,
            .not_before = issued.not_before,
            .not_after = issued.not_after,
            .issued_at = event.time,
            .transaction_id = event.transaction_id,
            .signer_spki_sha256 = issue.transaction.key.signer_spki_sha256,
            .fingerprint = crypto::sha256(issued.der),
            .certificate = issued.der};
}

// The outcome of a request that an operator decided, unless nobody had to.
void close_pending(const store::Transaction& transaction,
                   store::PendingState state,
                   std::string reason,
                   store::Effects& effects) {
    if (transaction.pending_id != 0)
        effects.pending_outcomes.push_back({.id = transaction.pending_id,
                                            .key = transaction.key,
                                            .state = state,
                                            .reason = std::move(reason),
                                            .issuer_id = transaction.issuer_id,
                                            .serial = transaction.serial});
}

store::AuditEvent event_of(const store::PendingRequest& pending, const Context& context) {
    return {
        .time = context.now,
        .profile = pending.key.profile,
        .action = audit_action(pending.renewal ? MessageType::RenewalReq : MessageType::PkcsReq),
        .reference = context.reference,
        .transaction_id = pending.transaction_id,
        .subject = pending.subject,
        .subject_alt_names = pending.subject_alt_names,
        .signer = pending.signer,
        .client_address = pending.client_address,
        .mtls_subject = pending.mtls_subject};
}

Outcome outcome_of(const store::AuditEvent& event, store::Effects effects) {
    return {.effects = std::move(effects),
            .action = "approved request",
            .decision = event.outcome,
            .detail = event.reason,
            .transaction_id = event.transaction_id,
            .subject = event.subject,
            .serial = event.serial};
}

Outcome refuse_approved(const store::PendingRequest& pending,
                        const Refusal& refusal,
                        store::AuditEvent event) {
    event.outcome = "failure";
    event.reason = fmt::format("{}: {}", to_text(refusal.info), refusal.reason);
    bound(event);
    store::Effects effects;
    close_pending({.key = pending.key, .pending_id = pending.id},
                  store::PendingState::Rejected,
                  event.reason,
                  effects);
    effects.events.push_back(event);
    return outcome_of(event, std::move(effects));
}

}  // namespace

Result<Made> make_certificate(const Issue& issue,
                              const ProfileSnapshot& profile,
                              store::AuditEvent event,
                              Random& random) {
    SCEP_TRY(issued,
             issue.issuer->issue(issue.grant, profile.certificate_profile, event.time, random));
    bound(event);
    Made out{.certificate = issued.der, .serial = to_hex_upper(issued.serial)};
    event.outcome = "success";
    event.serial = out.serial;
    store::Transaction transaction = issue.transaction;
    transaction.recorded_at = event.time;
    transaction.issuer_id = issue.issuer->id();
    transaction.serial = out.serial;
    close_pending(transaction, store::PendingState::Issued, {}, out.effects);
    if (issue.challenge_id)
        out.effects.challenge_uses.push_back({.id = *issue.challenge_id,
                                              .time = event.time,
                                              .client_address = event.client_address,
                                              .serial = out.serial});
    if (issue.signer)
        out.effects.unrevoked.push_back(*issue.signer);
    out.effects.issuances.push_back(issuance_row(issue, issued, event));
    out.effects.transactions.push_back(std::move(transaction));
    out.effects.events.push_back(std::move(event));
    return out;
}

Outcome issue_approved(const ProfileSnapshot& profile,
                       const store::View& view,
                       const store::PendingRequest& pending,
                       const Context& context,
                       Random& random) {
    store::AuditEvent event = event_of(pending, context);
    const Verdict verdict = decide_approved(profile, view, pending, context.now);
    if (const auto* unavailable = std::get_if<Unavailable>(&verdict)) {
        event.outcome = "failure";
        event.reason = to_text(unavailable->error);
        return outcome_of(event, {});
    }
    if (const auto* refusal = std::get_if<Refusal>(&verdict))
        return refuse_approved(pending, *refusal, std::move(event));
    event.reason = fmt::format("approved by {}", pending.decided_by);
    Result<Made> made = make_certificate(std::get<Issue>(verdict), profile, event, random);
    if (!made) {  // the approval stands: the next poll tries again
        event.outcome = "failure";
        event.reason = to_text(made.error());
        return outcome_of(event, {});
    }
    event = made->effects.events.front();
    return outcome_of(event, std::move(made->effects));
}

}  // namespace scep::endpoint
