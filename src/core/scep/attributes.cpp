#include "core/scep/attributes.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/scep/signing_time.hpp"

namespace scep {

namespace {

constexpr std::string_view kCite = "RFC 8894 section 3.2.1";

Error bad(std::string what, std::string_view field, std::size_t offset) {
    return {.code = Errc::Protocol,
            .what = std::move(what),
            .where = {.offset = offset, .field = std::string(field)},
            .cite = std::string(kCite)};
}

// The attribute's value, or null when the attribute is absent.
const asn1::Element* value_of(const cms::SignerInfo& signer, const asn1::Oid& type) noexcept {
    const cms::Attribute* attribute = signer.attribute(type);
    return attribute == nullptr ? nullptr : &attribute->values.front();
}

// Small decimal numbers in a string of any type: messageType, pkiStatus, failInfo.
Result<std::uint32_t> decimal(const asn1::Element& element, std::string_view field) {
    SCEP_TRY(text, asn1::text(element, field));
    std::uint32_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, value);
    if (failed != std::errc{} || stop != end)
        return fail(bad("not a decimal number", field, element.offset));
    return value;
}

template <class Enum>
Status read_number(const cms::SignerInfo& signer,
                   const asn1::Oid& type,
                   std::string_view field,
                   std::optional<Enum>& out) {
    const asn1::Element* element = value_of(signer, type);
    if (element == nullptr)
        return {};
    SCEP_TRY(value, decimal(*element, field));
    out = static_cast<Enum>(value);
    return {};
}

Status read_message_type(const cms::SignerInfo& signer, PkiMessage& message) {
    constexpr std::string_view kField = "messageType";
    std::optional<MessageType> type;
    SCEP_CHECK(read_number(signer, oid::kMessageType, kField, type));
    if (!type)
        return fail(bad("missing", kField, signer.offset));
    message.type = *type;
    return {};
}

Status read_transaction_id(const cms::SignerInfo& signer, PkiMessage& message) {
    constexpr std::string_view kField = "transactionID";
    const asn1::Element* element = value_of(signer, oid::kTransactionId);
    if (element == nullptr)
        return fail(bad("missing", kField, signer.offset));
    SCEP_CHECK(asn1::text(*element, kField));  // a string type, and well-formed
    if (element->content.empty() || element->content.size() > limits::kMaxTransactionId)
        return fail(
            bad(fmt::format(
                    "{} octets, want 1 to {}", element->content.size(), limits::kMaxTransactionId),
                kField,
                element->offset));
    message.transaction_id = {to_buffer(element->content), element->tag};
    return {};
}

Status read_nonce(const cms::SignerInfo& signer,
                  const asn1::Oid& type,
                  std::string_view field,
                  Buffer& out) {
    const asn1::Element* element = value_of(signer, type);
    if (element == nullptr)
        return {};
    asn1::Joined joined;
    SCEP_TRY(octets, asn1::octets(*element, joined, field));
    if (octets.size() > limits::kMaxNonce)
        return fail(bad(fmt::format("{} octets, want at most {}", octets.size(), limits::kMaxNonce),
                        field,
                        element->offset));
    out = to_buffer(octets);
    return {};
}

Status read_fail_info_text(const cms::SignerInfo& signer, PkiMessage& message) {
    const asn1::Element* element = value_of(signer, oid::kFailInfoText);
    if (element == nullptr)
        return {};
    SCEP_TRY(text, asn1::text(*element, "failInfoText"));
    message.fail_info_text = std::move(text);
    return {};
}

Status read_signing_time(const cms::SignerInfo& signer, PkiMessage& message) {
    const asn1::Element* element = value_of(signer, oid::kSigningTime);
    if (element == nullptr)
        return {};
    SCEP_TRY(time, signing_time(*element));
    message.signing_time = time;
    return {};
}

// The first one counts.
void note(std::optional<Error>& defect, Status read) {
    if (!read && !defect)
        defect = std::move(read).error();
}

cms::AttributeSpec string_attribute(const asn1::Oid& type, asn1::Tag tag, Bytes octets) {
    asn1::Writer out(octets.size() + 8);
    out.primitive(tag, octets);
    return {type, std::move(out).take()};
}

template <class Enum>
cms::AttributeSpec number_attribute(const asn1::Oid& type, Enum value) {
    const std::string text = fmt::format("{}", static_cast<std::uint32_t>(value));
    return string_attribute(type, asn1::kPrintableString, as_bytes(text));
}

}  // namespace

Status read_scep_attributes(const cms::SignerInfo& signer, PkiMessage& message) {
    SCEP_CHECK(read_transaction_id(signer, message));

    std::optional<Error>& request = message.request_defect;
    note(request, read_message_type(signer, message));
    note(request, read_nonce(signer, oid::kSenderNonce, "senderNonce", message.sender_nonce));

    std::optional<Error>& other = message.other_defect;
    note(other,
         read_nonce(signer, oid::kRecipientNonce, "recipientNonce", message.recipient_nonce));
    note(other, read_number(signer, oid::kPkiStatus, "pkiStatus", message.status));
    note(other, read_number(signer, oid::kFailInfo, "failInfo", message.fail_info));
    note(other, read_fail_info_text(signer, message));
    note(other, read_signing_time(signer, message));
    return {};
}

std::vector<cms::AttributeSpec> write_scep_attributes(const PkiMessageSpec& spec) {
    std::vector<cms::AttributeSpec> out;
    out.reserve(7);
    out.push_back(string_attribute(
        oid::kTransactionId, spec.transaction_id.string_type, spec.transaction_id.octets));
    out.push_back(number_attribute(oid::kMessageType, spec.type));
    if (!spec.sender_nonce.empty())
        out.push_back(string_attribute(oid::kSenderNonce, asn1::kOctetString, spec.sender_nonce));
    if (!spec.recipient_nonce.empty())
        out.push_back(
            string_attribute(oid::kRecipientNonce, asn1::kOctetString, spec.recipient_nonce));
    if (spec.status)
        out.push_back(number_attribute(oid::kPkiStatus, *spec.status));
    if (spec.fail_info)
        out.push_back(number_attribute(oid::kFailInfo, *spec.fail_info));
    if (!spec.fail_info_text.empty())
        out.push_back(
            string_attribute(oid::kFailInfoText, asn1::kUtf8String, as_bytes(spec.fail_info_text)));
    return out;
}

}  // namespace scep
