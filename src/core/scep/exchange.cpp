#include "core/scep/exchange.hpp"

#include <cassert>

#include <fmt/format.h>

#include "core/asn1/writer.hpp"
#include "core/base/encoding.hpp"
#include "core/scep/http_answer.hpp"

namespace scep {

namespace {

constexpr int kHttpOk = 200;
constexpr std::size_t kNonceOctets = 16;

MessageSigner signer_of(const Enrolment& enrolment) {
    return {.certificate = enrolment.signer,
            .key = enrolment.signer_key,
            .decrypter = enrolment.decrypter};
}

// IssuerAndSubject ::= SEQUENCE { issuer Name, subject Name }
Buffer issuer_and_subject(Bytes issuer, Bytes subject) {
    asn1::Writer out;
    out.sequence([&] {
        out.raw(issuer);
        out.raw(subject);
    });
    return std::move(out).take();
}

// IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }
Buffer issuer_and_serial(const x509::Name& issuer, Bytes serial) {
    asn1::Writer out;
    out.sequence([&] {
        out.raw(issuer.der());
        out.signed_integer(serial);
    });
    return std::move(out).take();
}

}  // namespace

std::string transaction_id_of(const Enrolment& enrolment) {
    if (enrolment.type != MessageType::RenewalReq)
        return to_hex(crypto::sha256(enrolment.key.spki()));
    SecretBytes both = to_secret(enrolment.request);  // it may hold the challenge
    const Bytes signer = enrolment.signer.der();
    both.insert(both.end(), signer.begin(), signer.end());
    return to_hex(crypto::sha256(both));
}

ExchangeRequest Exchange::request() const {
    assert(state_ != ExchangeState::Ready && state_ != ExchangeState::Done);
    if (state_ == ExchangeState::Capabilities)
        return {.query = operation_query(OperationKind::GetCaCaps, {})};
    if (state_ == ExchangeState::CaCertificates)
        return {.query = operation_query(OperationKind::GetCaCert, {})};
    const bool post = settings_.http == HttpMethod::Post ||
                      (settings_.http == HttpMethod::Auto && capabilities_.post());
    if (!post)
        return {.query = operation_query(OperationKind::PkiOperation, message_)};
    return {.post = true,
            .query = fmt::format("operation={}", operation_name(OperationKind::PkiOperation)),
            .content_type = std::string(kTypePkiMessage),
            .body = message_};
}

Status Exchange::take(const ExchangeReply& reply, TimePoint now) {
    switch (state_) {
        case ExchangeState::Capabilities:
            if (reply.status == kHttpOk)
                capabilities_ = parse_capabilities(reply.body);
            state_ = ExchangeState::CaCertificates;
            return {};
        case ExchangeState::CaCertificates:
            if (Status taken = take_ca_certificates(reply, now); !taken)
                return during(with_body(std::move(taken).error(), reply), "GetCACert");
            state_ = ExchangeState::Ready;
            return {};
        case ExchangeState::Operation:
            if (Status taken = take_operation(reply, now); !taken)
                return during(with_body(std::move(taken).error(), reply), "PKIOperation");
            state_ = ExchangeState::Done;
            return {};
        case ExchangeState::Ready:
        case ExchangeState::Done:
            break;
    }
    assert(false);
    return {};
}

void Exchange::prepare_to_take() {
    assert(state_ == ExchangeState::Operation);
    if (Result<x509::TrustAnchors> store = x509::TrustAnchors::make(ca_.anchors))
        ca_.store = std::make_shared<const x509::TrustAnchors>(*std::move(store));
    for (const crypto::Cipher cipher : {crypto::Cipher::Aes128Cbc, crypto::Cipher::DesCbc})
        static_cast<void>(library_.evp(cipher));  // the first of each of OpenSSL's contexts
}

Status Exchange::take_ca_certificates(const ExchangeReply& reply, TimePoint now) {
    SCEP_CHECK(check_http_status(reply));
    SCEP_TRY(certificates, parse_ca_certificates(reply.body));
    SCEP_TRY(ca,
             authenticate_ca(certificates,
                             settings_.trust,
                             reply.authenticated,
                             now,
                             settings_.recipient,
                             settings_.challenge));
    ca_ = std::move(ca);
    SCEP_TRY(algorithms, choose_algorithms(capabilities_, settings_.algorithms, library_));
    algorithms_ = std::move(algorithms);
    return {};
}

Status Exchange::write_message(MessageType type,
                               Bytes message_data,
                               const MessageSigner& signer,
                               Random& random) {
    assert(state_ == ExchangeState::Ready || state_ == ExchangeState::Done);
    type_ = type;
    sent_.sender_nonce = random.bytes(kNonceOctets);
    sent_.signer = signer.certificate;
    sent_.decrypter = &signer.decrypter;
    if (!settings_.challenge.empty())
        password_ = std::make_shared<crypto::PasswordDecrypter>(to_secret(settings_.challenge));
    sent_.password = password_.get();

    cms::EnvelopedDataSpec to_ca{.content = message_data,
                                 .cipher = algorithms_.cipher,
                                 .key_transport = algorithms_.key_transport};
    if (ca_.recipient_kind == cms::RecipientKind::Password)
        to_ca.password = settings_.challenge;
    else
        to_ca.recipients = {&ca_.recipient};
    SCEP_TRY(envelope, cms::build_enveloped_data(library_, to_ca, random));
    const PkiMessageSpec spec{
        .type = type,
        .transaction_id = sent_.transaction_id,
        .sender_nonce = sent_.sender_nonce,
        .envelope = Bytes(envelope),
        .signer = &sent_.signer,
        .algorithm = crypto::default_signature(signer.key.public_key(), algorithms_.digest)};
    SCEP_TRY(message, build_pki_message(library_, spec, signer.key));
    message_ = std::move(message);
    before_ = state_;
    state_ = ExchangeState::Operation;
    return {};
}

void Exchange::give_up() noexcept {
    assert(state_ == ExchangeState::Operation);
    state_ = before_;
}

void Exchange::set_transaction(const Enrolment& enrolment) {
    const std::string& given = enrolment.transaction_id;
    sent_.transaction_id.octets =
        to_buffer(as_bytes(given.empty() ? transaction_id_of(enrolment) : given));
    key_ = enrolment.key;
}

Status Exchange::enrol(const Enrolment& enrolment, Random& random) {
    set_transaction(enrolment);
    return write_message(enrolment.type, enrolment.request, signer_of(enrolment), random);
}

Status Exchange::poll(const Enrolment& enrolment, Random& random) {
    set_transaction(enrolment);
    SCEP_TRY(request, x509::CertificationRequest::parse(enrolment.request));
    const Buffer names =
        issuer_and_subject(ca_.authorities.front().subject_der(), request.subject().der());
    return write_message(MessageType::CertPoll, names, signer_of(enrolment), random);
}

Status Exchange::ask(const Query& query, Random& random) {
    sent_.transaction_id.octets = to_buffer(as_bytes(to_hex(random.bytes(kNonceOctets))));
    issuer_ = query.issuer;
    serial_ = query.serial;
    return write_message(
        query.type, issuer_and_serial(query.issuer, query.serial), query.signer, random);
}

Status Exchange::take_operation(const ExchangeReply& reply, TimePoint now) {
    SCEP_CHECK(check_http_status(reply));
    SCEP_TRY(message, read_cert_rep(library_, reply.body, sent_, ca_));
    outcome_ = {.status = message.status,
                .fail_info = message.fail_info,
                .fail_info_text = std::move(message.fail_info_text),
                .hresult = message.hresult,
                .signer = std::move(message.signer),
                .algorithms = std::move(message.algorithms)};
    return message.message_data ? take_content(*message.message_data, now) : Status{};
}

Status Exchange::take_content(Bytes message_data, TimePoint now) {
    if (type_ == MessageType::GetCrl) {
        SCEP_TRY(crl, take_crl(message_data, ca_));
        outcome_.crl = std::move(crl);
        return {};
    }
    SCEP_TRY(issued,
             type_ == MessageType::GetCert
                 ? take_known(library_, message_data, issuer_, serial_, ca_)
                 : take_issued(library_, message_data, key_, ca_, now));
    outcome_.certificate = std::move(issued.certificate);
    outcome_.chain = std::move(issued.chain);
    return {};
}

const OperationOutcome& Exchange::outcome() const {
    assert(state_ == ExchangeState::Done);
    return outcome_;
}

}  // namespace scep
