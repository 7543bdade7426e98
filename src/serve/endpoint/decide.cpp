#include "serve/endpoint/decide.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace scep::endpoint {

namespace {

using Step = std::optional<Refusal>;  // nullopt: go on

Refusal bad_alg(std::string names) {
    return {FailInfo::BadAlg,
            fmt::format("refused algorithm: {}", names),
            fmt::format("refused algorithm: {}", names)};
}

// One text for everything behind the envelope, and for the signature before it (SECURITY rule S01).
Refusal bad_message_check(std::string reason) {
    return {FailInfo::BadMessageCheck,
            "the message does not pass its integrity check",
            std::move(reason)};
}

Refusal bad_request(std::string text, std::string reason) {
    return {FailInfo::BadRequest, std::move(text), std::move(reason)};
}

std::string names_of(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

// The road of one request. Members are filled in as far as it got.
class Enrolment {
  public:
    Enrolment(const crypto::Library& library, const ProfileSnapshot& profile, Decision& decision)
        : library_(library), profile_(profile), decision_(decision) {}

    void run() {
        for (const auto step : {&Enrolment::check_type,
                                &Enrolment::check_algorithms,
                                &Enrolment::check_signer_key,
                                &Enrolment::check_signature,
                                &Enrolment::open_envelope,
                                &Enrolment::check_challenge,
                                &Enrolment::check_request_key,
                                &Enrolment::apply_profile})
            if (Step refusal = (this->*step)()) {
                decision_.verdict = *std::move(refusal);
                return;
            }
    }

  private:
    Step check_type();
    Step check_algorithms();
    Step check_signer_key();
    Step check_signature();
    Step open_envelope();
    Step check_challenge();
    Step check_request_key();
    Step apply_profile();
    void choose_ra();
    std::string why_unopened() const;
    void spend_verification() const;

    const crypto::Library& library_;
    const ProfileSnapshot& profile_;
    Decision& decision_;
    std::optional<cms::EnvelopedData> envelope_{};
    std::string envelope_error_{};
    std::optional<crypto::PublicKey> request_key_{};
    bool recipient_found_ = false;
};

Step Enrolment::check_type() {
    if (decision_.message.type == MessageType::PkcsReq)
        return {};
    return bad_request(
        "this message type is not allowed here",
        fmt::format("message type {} is not allowed", to_text(decision_.message.type)));
}

Step Enrolment::check_algorithms() {
    if (const std::optional<Bytes>& content = decision_.message.signed_data.content) {
        Result<cms::EnvelopedData> parsed =
            cms::parse_enveloped_data(*content, decision_.message.signed_data.content_offset);
        if (parsed)
            envelope_ = *std::move(parsed);
        else
            envelope_error_ = to_text(parsed.error());
    } else {
        envelope_error_ = "the message has no envelope";
    }
    decision_.algorithms =
        judge_algorithms(profile_.algorithms, decision_.message, envelope_ ? &*envelope_ : nullptr);
    if (decision_.algorithms.refused.empty())
        return {};
    return bad_alg(names_of(decision_.algorithms.refused));
}

// The reply goes to the signer's key, so it has to be one that can take it.
Step Enrolment::check_signer_key() {
    const x509::Certificate& signer = decision_.message.signer;
    Result<crypto::PublicKey> key =
        crypto::parse_public_key(signer.spki(), crypto::kDecodeKeys, signer.spki_offset());
    if (!key)
        return bad_message_check(fmt::format("signer key: {}", to_text(key.error())));
    decision_.signer_key = *std::move(key);
    if (!crypto::satisfies(*decision_.signer_key, profile_.algorithms.keys()))
        return bad_alg(fmt::format("signer key {}", decision_.signer_key->describe()));
    if (decision_.signer_key->type() != crypto::KeyType::Rsa)
        return bad_alg(fmt::format("signer key {}, which cannot receive an encrypted reply",
                                   decision_.signer_key->describe()));
    return {};
}

Step Enrolment::check_signature() {
    const Status verified = verify_message(library_, decision_.message, *decision_.signer_key);
    if (!verified)
        return bad_message_check(to_text(verified.error()));
    if (!envelope_)
        return bad_message_check(envelope_error_);
    return {};
}

// The RA pair that the envelope names; the first one when it names none of ours.
void Enrolment::choose_ra() {
    for (std::size_t i = 0; i < profile_.ra.size(); ++i)
        for (const cms::RecipientInfo& recipient : envelope_->recipients)
            if (recipient.kind == cms::RecipientKind::KeyTransport &&
                cms::identifies(recipient.rid, profile_.ra[i].certificate)) {
                decision_.ra = i;
                recipient_found_ = true;
                return;
            }
}

std::string Enrolment::why_unopened() const {
    if (recipient_found_)
        return "the envelope does not open to exactly one CSR with a good signature";
    return "the envelope is for another certificate than the RA's";
}

// The work of the check that a CSR would have had.
void Enrolment::spend_verification() const {
    const Buffer nothing(decision_.signer_key->bits() / 8);
    static_cast<void>(crypto::verify(library_, *decision_.signer_key, {}, nothing, nothing));
}

// Opens, parses and checks the CSR's own signature whatever went wrong before, and gives one answer
// for all of it (SECURITY rule S01). The size of the CSR's key is not an answer yet (S05).
Step Enrolment::open_envelope() {
    choose_ra();
    const Ra& ra = profile_.ra[decision_.ra];
    std::optional<x509::CertificationRequest> request =
        open_request(library_, *envelope_, ra.certificate, *ra.key);
    if (!request) {
        spend_verification();
        return bad_message_check(why_unopened());
    }
    // Octets equal to the signer's are the signer's key, checked already.
    if (equal(request->spki(), decision_.message.signer.spki()))
        request_key_ = decision_.signer_key;
    else if (Result<crypto::PublicKey> key = request->public_key(crypto::kDecodeKeys))
        request_key_ = *std::move(key);
    if (!request_key_)
        spend_verification();
    if (!request_key_ || !request->verify_signature(library_, *request_key_))
        return bad_message_check(why_unopened());
    decision_.request = *std::move(request);
    return {};
}

Step Enrolment::check_challenge() {
    const auth::ChallengeVerdict verdict = profile_.challenge->check(*decision_.request);
    if (verdict == auth::ChallengeVerdict::Accepted)
        return {};
    return bad_request("the challenge is missing or not accepted",
                       std::string(auth::to_text(verdict)));
}

Step Enrolment::check_request_key() {
    if (Result<crypto::SignatureAlgorithm> signature = decision_.request->signature_algorithm();
        !signature || !profile_.algorithms.allows(signature->digest))
        return bad_alg(signature ? fmt::format("{} in the CSR", crypto::name(*signature))
                                 : to_text(signature.error()));
    if (!crypto::satisfies(*request_key_, profile_.algorithms.keys()))
        return bad_alg(fmt::format("CSR key {}", request_key_->describe()));
    if (*request_key_ == *decision_.signer_key)
        return {};
    decision_.remarks.emplace_back("signer key is not the CSR's key");
    if (profile_.settings.require_signer_key)
        return bad_request("the signer's key is not the one in the request",
                           "signer key is not the CSR's key (require_signer_key)");
    return {};
}

Step Enrolment::apply_profile() {
    Result<x509::Grant> grant =
        x509::apply_profile(profile_.certificate_profile, *decision_.request, *request_key_);
    if (!grant) {
        const std::string reason = to_text(grant.error());
        if (grant.error().code == Errc::Crypto)
            return bad_alg(reason);
        return bad_request("the request is against the policy of this profile", reason);
    }
    for (const std::string& extension : grant->ignored)
        decision_.remarks.push_back(fmt::format("requested extension {} ignored", extension));
    decision_.verdict = *std::move(grant);
    return {};
}

}  // namespace

Result<Decision> decide(const crypto::Library& library,
                        const ProfileSnapshot& profile,
                        Bytes message) {
    SCEP_TRY(parsed, parse_pki_message(message));
    Decision decision{.message = std::move(parsed)};
    Enrolment(library, profile, decision).run();
    return decision;
}

}  // namespace scep::endpoint
