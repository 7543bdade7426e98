// A SCEP server without sockets, for tests of the client: it opens requests with the program's own
// codec and answers as told, rightly or wrongly.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/cms/enveloped_data.hpp"
#include "core/scep/attributes.hpp"
#include "core/scep/capabilities.hpp"
#include "core/scep/operation.hpp"
#include "core/scep/pki_message.hpp"
#include "support/pki.hpp"

namespace scep::test {

struct Answer {  // how the next PKIOperation is answered; nullopt and null: as it should be
    PkiStatus status = PkiStatus::Success;
    std::optional<FailInfo> fail_info{};
    std::string fail_info_text{};
    MessageType type = MessageType::CertRep;
    std::optional<TransactionId> transaction_id{};
    std::optional<Buffer> recipient_nonce{};
    const Identity* signer = nullptr;        // the RA
    const crypto::PublicKey* key = nullptr;  // the certificate is for this key
    const Identity* issuer = nullptr;        // the CA
    std::optional<TimePoint> not_before{}, not_after{};
    crypto::Digest digest = crypto::Digest::Sha256;
    crypto::Cipher cipher = crypto::Cipher::Aes128Cbc;
    bool without_envelope = false;
    std::string password{};                // the reply is encrypted under it, and not to the signer
    std::function<Buffer(Buffer)> bend{};  // the envelope, before it is signed
    std::string ndes_error{};  // a FAILURE of NDES: its HRESULT, and a content of one octet
};

// What the server found in a request.
struct Received {
    MessageType type{};
    std::optional<x509::CertificationRequest> request{};  // the last one, a poll's too
    std::optional<IssuerAndSerialNumber> asked{};         // GetCert, GetCRL
    Buffer polled{};                                      // CertPoll: what its envelope held
    x509::Certificate signer{};
    std::string transaction_id{};
    Buffer sender_nonce{};
    crypto::Cipher cipher{};
    crypto::Digest digest{};
    cms::RecipientKind kind{};
    crypto::KeyTransport key_transport{};  // where that is the kind
};

class FakeScepServer {
  public:
    FakeScepServer()
        : ca(make_ca(ec_key())),
          ra(make_ra(shared_rsa_key(), ca)),
          library_(crypto::Library::standard()) {}

    explicit FakeScepServer(const crypto::Library& library) : FakeScepServer() {
        legacy_ = &library;
    }

    // GetCACert, the RA first.
    Buffer ca_certificates() const {
        return cms::build_certs_only(
            {to_buffer(ra.certificate.der()), to_buffer(ca.certificate.der())});
    }

    // PKIOperation.
    Buffer operate(Bytes message, const Answer& answer = {}) {
        const PkiMessage parsed = must(parse_pki_message(message));
        received = {.type = parsed.type, .request = std::move(received.request)};
        open(parsed);
        Buffer envelope;
        if (answer.status == PkiStatus::Success)
            envelope = envelope_for(parsed, answer);
        if (answer.bend)
            envelope = answer.bend(std::move(envelope));
        const Identity& signer = answer.signer != nullptr ? *answer.signer : ra;
        signer.key->use_library(library());
        const Buffer nonce = SeededRandom(99).bytes(16);
        const Buffer echoed = answer.recipient_nonce.value_or(parsed.sender_nonce);
        PkiMessageSpec spec{
            .type = answer.type,
            .transaction_id = answer.transaction_id.value_or(parsed.transaction_id),
            .sender_nonce = nonce,
            .recipient_nonce = echoed,
            .status = answer.status,
            .fail_info = answer.fail_info,
            .fail_info_text = answer.fail_info_text,
            .signer = &signer.certificate,
            .algorithm = crypto::default_signature(signer.key->public_key(), answer.digest)};
        if (!envelope.empty() && !answer.without_envelope)
            spec.envelope = Bytes(envelope);
        return must(answer.ndes_error.empty() ? build_pki_message(library(), spec, *signer.key)
                                              : ndes_failure(spec, answer, *signer.key));
    }

