#include "serve/endpoint/tolerances.hpp"

#include <algorithm>

#include "core/scep/operation.hpp"

namespace scep::endpoint {

namespace {

constexpr std::size_t kNonceOctets = 16;   // RFC 8894 section 3.2.1.5
constexpr std::size_t kSerialOctets = 20;  // RFC 5280 section 4.1.2.2
constexpr std::uint8_t kIndefinite = 0x80;

void note(bool used, std::string_view name, Tolerances& out) {
    if (used && std::ranges::find(out, name) == out.end())
        out.push_back(name);
}

// Indefinite at the outside, or a string in pieces: what streaming writers leave.
bool is_ber(const PkiMessage& message, Bytes octets) {
    return (octets.size() > 1 && octets[1] == kIndefinite) || !message.signed_data.joined.empty();
}

void note_signer(const x509::Certificate& signer, TimePoint now, Tolerances& out) {
    const Bytes serial = signer.serial();
    note(serial.size() > kSerialOctets || (!serial.empty() && (serial[0] & 0x80U) != 0),
         "odd-serial",
         out);
    const x509::Extension* aki = signer.extension(oid::kAuthorityKeyIdentifier);
    note(aki != nullptr && aki->critical, "critical-aki", out);
    note(signer.extensions().empty(), "signer-without-extensions", out);
    note(!signer.valid_at(now), "signer-expired", out);
}

}  // namespace

void note_request(const http::Request& request, Tolerances& out) {
    note(request.http_1_0, "http-1.0", out);
    const std::string_view path = request.path;
    note(path.ends_with(".exe") || path.ends_with(".dll") || path.ends_with('/'), "path-tail", out);
    if (request.method == "POST")
        note(request.header("Content-Type") != kTypePkiMessage, "content-type", out);
}

void note_message(const PkiMessage& message, Bytes octets, TimePoint now, Tolerances& out) {
    note(is_ber(message, octets), "ber", out);
    note(message.signed_data.raw_content.has_value(), "content-not-octets", out);
    note(message.sender_nonce.empty(), "nonce-missing", out);
    note(!message.sender_nonce.empty() && message.sender_nonce.size() != kNonceOctets,
         "nonce-length",
         out);
    note(message.transaction_id.string_type != asn1::kPrintableString,
         "transaction-string-type",
         out);
    note(message.signer_info().attribute(oid::kContentType) == nullptr,
         "content-type-attribute",
         out);
    note(message.type == MessageType::CertPoll && !message.signed_data.content,
         "poll-without-envelope",
         out);
    note_signer(message.signer, now, out);
}

void note_certification_request(const x509::CertificationRequest& request,
                                const PkiMessage& message,
                                Tolerances& out) {
    if (const std::optional<x509::ChallengePassword>& challenge = request.challenge()) {
        note(challenge->nested, "challenge-nested", out);
        note(challenge->string_type != asn1::kPrintableString &&
                 challenge->string_type != asn1::kUtf8String,
             "challenge-string-type",
             out);
    }
    const Result<x509::Name> signer = message.signer.subject();
    note(!signer || !signer->matches(request.subject()), "signer-subject", out);
}

}  // namespace scep::endpoint
