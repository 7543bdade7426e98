// Transactions that are known already (SECURITY rules S12, S13).
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "serve/auth/renewal.hpp"
#include "serve/endpoint/case.hpp"

namespace scep::endpoint {

namespace {

// A commit that fails takes back what it was about, so nothing is told of it before.
Error waits_for_commit() {
    return {.code = Errc::Store,
            .what = "an earlier message of this transaction waits for its commit"};
}

Step give(const Circumstances& circumstances,
          const store::Transaction& known,
          std::optional<Seconds> window) {
    // One from later than now was recorded under a clock that was ahead: its certificate is of no
    // use yet.
    if (window && (circumstances.now - known.recorded_at > *window ||
                   known.recorded_at - circumstances.now > limits::kClockLag))
        return {};
    Result<std::optional<store::Issuance>> issued =
        circumstances.view.issuance(known.issuer_id, known.serial);
    if (!issued)
        return Unavailable{std::move(issued).error()};
    if (*issued && (*issued)->waiting)
        return Unavailable{waits_for_commit()};
    if (!*issued || (*issued)->revoked_at || (*issued)->not_after < circumstances.now)
        return {};
    return Give{**std::move(issued)};
}

Refusal rejected(const store::PendingRequest& pending) {
    return bad_request(
        "the request was not approved",
        fmt::format("rejected{}{}", pending.reason.empty() ? "" : ": ", pending.reason));
}

Step answer_pending(const ProfileSnapshot& profile,
                    const Circumstances& circumstances,
                    const store::Transaction& known,
                    std::optional<Seconds> window) {
    Result<std::optional<store::PendingRequest>> pending =
        circumstances.view.pending(known.pending_id);
    if (!pending)
        return Unavailable{std::move(pending).error()};
    if (!*pending)  // pruned: what it led to stays
        return known.serial.empty() ? Step{} : give(circumstances, known, window);
    const bool expired = (*pending)->expires_at <= circumstances.now;
    switch ((*pending)->state) {
        case store::PendingState::Issued:
            return give(circumstances, known, window);
        case store::PendingState::Approved:
            return decide_approved(profile, circumstances.view, **pending, circumstances.now);
        case store::PendingState::Rejected:
            return expired ? Step{} : rejected(**pending);
        case store::PendingState::Pending:
            break;
    }
    return expired ? Step{} : Hold{.transaction = known};
}

}  // namespace

Step answer_known(const ProfileSnapshot& profile,
                  const Circumstances& circumstances,
                  const store::Transaction& known,
                  std::optional<Seconds> window) {
    if (known.pending_id == store::kUncommitted)
        return Unavailable{waits_for_commit()};
    return known.pending_id == 0 ? give(circumstances, known, window)
                                 : answer_pending(profile, circumstances, known, window);
}

namespace {

// The policy as it is now, over what was asked for then.
Result<x509::Grant> grant_again(const ProfileSnapshot& profile,
                                const store::PendingRequest& pending) {
    SCEP_TRY(key, crypto::parse_public_key(pending.spki, profile.algorithms.keys()));
    x509::RequestedIdentity identity{.security_identifier = pending.security_identifier};
    SCEP_TRY(subject, x509::Name::parse(pending.name, "subject"));
    identity.subject = std::move(subject);
    if (!pending.general_names.empty()) {
        SCEP_TRY(names, x509::parse_general_names(pending.general_names));
        identity.subject_alt_names = std::move(names);
    }
    return x509::apply_profile(profile.certificate_profile, identity, key);
}

// What was renewed may have been revoked while the request waited. `found` is given it when not.
Step check_renewed(const ProfileSnapshot& profile,
                   const store::View& view,
                   const store::PendingRequest& pending,
                   TimePoint now,
                   std::optional<store::CertificateId>& found) {
    const Result<x509::Certificate> old = x509::Certificate::parse(pending.signer_certificate);
    if (!old)
        return bad_request("the certificate to renew is gone", to_text(old.error()));
    Result<std::optional<store::Issuance>> issued =
        view.issuance(profile.issuer->id(), old->serial_hex());
    if (!issued)
        return Unavailable{std::move(issued).error()};
    constexpr std::string_view kTold = "the certificate to renew is not accepted any more";
    if (!*issued || (*issued)->fingerprint != old->fingerprint())
        return bad_request(std::string(kTold),
                           fmt::format("no certificate with serial number {} is on record for the "
                                       "issuer {}; was it issued under another id?",
                                       old->serial_hex(),
                                       profile.issuer->id()));
    if ((*issued)->revoked_at || now > old->not_after() + profile.settings.renewal_grace)
        return bad_request(std::string(kTold),
                           "the certificate to renew was revoked or has expired meanwhile");
    found = {(*issued)->issuer_id, (*issued)->serial};
    return {};
}

// The CA that the request was enveloped for: the next one still, or by now the current one. Null
// when it is neither: the device would not take what another gives.
std::shared_ptr<const ca::Issuer> issuer_for(const ProfileSnapshot& profile,
                                             const store::PendingRequest& pending) {
    if (!pending.next_ca)
        return profile.issuer;
    const Buffer& wanted = pending.next_ca_spki_sha256;
    if (wanted.empty())  // a row of schema 3
        return profile.next_issuer ? profile.next_issuer : profile.issuer;
    for (const auto& issuer : {profile.next_issuer, profile.issuer})
        if (issuer && std::ranges::equal(wanted, crypto::sha256(issuer->certificate().spki())))
            return issuer;
    return nullptr;
}

}  // namespace

Verdict decide_approved(const ProfileSnapshot& profile,
                        const store::View& view,
                        const store::PendingRequest& pending,
                        TimePoint now) {
    Result<std::optional<store::Transaction>> known = view.transaction(pending.key);
    if (!known)
        return Unavailable{std::move(known).error()};
    if (!*known || (*known)->pending_id != pending.id)
        return bad_request("the request was replaced", "another request took its transaction");
    std::optional<store::CertificateId> renewed;
    if (pending.renewal)
        if (Step refused = check_renewed(profile, view, pending, now, renewed))
            return *std::move(refused);
    std::shared_ptr<const ca::Issuer> issuer = issuer_for(profile, pending);
    if (!issuer)
        return bad_request("the CA that the request is for does not issue here any more",
                           "enveloped for a next CA that is neither the next nor the current one");
    const Result<x509::Grant> grant = grant_again(profile, pending);
    if (!grant)
        return against_policy(grant.error());
    return Issue{.grant = *grant,
                 .issuer = std::move(issuer),
                 .transaction = **std::move(known),
                 .signer = std::move(renewed)};
}

Result<std::optional<store::Issuance>> signer_issuance(const Case& c) {
    const ca::Issuer& issuer = *c.profile.issuer;
    std::vector<auth::KnownCa> authorities{{issuer.id(), issuer.certificate()}};
    for (const x509::Certificate& above : issuer.chain())
        authorities.push_back({issuer.id(), above});
    for (const x509::Certificate& former : c.profile.former_cas)
        authorities.push_back({issuer.id(), former});
    if (const auto& next = c.profile.next_issuer)
        authorities.push_back({next->id(), next->certificate()});
    return auth::find_issuance(
        c.library, c.circumstances.view, authorities, c.decision.message.signer);
}

}  // namespace scep::endpoint
