// PKCSReq and RenewalReq behind the envelope: whose request is it, and may it have this?
#include <utility>

#include <fmt/format.h>

#include "serve/auth/mtls_bind.hpp"
#include "serve/auth/renewal.hpp"
#include "serve/endpoint/case.hpp"
#include "serve/endpoint/opening.hpp"
#include "serve/endpoint/permission.hpp"
#include "serve/endpoint/rows.hpp"
#include "serve/endpoint/tolerances.hpp"

namespace scep::endpoint {

namespace {

// The road of one request. Members are filled in as far as it got.
class Enrolment {
  public:
    explicit Enrolment(Case& c) : c_(c) {}

    Verdict run() {
        for (const auto step : {&Enrolment::open,
                                &Enrolment::find_signer,
                                &Enrolment::find_transaction,
                                &Enrolment::authorise,
                                &Enrolment::check_binding,
                                &Enrolment::check_request_key,
                                &Enrolment::apply_profile})
            if (Step decided = (this->*step)())
                return *std::move(decided);
        return manual() ? hold() : issue();
    }

  private:
    Step open();
    Step find_signer();
    Step find_transaction();
    Step authorise();
    Step renew();
    Step check_challenge();
    Step check_binding();
    Step check_request_key();
    Step apply_profile();
    Verdict hold();
    Verdict issue();
    store::Transaction transaction() const;
    store::PendingRequest pending_request() const;

    bool manual() const noexcept {
        return c_.profile.settings.approval == config::Approval::Manual;
    }

    const x509::CertificationRequest& request() const { return *c_.decision.request; }

