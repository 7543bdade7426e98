#include "core/scep/exchange.hpp"

#include <cassert>

#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"

namespace scep {

namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpForbidden = 403;
constexpr std::size_t kNonceOctets = 16;
constexpr std::size_t kShownOctets = 200;  // of a body that is no message

// What a server wrote instead of a message, for an error: short, and safe to show (rule S23).
std::string shown(const ExchangeReply& reply) {
    std::string out =
        reply.content_type.empty() ? "" : fmt::format(" ({})", escape_text(reply.content_type));
    std::string_view text = as_text(reply.body).substr(0, kShownOctets);
    const auto last = text.find_last_not_of(" \t\r\n");
    text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
    const bool binary = text.find('\0') != std::string_view::npos;
    if (!text.empty() && !binary)
        out += fmt::format(": {}", escape_text(text));
    return out;
}

Status check_status(const ExchangeReply& reply) {
    if (reply.status == kHttpOk)
        return {};
    const bool refused = reply.status == kHttpUnauthorized || reply.status == kHttpForbidden;
    return fail(refused ? Errc::Policy : Errc::Protocol,
                fmt::format("the server answers HTTP {}{}", reply.status, shown(reply)));
}

// Adds what the server sent to an error about bytes that are no ASN.1 at all, nor PEM, which might
// be a private key.
Error with_body(Error error, const ExchangeReply& reply) {
    constexpr std::uint8_t kSequence = 0x30;
    const bool unreadable = error.code == Errc::Der || error.code == Errc::Protocol;
    const bool message = (!reply.body.empty() && reply.body.front() == kSequence) ||
                         asn1::looks_like_pem(as_text(reply.body));
    if (unreadable && !message && reply.status == kHttpOk)
        error.what += reply.body.empty() ? "; the body is empty"
                                         : fmt::format("; the server wrote{}", shown(reply));
    return error;
}

}  // namespace

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

Status Exchange::take_ca_certificates(const ExchangeReply& reply, TimePoint now) {
    SCEP_CHECK(check_status(reply));
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

Status Exchange::enrol(const Enrolment& enrolment, Random& random) {
    assert(state_ == ExchangeState::Ready);
    sent_.transaction_id.octets = to_buffer(as_bytes(to_hex(crypto::sha256(enrolment.key.spki()))));
    sent_.sender_nonce = random.bytes(kNonceOctets);
    sent_.key = enrolment.key;
    sent_.signer = enrolment.signer;
    sent_.decrypter = &enrolment.decrypter;
    if (!settings_.challenge.empty())
        password_ = std::make_shared<crypto::PasswordDecrypter>(to_secret(settings_.challenge));
    sent_.password = password_.get();

    cms::EnvelopedDataSpec to_ca{.content = enrolment.request,
                                 .cipher = algorithms_.cipher,
                                 .key_transport = algorithms_.key_transport};
    if (ca_.recipient_kind == cms::RecipientKind::Password)
        to_ca.password = settings_.challenge;
    else
        to_ca.recipients = {&ca_.recipient};
    SCEP_TRY(envelope, cms::build_enveloped_data(library_, to_ca, random));
    const PkiMessageSpec spec{.type = MessageType::PkcsReq,
                              .transaction_id = sent_.transaction_id,
                              .sender_nonce = sent_.sender_nonce,
                              .envelope = Bytes(envelope),
                              .signer = &sent_.signer,
                              .algorithm = crypto::default_signature(
                                  enrolment.signer_key.public_key(), algorithms_.digest)};
    SCEP_TRY(message, build_pki_message(library_, spec, enrolment.signer_key));
    message_ = std::move(message);
    state_ = ExchangeState::Operation;
    return {};
}

Status Exchange::take_operation(const ExchangeReply& reply, TimePoint now) {
    SCEP_CHECK(check_status(reply));
    SCEP_TRY(outcome, read_cert_rep(library_, reply.body, sent_, ca_, now));
    outcome_ = std::move(outcome);
    return {};
}

const EnrolmentOutcome& Exchange::outcome() const {
    assert(state_ == ExchangeState::Done);
    return outcome_;
}

}  // namespace scep
