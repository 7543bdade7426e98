// An attribute out of order while signer and transactionID are known: a server reads on and says so
// in a CertRep, a client refuses.
#include <doctest/doctest.h>

#include "core/scep/cert_rep.hpp"
#include "core/scep/messages.hpp"

using namespace scep;
using namespace scep::test;

namespace {

// One value in a string type, also where the message had no such attribute.
void put(Node& tree, const asn1::Oid& type, asn1::Tag tag, Bytes octets) {
    erase_attribute(tree, type);
    asn1::Writer out;
    out.sequence([&] {
        out.oid(type);
        out.set([&] { out.primitive(tag, octets); });
    });
    tree.at(kSignedAttrs).children.push_back(Node::parse(out.bytes()));
}

Buffer bent(Buffer message, const asn1::Oid& type, asn1::Tag tag, Bytes octets) {
    Node tree = Node::parse(message);
    put(tree, type, tag, octets);
    resign(tree, "client");
    return tree.der();
}

struct Row {
    std::string_view field;  // of the attribute
    asn1::Oid type;
    asn1::Tag tag;
    Buffer octets;
    Errc code;
};

Buffer text(std::string_view octets) {
    return to_buffer(as_bytes(octets));
}

// What a request is answered by.
const Row kRequestRows[]{
    {"messageType", oid::kMessageType, asn1::kPrintableString, text("x"), Errc::Protocol},
    {"messageType", oid::kMessageType, asn1::kPrintableString, {}, Errc::Protocol},
    {"messageType", oid::kMessageType, asn1::kInteger, {0x13}, Errc::Der},
    {"senderNonce", oid::kSenderNonce, asn1::kOctetString, Buffer(65, 1), Errc::Protocol},
    {"senderNonce", oid::kSenderNonce, asn1::kPrintableString, text("nonce"), Errc::Der}};

// What it has no use for.
const Row kOtherRows[]{
    {"recipientNonce", oid::kRecipientNonce, asn1::kOctetString, Buffer(65, 1), Errc::Protocol},
    {"recipientNonce", oid::kRecipientNonce, asn1::kUtf8String, text("nonce"), Errc::Der},
    {"pkiStatus", oid::kPkiStatus, asn1::kPrintableString, text("SUCCESS"), Errc::Protocol},
    {"failInfo", oid::kFailInfo, asn1::kPrintableString, text("-1"), Errc::Protocol},
    {"failInfoText", oid::kFailInfoText, asn1::kUtf8String, {0xff}, Errc::Der},
    {"signingTime", oid::kSigningTime, asn1::kUtcTime, text("160531073014"), Errc::Der}};

// A FAILURE to the request of messages.hpp, in which everything is there that a client reads.
Buffer failure() {
    PkiMessageSpec spec = request_spec({});
    spec.type = MessageType::CertRep;
    spec.recipient_nonce = spec.sender_nonce;
    spec.envelope.reset();
    spec.status = PkiStatus::Failure;
    spec.fail_info = FailInfo::BadRequest;
    spec.fail_info_text = "no";
    return build(spec);
}

Result<CertRep> as_client(Bytes reply) {
    AuthenticatedCa ca;
    ca.ras = {party("client").certificate};
    const PkiMessageSpec asked = request_spec({});
    const SentRequest sent{.transaction_id = asked.transaction_id,
                           .sender_nonce = to_buffer(asked.sender_nonce)};
    return read_cert_rep(crypto::Library::standard(), reply, sent, ca);
}

}  // namespace

