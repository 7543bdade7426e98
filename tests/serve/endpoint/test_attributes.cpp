// Signed attributes that are missing or malformed, under a signature that verifies.
#include <doctest/doctest.h>

#include "serve/endpoint/check_failure.hpp"
#include "support/der_tree.hpp"

using namespace scep;
using namespace scep::test;

namespace {

// of a pkiMessage
Node& signed_attributes(Node& message) {
    return message.at({1, 0, 4, 0, 3});
}

bool is_of(const Node& attribute, const asn1::Oid& type) {
    return equal(attribute.children.front().content, type.content());
}

void erase_attribute(Node& message, const asn1::Oid& type) {
    std::erase_if(signed_attributes(message).children,
                  [&](const Node& attribute) { return is_of(attribute, type); });
}

void set_attribute(Node& message, const asn1::Oid& type, const Node& value) {
    erase_attribute(message, type);
    const Node name{.tag = asn1::kObjectIdentifier, .content = to_buffer(type.content())};
    const Node values{.tag = asn1::kSet, .constructed = true, .children = {value}};
    signed_attributes(message).children.push_back(
        {.tag = asn1::kSequence, .constructed = true, .children = {name, values}});
}

// By the device's key, over the attributes as they stand (RFC 5652 section 5.4).
void sign_again(Node& message) {
    Node attributes = signed_attributes(message);
    attributes.tag = asn1::kSet;
    const Key& key = shared_rsa_key();
    message.at({1, 0, 4, 0, 5}).content = must(key->sign(
        crypto::default_signature(key->public_key(), crypto::Digest::Sha256), attributes.der()));
}

struct Row {
    std::string_view name;
    asn1::Oid type;
    std::optional<Node> value;  // nullopt: the attribute is missing
};

Buffer bent_message(const TestProfile& profile, const Row& row) {
    Node message = Node::parse(make_message({}, profile.ra.certificate));
    if (row.value)
        set_attribute(message, row.type, *row.value);
    else
        erase_attribute(message, row.type);
    sign_again(message);
    return message.der();
}

Node value(asn1::Tag tag, std::string_view text) {
    return {.tag = tag, .content = to_buffer(as_bytes(text))};
}

Node octets(std::size_t size) {
    return {.tag = asn1::kOctetString, .content = Buffer(size, 0x5a)};
}

bool has_attribute(Bytes message, const asn1::Oid& type) {
    Node tree = Node::parse(message);
    return std::ranges::any_of(signed_attributes(tree).children,
                               [&](const Node& attribute) { return is_of(attribute, type); });
}

}  // namespace

TEST_SUITE("serve/endpoint attributes") {
    TEST_CASE("a messageType or senderNonce out of order is badRequest and one audit row") {
        const TestProfile profile = make_profile();
        const std::vector<Row> rows{
            {"no messageType", oid::kMessageType, {}},
            {"messageType x", oid::kMessageType, value(asn1::kPrintableString, "x")},
            {"messageType empty", oid::kMessageType, value(asn1::kPrintableString, "")},
            {"messageType INTEGER", oid::kMessageType, value(asn1::kInteger, "\x13")},
            {"senderNonce of 65 octets", oid::kSenderNonce, octets(65)},
            {"senderNonce PrintableString",
             oid::kSenderNonce,
             value(asn1::kPrintableString, "nonce")}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const bool nonce_is_good = row.type == oid::kMessageType;
            const endpoint::Outcome outcome = post(profile, bent_message(profile, row));
            check_failure(profile, outcome, FailInfo::BadRequest);
            const PkiMessage reply = read_reply(profile, outcome);
            CHECK(reply.transaction_id.to_text() == "transaction-1");
            CHECK(reply.sender_nonce.size() == 16);
            CHECK(has_attribute(outcome.reply.body, oid::kRecipientNonce) == nonce_is_good);
            CHECK(reply.recipient_nonce == (nonce_is_good ? Buffer(16, 0x5a) : Buffer{}));
            CHECK(reply.fail_info_text ==
                  "an attribute of the message is malformed (reference 0badc0de)");

            const store::AuditEvent& event = outcome.effects.events.at(0);
            CHECK(event.action == (nonce_is_good ? "scep_other" : "scep_pkcsreq"));
            CHECK(event.transaction_id == "transaction-1");
            CHECK(event.signer == "CN=device-1");
            CHECK(event.reason.find(nonce_is_good ? "messageType" : "senderNonce") !=
                  std::string::npos);
        }
    }

    TEST_CASE("what a request has no use for may be malformed") {
        const TestProfile profile = make_profile();
        const std::vector<Row> rows{
            {"pkiStatus", oid::kPkiStatus, value(asn1::kPrintableString, "SUCCESS")},
            {"failInfo", oid::kFailInfo, value(asn1::kPrintableString, "-1")},
            {"failInfoText", oid::kFailInfoText, value(asn1::kUtf8String, "\xff")},
            {"recipientNonce of 65 octets", oid::kRecipientNonce, octets(65)},
            {"recipientNonce UTF8String", oid::kRecipientNonce, value(asn1::kUtf8String, "nonce")},
            {"signingTime", oid::kSigningTime, value(asn1::kUtcTime, "160531073014")},
            {"no senderNonce", oid::kSenderNonce, {}}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const endpoint::Outcome outcome = post(profile, bent_message(profile, row));
            CHECK(outcome.decision == "success");
            CHECK(read_reply(profile, outcome).status == PkiStatus::Success);
            CHECK(outcome.effects.issuances.size() == 1);
        }
    }

    TEST_CASE("without a transactionID there is no CertRep: HTTP 400 and no row") {
        const TestProfile profile = make_profile();
        const std::vector<Row> rows{
            {"missing", oid::kTransactionId, {}},
            {"empty", oid::kTransactionId, value(asn1::kPrintableString, "")},
            {"INTEGER", oid::kTransactionId, value(asn1::kInteger, "\x01")},
            {"of 256 octets",
             oid::kTransactionId,
             value(asn1::kPrintableString, std::string(256, 'a'))}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            const endpoint::Outcome outcome = post(profile, bent_message(profile, row));
            CHECK(outcome.reply.status == 400);
            CHECK(outcome.effects.empty());
            CHECK(outcome.detail.find("transactionID") != std::string::npos);
        }
    }

    TEST_CASE("attributes bent after signing are badMessageCheck") {
        const TestProfile profile = make_profile();
        Node message = Node::parse(make_message({}, profile.ra.certificate));
        set_attribute(message, oid::kSenderNonce, octets(17));
        check_failure(profile, post(profile, message.der()), FailInfo::BadMessageCheck);
    }
}