    Case& c_;
    std::optional<crypto::PublicKey> key_{};             // of the request
    std::optional<store::Issuance> signer_{};            // when the signer's certificate is ours
    std::optional<store::OneTimeChallenge> one_time_{};  // that is to be spent
    bool renewal_ = false;
    bool authorised_ = false;  // by a challenge or as a renewal
    x509::Grant grant_{};
};

Step Enrolment::open() {
    if (Step refused = spend_derivation(c_))
        return refused;
    Result<OpenedRequest> opened = open_request(c_);
    if (!opened)
        return bad_message_check(to_text(opened.error()));
    c_.decision.request = std::move(opened->request);
    key_ = std::move(opened->key);
    note_certification_request(request(), c_.decision.message, c_.decision.tolerances);
    return {};
}

Step Enrolment::find_signer() {
    Result<std::optional<store::Issuance>> found = signer_issuance(c_);
    if (!found)
        return Unavailable{std::move(found).error()};
    signer_ = *std::move(found);
    if (signer_ && signer_->revoked_at)
        return bad_request("the certificate of the signer is not accepted",
                           "the certificate that signed is revoked");
    if (!signer_ && c_.decision.message.type == MessageType::RenewalReq)
        return bad_message_check("RenewalReq by a certificate that is not ours");
    return {};
}

// A repeat gets what the first got, before a challenge is spent (SECURITY rule S12). What a
// certificate of ours signed is never a repeat of its own issuance.
Step Enrolment::find_transaction() {
    Result<std::optional<store::Transaction>> known =
        c_.circumstances.view.transaction(c_.transaction_key());
    if (!known)
        return Unavailable{std::move(known).error()};
    if (!*known)
        return {};
    const bool own =
        signer_ && (*known)->serial == signer_->serial && (*known)->issuer_id == signer_->issuer_id;
    const bool same = (*known)->request_sha256 == crypto::sha256(request().der());
    if (own)
        return {};
    Step answer =
        answer_known(c_.profile, c_.circumstances, **known, c_.profile.settings.repeat_window);
    if (same || !answer)
        return answer;
    if (std::holds_alternative<Hold>(*answer) || std::holds_alternative<Issue>(*answer))
        return bad_request("another request of this transaction is waiting",
                           "another request of this transaction is pending");
    return {};
}

Step Enrolment::authorise() {
    if (!signer_)
        return check_challenge();
    const Status renews = auth::check_renewal(
        c_.profile.settings, *signer_, c_.decision.message.signer, request(), c_.circumstances.now);
    if (renews)
        return renew();
    // A PKCSReq with a challenge is an ordinary enrolment, whoever signed it.
    const bool ordinary = c_.decision.message.type == MessageType::PkcsReq && request().challenge();
    if (!ordinary)
        return bad_request("this certificate cannot be renewed like this",
                           fmt::format("renewal: {}", to_text(renews.error())));
    c_.decision.remarks.push_back(
        fmt::format("signed by a certificate of ours, but no renewal: {}", renews.error().what));
    return check_challenge();
}

Step Enrolment::renew() {
    renewal_ = authorised_ = true;
    std::string challenge;
    if (c_.profile.settings.renewal_requires_challenge) {
        if (Step refused = check_challenge())
            return refused;
        challenge = c_.decision.authorisation + ", ";
    }
    c_.decision.authorisation = fmt::format("{}renewal of {}", challenge, signer_->serial);
    return {};
}

Step Enrolment::check_challenge() {
    Result<ChallengeAnswer> answer =
        endpoint::check_challenge(c_.profile, c_.circumstances, request());
    if (!answer)
        return Unavailable{std::move(answer).error()};
    c_.decision.authorisation = answer->text;
    c_.decision.reuse = answer->reuse;
    one_time_ = std::move(answer->one_time);
    authorised_ = answer->accepted;
    // Without one an operator may let it in all the same.
    if (answer->accepted || (answer->missing && manual()))
        return {};
    return bad_challenge(answer->text);
}

Step Enrolment::check_binding() {
    if (c_.circumstances.bootstrap == nullptr)
        return {};
    const Status bound =
        auth::check_binding(c_.profile.settings.mtls.bind, request(), *c_.circumstances.bootstrap);
    if (bound)
        return {};
    return bad_request("the request does not speak for the device that sends it",
                       to_text(bound.error()));
}

Step Enrolment::check_request_key() {
    if (Result<crypto::SignatureAlgorithm> signature = request().signature_algorithm();
        !signature || !c_.profile.algorithms.allows(signature->digest))
        return bad_alg(signature ? fmt::format("{} in the CSR", crypto::name(*signature))
                                 : to_text(signature.error()));
    if (!crypto::satisfies(*key_, c_.profile.algorithms.keys()))
        return bad_alg(fmt::format("CSR key {}", key_->describe()));
    if (renewal_ || *key_ == *c_.decision.signer_key)
        return {};
    c_.decision.remarks.emplace_back("signer key is not the CSR's key");
    c_.decision.tolerances.emplace_back("signer-key");
    if (c_.profile.settings.require_signer_key)
        return bad_request("the signer's key is not the one in the request",
                           "signer key is not the CSR's key (require_signer_key)");
    return {};
}

Step Enrolment::apply_profile() {
    Granted granted = grant_for(c_.profile, request(), *key_, one_time_);
    if (granted.refusal)
        return *std::move(granted.refusal);
    if (!granted.grant.ignored.empty())
        c_.decision.tolerances.emplace_back("extensions-ignored");
    for (const std::string& extension : granted.grant.ignored)
        c_.decision.remarks.push_back(fmt::format("requested extension {} ignored", extension));
    grant_ = std::move(granted.grant);
    return {};
}

store::Transaction Enrolment::transaction() const {
    return {.key = c_.transaction_key(),
            .request_sha256 = crypto::sha256(request().der()),
            .recorded_at = c_.circumstances.now};
}

Verdict Enrolment::issue() {
    Issue out{.grant = std::move(grant_), .issuer = c_.issuer(), .transaction = transaction()};
    if (one_time_)
        out.challenge_id = one_time_->id;
    if (signer_)
        out.signer = {signer_->issuer_id, signer_->serial};
    return out;
}

store::PendingRequest Enrolment::pending_request() const {
    const x509::Certificate* bootstrap = c_.circumstances.bootstrap;
    const bool next_ca = c_.issuer() == c_.profile.next_issuer;
    return {.key = c_.transaction_key(),
            .received_at = c_.circumstances.now,
            .expires_at = c_.circumstances.now + c_.profile.settings.pending_ttl,
            .reference = c_.circumstances.reference,
            .transaction_id = c_.decision.message.transaction_id.to_text(),
            .subject = request().subject().to_text(),
            .subject_alt_names = names_text(request().subject_alt_names()),
            .signer = c_.decision.message.signer.subject_text(),
            .client_address = c_.circumstances.client_address,
            .mtls_subject = bootstrap != nullptr ? bootstrap->subject_text() : "",
            .authorisation = c_.decision.authorisation,
            .renewal = renewal_,
            .next_ca = next_ca,
            .next_ca_spki_sha256 =
                next_ca ? to_buffer(crypto::sha256(c_.issuer()->certificate().spki())) : Buffer{},
            .name = to_buffer(request().subject().der()),
            .spki = to_buffer(request().spki()),
            .general_names = write_names(request().subject_alt_names()),
            .security_identifier = grant_.security_identifier,
            .signer_certificate = renewal_ ? to_buffer(c_.decision.message.signer.der()) : Buffer{},
            .issuer_id = c_.issuer()->id()};
}

Refusal too_many(std::string reason) {
    return bad_request("too many requests wait for an operator", std::move(reason));
}

// Strangers cannot fill the list that an operator has to read (SECURITY rule S24).
Verdict Enrolment::hold() {
    const Result<store::PendingCount> waiting = c_.circumstances.view.pending_count(
        c_.profile.settings.path_id, c_.circumstances.client_address, c_.circumstances.now);
    if (!waiting)
        return Unavailable{waiting.error()};
    // Whoever has shown that he may ask finds room where strangers have filled theirs.
    const std::int64_t share = authorised_ ? 2 : 1;
    if (waiting->of_profile >= share * limits::kMaxPending)
        return too_many("too many pending requests of this profile");
    if (waiting->of_client >= share * limits::kMaxPendingOfClient)
        return too_many("too many pending requests of this client address");
    Hold out{.request = pending_request(), .transaction = transaction()};
    if (one_time_)
        out.challenge_id = one_time_->id;
    return out;
}

}  // namespace

Verdict decide_enrolment(Case& c) {
    return Enrolment(c).run();
}

}  // namespace scep::endpoint
