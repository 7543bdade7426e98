#include "serve/endpoint/decide.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/crypto/decoy.hpp"
#include "serve/auth/mtls_bind.hpp"

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
    Enrolment(const crypto::Library& library,
              const ProfileSnapshot& profile,
              const x509::Certificate* bootstrap,
              Decision& decision)
        : library_(library), profile_(profile), bootstrap_(bootstrap), decision_(decision) {}

    void run() {
        for (const auto step : {&Enrolment::check_attributes,
                                &Enrolment::check_type,
                                &Enrolment::check_algorithms,
                                &Enrolment::check_signer_key,
                                &Enrolment::check_signature,
                                &Enrolment::open_envelope,
                                &Enrolment::check_challenge,
                                &Enrolment::check_binding,
                                &Enrolment::check_request_key,
                                &Enrolment::apply_profile})
            if (Step refusal = (this->*step)()) {
                decision_.verdict = *std::move(refusal);
                return;
            }
    }

  private:
    Step check_attributes();
    Step check_type();
    Step check_algorithms();
    Step check_signer_key();
    Step check_signature();
    Step open_envelope();
    Step check_challenge();
    Step check_binding();
    Step check_request_key();
    Step apply_profile();
    void parse_envelope();
    void choose_ra();
    Status check_own_signature(const x509::CertificationRequest& request);
    void spend_verifications(const x509::CertificationRequest* request) const;

    const crypto::Library& library_;
    const ProfileSnapshot& profile_;
    const x509::Certificate* bootstrap_;
    Decision& decision_;
    std::optional<cms::EnvelopedData> envelope_{};
    std::string envelope_error_{};
    std::optional<crypto::PublicKey> request_key_{};
    const cms::RecipientInfo* recipient_ = nullptr;  // the one that is opened
    bool recipient_found_ = false;                   // it names one of our RA certificates
};

// messageType and senderNonce only: what a request has no use for may be malformed.
Step Enrolment::check_attributes() {
    if (const std::optional<Error>& defect = decision_.message.request_defect)
        return bad_request("an attribute of the message is malformed", to_text(*defect));
    return {};
}

Step Enrolment::check_type() {
    if (decision_.message.type == MessageType::PkcsReq)
        return {};
    return bad_request(
        "this message type is not allowed here",
        fmt::format("message type {} is not allowed", to_text(decision_.message.type)));
}

void Enrolment::parse_envelope() {
    const std::optional<Bytes>& content = decision_.message.signed_data.content;
    if (!content) {
        envelope_error_ = "the message has no envelope";
        return;
    }
    Result<cms::EnvelopedData> parsed =
        cms::parse_enveloped_data(*content, decision_.message.signed_data.content_offset);
    if (!parsed) {
        envelope_error_ = to_text(parsed.error());
        return;
    }
    envelope_ = *std::move(parsed);
    choose_ra();
}

// The RA pair that the envelope names; the first pair and the first recipient when it names none.
void Enrolment::choose_ra() {
    for (const cms::RecipientInfo& recipient : envelope_->recipients) {
        if (recipient.kind != cms::RecipientKind::KeyTransport)
            continue;
        if (recipient_ == nullptr)
            recipient_ = &recipient;
        for (std::size_t i = 0; i < profile_.ra.size(); ++i)
            if (cms::identifies(recipient.rid, profile_.ra[i].certificate)) {
                decision_.ra = i;
                recipient_ = &recipient;
                recipient_found_ = true;
                return;
            }
    }
}

Step Enrolment::check_algorithms() {
    parse_envelope();
    decision_.algorithms = judge_algorithms(
        profile_.algorithms, decision_.message, {envelope_ ? &*envelope_ : nullptr, recipient_});
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

// The request's own signature with its own key, whose size is not an answer yet (S05).
Status Enrolment::check_own_signature(const x509::CertificationRequest& request) {
    // Octets equal to the signer's are the signer's key, checked already.
    if (equal(request.spki(), decision_.message.signer.spki())) {
        request_key_ = decision_.signer_key;
    } else {
        SCEP_TRY(key, request.public_key(crypto::kDecodeKeys));
        request_key_ = std::move(key);
    }
    return request.verify_signature(library_, *request_key_);
}

// Whatever failed behind the envelope has cost one verification with an RSA key and one with an EC
// key when the answer leaves, the CSR's own counted: how long it took does not say how far it came.
// The other keys are ours: one of the signer's choice would let a stranger widen a difference.
void Enrolment::spend_verifications(const x509::CertificationRequest* request) const {
    std::optional<crypto::KeyType> spent;
    if (request != nullptr && request_key_)
        if (const auto algorithm = request->signature_algorithm();
            algorithm && crypto::fits(library_, *request_key_, *algorithm, request->signature()))
            spent = request_key_->type();
    for (const crypto::KeyType type : {crypto::KeyType::Rsa, crypto::KeyType::Ec})
        if (type != spent)
            crypto::verify_decoy(library_, type);
}

// Opens, parses and checks the CSR's own signature, with one answer for all that can be wrong in it
// (SECURITY rule S01); which it was is for the operator.
Step Enrolment::open_envelope() {
    const Ra& ra = profile_.ra[decision_.ra];
    Result<x509::CertificationRequest> request =
        open_request(library_, *envelope_, ra.certificate, *ra.key);
    Status checked =
        request ? check_own_signature(*request) : tl::unexpected<Error>(request.error());
    if (!checked) {
        spend_verifications(request ? &*request : nullptr);
        return bad_message_check(
            recipient_found_ ? fmt::format("behind the envelope: {}", to_text(checked.error()))
                             : "the envelope is for another certificate than the RA's");
    }
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

Step Enrolment::check_binding() {
    if (bootstrap_ == nullptr)
        return {};
    const Status bound =
        auth::check_binding(profile_.settings.mtls.bind, *decision_.request, *bootstrap_);
    if (bound)
        return {};
    return bad_request("the request does not speak for the device that sends it",
                       to_text(bound.error()));
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
                        Bytes message,
                        const x509::Certificate* bootstrap) {
    SCEP_TRY(parsed, parse_pki_message(message));
    Decision decision{.message = std::move(parsed)};
    Enrolment(library, profile, bootstrap, decision).run();
    return decision;
}

}  // namespace scep::endpoint
