// Rules about the signed attributes (RFC 8894 section 3.2.1).
#include <algorithm>

#include <fmt/format.h>

#include "core/inspect/rule.hpp"

namespace scep::inspect {

namespace {

constexpr std::size_t kNonceOctets = 16;

bool has_attributes(const Reading& reading) {
    return reading.kind == Kind::PkiMessage && reading.signer_info != nullptr;
}

bool is_there(const Reading& reading, const asn1::Oid& type) {
    return reading.signer_info->attribute(type) != nullptr;
}

// One of those that every message, or this one, has to have.
struct Wanted {
    asn1::Oid type;
    std::string_view name;
    bool wanted;
};

std::vector<Wanted> wanted_attributes(const Reading& reading) {
    const bool reply = reading.is_reply();
    const bool failure = reply && reading.attributes.status == PkiStatus::Failure;
    return {{oid::kTransactionId, "transactionID", true},
            {oid::kMessageType, "messageType", true},
            {oid::kSenderNonce, "senderNonce", !reply},
            {oid::kRecipientNonce, "recipientNonce", reply},
            {oid::kPkiStatus, "pkiStatus", reply},
            {oid::kFailInfo, "failInfo", failure},
            {oid::kMessageDigest, "messageDigest", true}};
}

void check_nonce(const std::optional<Buffer>& nonce, std::string_view name, Reporter& out) {
    if (nonce && nonce->size() != kNonceOctets)
        out.add(fmt::format("{} has {} octets, want {}", name, nonce->size(), kNonceOctets));
}

}  // namespace

void check_attribute_missing(const Case& c, Reporter& out) {
    if (!has_attributes(c.reading))
        return;
    for (const Wanted& each : wanted_attributes(c.reading))
        if (each.wanted && !is_there(c.reading, each.type))
            out.add(fmt::format("{} is missing", each.name),
                    at_offset(c.reading.signer_info->offset, "SignerInfo.signedAttrs"));
}

void check_attribute_repeated(const Case& c, Reporter& out) {
    if (!has_attributes(c.reading))
        return;
    std::vector<asn1::Oid> seen;
    for (const cms::Attribute& attribute : c.reading.signer_info->attributes) {
        const Where where = at_offset(attribute.offset, "SignerInfo.signedAttrs");
        if (std::ranges::find(seen, attribute.type) != seen.end())
            out.add(fmt::format("{} is there twice", asn1::name(attribute.type)), where);
        if (attribute.values.size() != 1)
            out.add(fmt::format("{} has {} values, want one",
                                asn1::name(attribute.type),
                                attribute.values.size()),
                    where);
        seen.push_back(attribute.type);
    }
}

void check_attribute_malformed(const Case& c, Reporter& out) {
    for (const Error& defect : c.reading.attributes.defects)
        out.add(fmt::format("{} {}", defect.where.field, defect.what), defect.where);
}

void check_message_type(const Case& c, Reporter& out) {
    if (!c.reading.attributes.type)
        return;
    switch (*c.reading.attributes.type) {
        case MessageType::CertRep:
        case MessageType::RenewalReq:
        case MessageType::PkcsReq:
        case MessageType::CertPoll:
        case MessageType::GetCert:
        case MessageType::GetCrl:
            return;
        case MessageType::UpdateReq:
            out.add("messageType 18 is UpdateReq of a draft, which RFC 8894 does not have",
                    {},
                    "have the client send RenewalReq (17)");
            return;
    }
    out.add(fmt::format("messageType is {}", to_text(*c.reading.attributes.type)));
}

void check_nonce_length(const Case& c, Reporter& out) {
    check_nonce(c.reading.attributes.sender_nonce, "senderNonce", out);
    check_nonce(c.reading.attributes.recipient_nonce, "recipientNonce", out);
}

void check_sender_nonce_of_reply(const Case& c, Reporter& out) {
    if (has_attributes(c.reading) && c.reading.is_reply() &&
        !is_there(c.reading, oid::kSenderNonce))
        out.add("the reply has no senderNonce");
}

void check_content_type_attribute(const Case& c, Reporter& out) {
    if (!has_attributes(c.reading) || c.reading.signer_info->attributes.empty())
        return;
    const cms::Attribute* attribute = c.reading.signer_info->attribute(oid::kContentType);
    if (attribute == nullptr || attribute->values.empty()) {
        out.add("contentType is missing");
        return;
    }
    const auto type = asn1::object_identifier(attribute->values.front(), "contentType");
    if (!type || *type != oid::kData)
        out.add(fmt::format("contentType is {}, want data", type ? asn1::name(*type) : "malformed"),
                at_offset(attribute->offset));
}

void check_transaction_string(const Case& c, Reporter& out) {
    const std::optional<TransactionId>& id = c.reading.attributes.transaction_id;
    if (id && id->string_type != asn1::kPrintableString)
        out.add(fmt::format("transactionID is a {}", asn1::tag_name(id->string_type)));
}

void check_outer_challenge(const Case& c, Reporter& out) {
    if (c.reading.signer_info == nullptr)
        return;
    if (const auto* attribute = c.reading.signer_info->attribute(oid::kChallengePassword))
        out.add("a challengePassword stands among the signed attributes, which are not encrypted",
                at_offset(attribute->offset));
}

void check_signing_time(const Case& c, Reporter& out) {
    constexpr std::chrono::hours kFar{24};
    const std::optional<TimePoint>& time = c.reading.attributes.signing_time;
    const bool known = c.means.at || c.reading.captured->time;  // else it is an old file
    if (!time || !known)
        return;
    const auto distance = *time > c.at ? *time - c.at : c.at - *time;
    if (distance > kFar)
        out.add(fmt::format(
            "signingTime is {}, the capture's time {}", to_rfc3339(*time), to_rfc3339(c.at)));
}

}  // namespace scep::inspect