    const crypto::Library& library() const { return legacy_ != nullptr ? *legacy_ : library_; }

    Identity ca, ra;
    std::string challenge{};  // opens password recipients
    Received received{};

  private:
    Result<Buffer> ndes_failure(const PkiMessageSpec& spec,
                                const Answer& answer,
                                crypto::Signer& key) const {
        asn1::Writer hresult;
        hresult.primitive(asn1::kPrintableString, as_bytes(answer.ndes_error));
        const Buffer content{0};
        cms::SignedDataSpec out{.content = Bytes(content),
                                .certificates = {spec.signer->der()},
                                .signer = spec.signer,
                                .algorithm = spec.algorithm,
                                .attributes = write_scep_attributes(spec)};
        out.attributes.push_back({oid::kNdesHresult, std::move(hresult).take()});
        return cms::build_signed_data(library(), out, key);
    }

    void open(const PkiMessage& message) {
        const auto envelope = must(cms::parse_enveloped_data(*message.signed_data.content));
        for (const Identity* identity : {&ra, &ca})
            if (auto opening = cms::opening_for(envelope, identity->certificate, *identity->key);
                opening && opening->named)
                open(envelope, *opening);
        crypto::PasswordDecrypter password(to_secret(challenge));
        if (const auto* by = cms::first_recipient(envelope, cms::RecipientKind::Password))
            received.request =
                must(open_request(library(), envelope, {.recipient = by, .password = &password}));
        received.signer = message.signer;
        received.transaction_id = message.transaction_id.to_text();
        received.sender_nonce = message.sender_nonce;
        received.cipher = crypto::cipher_from(envelope.content_encryption.algorithm).value();
        received.digest =
            crypto::digest_from(message.signer_info().digest_algorithm.algorithm).value();
        received.kind = envelope.recipients.front().kind;
        if (received.kind == cms::RecipientKind::KeyTransport)
            received.key_transport =
                must(crypto::key_transport(envelope.recipients.front().key_encryption));
    }

    void open(const cms::EnvelopedData& envelope, const cms::Opening& opening) {
        if (received.type == MessageType::CertPoll)
            received.polled = to_buffer(must(cms::decrypt(library(), envelope, opening)));
        else if (received.type == MessageType::GetCert || received.type == MessageType::GetCrl)
            received.asked = must(open_issuer_and_serial(library(), envelope, opening));
        else
            received.request = must(open_request(library(), envelope, opening));
    }

    Buffer envelope_for(const PkiMessage& message, const Answer& answer) {
        const x509::CertificationRequest& request = received.request.value();
        const Identity& issuer = answer.issuer != nullptr ? *answer.issuer : ca;
        SeededRandom random(3);
        const x509::CertificateFields fields{
            .serial = x509::random_serial(random),
            .issuer = must(issuer.certificate.subject()),
            .subject = request.subject(),
            .not_before = answer.not_before.value_or(kNow - std::chrono::minutes(1)),
            .not_after = answer.not_after.value_or(kNow + std::chrono::hours(24)),
            .key =
                answer.key != nullptr ? *answer.key : must(request.public_key(crypto::kStrictKeys)),
            .key_usage = x509::kDigitalSignature,
            .ekus = {oid::kClientAuth},
            .subject_alt_names = request.subject_alt_names(),
            .authority_key_identifier = to_buffer(issuer.certificate.subject_key_identifier())};
        const Buffer leaf = must(
            x509::sign_infrastructure_certificate(fields, *issuer.key, crypto::Digest::Sha256));
        const Buffer content = cms::build_certs_only({leaf, to_buffer(issuer.certificate.der())});
        cms::EnvelopedDataSpec spec{.content = content, .cipher = answer.cipher};
        if (answer.password.empty())
            spec.recipients = {&message.signer};
        else
            spec.password = as_bytes(answer.password);
        return must(cms::build_enveloped_data(library(), spec, random));
    }

    const crypto::Library& library_;
    const crypto::Library* legacy_ = nullptr;
};

}  // namespace scep::test
