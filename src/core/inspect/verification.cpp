#include "core/inspect/verification.hpp"

#include <fmt/format.h>

namespace scep::inspect {

namespace {

Verification passed(std::string_view subject, std::string reason = {}) {
    return {subject, Outcome::Pass, std::move(reason)};
}

Verification failed(std::string_view subject, std::string reason) {
    return {subject, Outcome::Fail, std::move(reason)};
}

Verification unchecked(std::string_view subject, std::string reason) {
    return {subject, Outcome::NotChecked, std::move(reason)};
}

// The content against the signed attribute alone, whatever the signature says.
Verification verify_digest(const Reading& reading, const Means& means) {
    constexpr std::string_view kSubject = "messageDigest";
    const cms::SignedData& data = reading.signed_data->data;
    const cms::Attribute* attribute = reading.signer_info->attribute(oid::kMessageDigest);
    if (attribute == nullptr || attribute->values.empty()) {
        // What follows the attributes was not read either.
        const bool cut = reading.signer_info->signature_algorithm.algorithm == asn1::Oid{};
        return cut ? unchecked(kSubject, "the message ends before it")
                   : failed(kSubject, "the attribute is missing");
    }
    if (reading.signed_data->content_cut)
        return unchecked(kSubject, "the content is cut");
    const crypto::Library& library = library_for(reading, means);
    const auto algorithm = crypto::digest_from(reading.signer_info->digest_algorithm.algorithm);
    if (!algorithm || !library.admits(*algorithm))
        return unchecked(kSubject,
                         fmt::format("digest {} is not known",
                                     asn1::name(reading.signer_info->digest_algorithm.algorithm)));
    asn1::Joined joined;
    const Result<Bytes> expected = asn1::octets(attribute->values.front(), joined, kSubject);
    if (!expected)
        return failed(kSubject, to_text(expected.error()));
    const Bytes content = data.content.value_or(Bytes{});
    if (equal(crypto::digest(library, *algorithm, content), *expected) ||
        (data.raw_content &&
         equal(crypto::digest(library, *algorithm, *data.raw_content), *expected)))
        return passed(kSubject, data.content ? "" : "of no content");
    return failed(kSubject, "the content is not what was signed");
}

bool is_about_digest(const Error& error) {
    return error.where.field.ends_with("messageDigest") ||
           error.where.field.ends_with("contentType");
}

Verification verify_signature(const Reading& reading, const Means& means) {
    constexpr std::string_view kSubject = "signature";
    if (!reading.signer_key)
        return unchecked(kSubject,
                         reading.signer_error ? to_text(*reading.signer_error) : "no signer");
    if (reading.signer_info->signature.empty())
        return unchecked(kSubject, "the message ends before it");
    const Status verified = cms::verify_signer(library_for(reading, means),
                                               reading.signed_data->data,
                                               *reading.signer_info,
                                               *reading.signer_key);
    if (verified || is_about_digest(verified.error()))
        return passed(kSubject,
                      reading.signer_enclosed ? "" : "by a certificate that is not in the message");
    const bool cannot = verified.error().code == Errc::Protocol;
    return cannot ? unchecked(kSubject, to_text(verified.error()))
                  : failed(kSubject, "it is not the signer's, or what it signs was changed");
}

Verification verify_dates(const Reading& reading, const Means& means) {
    constexpr std::string_view kSubject = "signer's dates";
    if (!reading.signer)
        return unchecked(kSubject, "no signer certificate");
    std::string span = fmt::format("{} to {}",
                                   to_rfc3339(reading.signer->not_before()),
                                   to_rfc3339(reading.signer->not_after()));
    const std::optional<TimePoint> at = known_time(reading, means);
    if (!at)
        return unchecked(kSubject, span + ", and nothing says when it was sent (--at)");
    span += ", at " + to_rfc3339(*at);
    return reading.signer->valid_at(*at) ? passed(kSubject, span) : failed(kSubject, span);
}

Verification verify_chain(const Reading& reading, const Means& means) {
    constexpr std::string_view kSubject = "chain";
    if (means.anchors.empty())
        return unchecked(kSubject, "no trust anchors were given (--trust)");
    if (!reading.signer)
        return unchecked(kSubject, "no signer certificate");
    const Status verified = x509::verify_chain(
        *reading.signer, reading.certificates, means.anchors, time_of(reading, means));
    if (verified)
        return passed(kSubject);
    if (reading.signer->self_issued())
        return failed(kSubject, "the signer is self-signed, and is none of the trust anchors");
    return failed(kSubject, to_text(verified.error()));
}

Verification verify_decryption(const Reading& reading) {
    constexpr std::string_view kSubject = "decryption";
    const Opening& opening = reading.opening;
    if (opening.opened)
        return passed(kSubject, fmt::format("with {}", opening.by));
    return opening.tried ? failed(kSubject, opening.failure) : unchecked(kSubject, opening.failure);
}

Verification verify_signer_key(const Reading& reading) {
    constexpr std::string_view kSubject = "signer's key";
    if (!reading.request_key || !reading.signer_key)
        return unchecked(kSubject, "the CSR's key is not known");
    return *reading.request_key == *reading.signer_key
               ? passed(kSubject, "the CSR's")
               : passed(kSubject, "not the CSR's, which a renewal and some clients have so");
}

Verification verify_nonce(const Reading& reply, const Reading* request) {
    constexpr std::string_view kSubject = "recipientNonce";
    if (request == nullptr)
        return unchecked(kSubject, "the request is not here (--reply)");
    if (!request->attributes.sender_nonce || !reply.attributes.recipient_nonce)
        return failed(kSubject, "there is none");
    return *reply.attributes.recipient_nonce == *request->attributes.sender_nonce
               ? passed(kSubject, "the request's senderNonce")
               : failed(kSubject, "not the request's senderNonce");
}

Verification verify_transaction(const Reading& reply, const Reading* request) {
    constexpr std::string_view kSubject = "transactionID";
    if (request == nullptr)
        return unchecked(kSubject, "the request is not here (--reply)");
    return reply.attributes.transaction_id == request->attributes.transaction_id
               ? passed(kSubject, "the request's")
               : failed(kSubject, "not the request's");
}

}  // namespace

void verify_signed(Reading& reading, const Means& means) {
    if (reading.signer_info == nullptr)
        return;
    reading.signature = verify_signature(reading, means);
    reading.digest = verify_digest(reading, means);
}

Verification verify_request(const Reading& reading, const Means& means) {
    constexpr std::string_view kSubject = "CSR's signature";
    if (!reading.request)
        return unchecked(
            kSubject,
            reading.request_error ? to_text(*reading.request_error) : "the CSR is not known");
    if (!reading.request_key)
        return unchecked(kSubject, "the CSR's key cannot be used");
    const Status verified =
        reading.request->verify_signature(library_for(reading, means), *reading.request_key);
    if (verified)
        return passed(kSubject);
    return verified.error().code == Errc::Protocol ? unchecked(kSubject, to_text(verified.error()))
                                                   : failed(kSubject, to_text(verified.error()));
}

std::vector<Verification> verify(const Reading& reading,
                                 const Reading* request,
                                 const Means& means) {
    std::vector<Verification> out;
    if (reading.signer_info != nullptr) {
        out.push_back(reading.signature);
        out.push_back(reading.digest);
        out.push_back(verify_dates(reading, means));
        out.push_back(verify_chain(reading, means));
    }
    if (reading.envelope)
        out.push_back(verify_decryption(reading));
    if (reading.wants_request() || reading.kind == Kind::Request)
        out.push_back(verify_request(reading, means));
    if (reading.wants_request())
        out.push_back(verify_signer_key(reading));
    if (reading.is_reply()) {
        out.push_back(verify_nonce(reading, request));
        out.push_back(verify_transaction(reading, request));
    }
    return out;
}

}  // namespace scep::inspect
