#include "serve/endpoint/cert_rep.hpp"

#include <algorithm>

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
            .algorithm = crypto::default_signature(ra.signer->public_key(),
                                                   reply_digest(profile, decision))};
}

// What goes beside a leaf, by the CA that its authority key identifier names: a certificate that is
// given again, or asked for, may be of the former CA or of the next.
std::vector<Bytes> chain_of(const ProfileSnapshot& profile, Bytes leaf) {
    if (!profile.next_issuer && profile.former_cas.empty())
        return profile.issued_chain;
    const Result<x509::Certificate> certificate = x509::Certificate::parse(leaf);
    const auto issued = [&](const x509::Certificate& ca) {
        return certificate &&
               equal(certificate->authority_key_identifier(), ca.subject_key_identifier());
    };
    if (issued(profile.issuer->certificate()))
        return profile.issued_chain;
    if (profile.next_issuer && issued(profile.next_issuer->certificate()))
        return profile.next_issued_chain;
    const auto former = std::ranges::find_if(profile.former_cas, issued);
    if (former == profile.former_cas.end())
        return profile.issued_chain;
    return profile.settings.chain == config::Chain::None ? std::vector<Bytes>{}
                                                         : std::vector<Bytes>{former->der()};
}

// The signer's key opens it: RSA by the request's key transport, EC by key agreement. A signer that
// cannot decrypt by its own key gets what it sent, a password recipient (RFC 8894 section 3.1), if
// it has shown that it knows the password: a poll's envelope is not opened.
Result<Buffer> envelope_for(const crypto::Library& library,
                            const ProfileSnapshot& profile,
                            const Decision& decision,
                            Bytes content,
                            Random& random) {
    const auto& asked = decision.algorithms.key_management;
    cms::EnvelopedDataSpec spec{
        .content = content,
        .cipher = decision.algorithms.cipher.value_or(crypto::Cipher::Aes128Cbc),
        .key_rules = profile.algorithms.keys()};
    if (decision.opened_by_password && decision.signer_key->type() == crypto::KeyType::Ec) {
        spec.password = profile.challenge_secret;
        return cms::build_enveloped_data(library, spec, random);
    }
    spec.recipients = {&decision.message.signer};
    if (const auto* transport = asked ? std::get_if<crypto::KeyTransport>(&*asked) : nullptr)
        spec.key_transport = *transport;
    return cms::build_enveloped_data(library, spec, *decision.signer_key, random);
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
    return build_pki_message(library, spec, *profile.ra[decision.ra].signer);
}

Result<Buffer> pending_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           Random& random) {
    const Buffer nonce = fresh_nonce(decision.message, random);
    PkiMessageSpec spec = reply_to(profile, decision, nonce);
    spec.status = PkiStatus::Pending;
    return build_pki_message(library, spec, *profile.ra[decision.ra].signer);
}

Result<Buffer> success_rep(const crypto::Library& library,
                           const ProfileSnapshot& profile,
                           const Decision& decision,
                           Bytes content,
                           Random& random) {
    SCEP_TRY(envelope, envelope_for(library, profile, decision, content, random));
    const Buffer nonce = fresh_nonce(decision.message, random);
    PkiMessageSpec spec = reply_to(profile, decision, nonce);
    spec.status = PkiStatus::Success;
    spec.envelope = envelope;
    return build_pki_message(library, spec, *profile.ra[decision.ra].signer);
}

Buffer certificates_of(const ProfileSnapshot& profile, Bytes leaf) {
    std::vector<Bytes> out{leaf};
    const std::vector<Bytes> chain = chain_of(profile, leaf);
    out.insert(out.end(), chain.begin(), chain.end());
    return cms::build_certs_only(out);
}

}  // namespace scep::endpoint