TEST_SUITE("core/scep attribute defects") {
    TEST_CASE("messageType or senderNonce malformed leaves signer and transactionID known") {
        for (const Row& row : kRequestRows) {
            CAPTURE(row.field);
            const Buffer message = bent(enrolment(), row.type, row.tag, row.octets);
            const auto parsed = parse_pki_message(message);
            REQUIRE(parsed);
            CHECK(parsed->transaction_id.to_text() == "transaction 1");
            CHECK(parsed->signer == party("client").certificate);
            REQUIRE(parsed->request_defect.has_value());
            CHECK(parsed->request_defect->where.field == row.field);
            CHECK(parsed->request_defect->where.offset.has_value());
            CHECK(parsed->request_defect->code == row.code);
            CHECK_FALSE(parsed->other_defect.has_value());
            const bool typed = row.field != "messageType";
            CHECK(parsed->type == (typed ? MessageType::PkcsReq : MessageType{}));
            CHECK(parsed->sender_nonce.empty() == typed);
        }
    }

    TEST_CASE("a missing messageType is a defect and no type") {
        const Buffer message = without(oid::kMessageType);
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);
        CHECK(parsed->type == MessageType{});
        CHECK(to_text(parsed->type) == "unknown (0)");
        REQUIRE(parsed->request_defect.has_value());
        CHECK(parsed->request_defect->where.field == "messageType");
        CHECK(parsed->request_defect->what == "missing");
    }

    TEST_CASE("what a request has no use for is no defect of the request") {
        for (const Row& row : kOtherRows) {
            CAPTURE(row.field);
            const Buffer message = bent(enrolment(), row.type, row.tag, row.octets);
            const auto parsed = parse_pki_message(message);
            REQUIRE(parsed);
            CHECK_FALSE(parsed->request_defect.has_value());
            REQUIRE(parsed->other_defect.has_value());
            CHECK(parsed->other_defect->where.field == row.field);
            CHECK(parsed->other_defect->code == row.code);
            CHECK(parsed->type == MessageType::PkcsReq);
            CHECK(equal(parsed->sender_nonce, as_bytes("0123456789abcdef")));
            CHECK(parsed->recipient_nonce.empty());
            CHECK_FALSE(parsed->status.has_value());
            CHECK_FALSE(parsed->fail_info.has_value());
            CHECK(parsed->fail_info_text.empty());
            CHECK_FALSE(parsed->signing_time.has_value());
        }
    }

    TEST_CASE("of several defects the first of each kind is kept, and the rest is read") {
        Node tree = Node::parse(enrolment());
        put(tree, oid::kSigningTime, asn1::kUtcTime, as_bytes("x"));
        put(tree, oid::kPkiStatus, asn1::kPrintableString, as_bytes("x"));
        put(tree, oid::kSenderNonce, asn1::kOctetString, Buffer(65, 1));
        put(tree, oid::kMessageType, asn1::kPrintableString, as_bytes("x"));
        put(tree, oid::kFailInfo, asn1::kPrintableString, as_bytes("2"));
        const Buffer message = tree.der();
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);
        CHECK(parsed->request_defect.value().where.field == "messageType");
        CHECK(parsed->other_defect.value().where.field == "pkiStatus");
        CHECK(parsed->fail_info == FailInfo::BadRequest);
        CHECK(defect_of(message).where.field == "messageType");
    }

    TEST_CASE("without a transactionID the message is not read, whatever else is wrong") {
        for (const asn1::Tag tag : {asn1::kOctetString, asn1::kInteger})
            CHECK_FALSE(
                parse_pki_message(bent(enrolment(), oid::kTransactionId, tag, as_bytes("1"))));
        Node tree = Node::parse(enrolment());
        erase_attribute(tree, oid::kTransactionId);
        erase_attribute(tree, oid::kMessageType);
        const auto parsed = parse_pki_message(tree.der());
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().where.field == "transactionID");
    }

    TEST_CASE("a client refuses a reply with any attribute out of order, and says which") {
        const auto good = as_client(failure());
        REQUIRE_MESSAGE(good, to_text(good.error()));
        CHECK(good->fail_info == FailInfo::BadRequest);
        const auto refuses = [](const Row& row) {
            CAPTURE(row.field);
            const auto outcome = as_client(bent(failure(), row.type, row.tag, row.octets));
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error().code == row.code);
            CHECK(outcome.error().where.field == row.field);
        };
        for (const Row& row : kRequestRows)
            refuses(row);
        for (const Row& row : kOtherRows)
            refuses(row);
        Node tree = Node::parse(failure());
        erase_attribute(tree, oid::kMessageType);
        resign(tree, "client");
        const auto outcome = as_client(tree.der());
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == Errc::Protocol);
        CHECK(outcome.error().where.field == "messageType");
    }
}
