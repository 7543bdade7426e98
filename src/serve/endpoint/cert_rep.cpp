#include "serve/endpoint/cert_rep.hpp"

#include <fmt/format.h>

#include "core/cms/enveloped_data.hpp"

namespace scep::endpoint {

namespace {

constexpr std::size_t kNonceSize = 16;  // octets, RFC 8894 section 3.2.1.5

// A refused or unknown digest is answered in SHA-256.
crypto::Digest reply_digest(const ProfileSnapshot& profile, const Decision& decision) {
    const std::optional<crypto::Digest> asked = decision.algorithms.digest;
    return asked && profile.algorithms.allows(*asked) ? *asked : crypto::Digest::Sha256;
}

// As long as the request's: some clients compare lengths.
Buffer fresh_nonce(const PkiMessage& request, Random& random) {
    return random.bytes(request.sender_nonce.empty() ? kNonceSize : request.sender_nonce.size());
}

PkiMessageSpec reply_to(const ProfileSnapshot& profile,
                        const Decision& decision,
                        const Buffer& nonce) {
    const Ra& ra = profile.ra[decision.ra];
    return {.type = MessageType::CertRep,
            .transaction_id = decision.message.transaction_id,
            .sender_nonce = nonce,
            .recipient_nonce = decision.message.sender_nonce,
            .signer = &ra.certificate,
            .algorithm =
                crypto::default_signature(ra.key->public_key(), reply_digest(profile, decision))};
}

}  // namespace

Result<Buffer> failure_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           const Refusal& refusal,
                           std::string_view reference,
                           Random& random) {
    const Buffer nonce = fresh_nonce(decision.message, random);
    PkiMessageSpec spec = reply_to(profile, decision, nonce);
    spec.status = PkiStatus::Failure;
    spec.fail_info = refusal.info;
    spec.fail_info_text = fmt::format("{} (reference {})", refusal.text, reference);
    return build_pki_message(library, spec, *profile.ra[decision.ra].key);
}

Result<Buffer> success_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           Bytes certificate,
                           Random& random) {
    std::vector<Bytes> certificates{certificate};
    certificates.insert(
        certificates.end(), profile.issued_chain.begin(), profile.issued_chain.end());
    const Buffer content = cms::build_certs_only(certificates);
    const cms::EnvelopedDataSpec envelope_spec{
        .content = content,
        .recipients = {&decision.message.signer},
        .cipher = decision.algorithms.cipher.value_or(crypto::Cipher::Aes128Cbc),
        .key_transport = decision.algorithms.key_transport.value_or(crypto::KeyTransport{}),
        .key_rules = profile.algorithms.keys()};
    SCEP_TRY(envelope,
             cms::build_enveloped_data(library, envelope_spec, *decision.signer_key, random));
    const Buffer nonce = fresh_nonce(decision.message, random);
    PkiMessageSpec spec = reply_to(profile, decision, nonce);
    spec.status = PkiStatus::Success;
    spec.envelope = envelope;
    return build_pki_message(library, spec, *profile.ra[decision.ra].key);
}

}  // namespace scep::endpoint
