// pkiMessages and their attributes (RFC 8894 section 3.2, SECURITY rules S03, S04, S07).
#include <doctest/doctest.h>

#include "core/scep/messages.hpp"

using namespace scep;
using namespace scep::test;

TEST_SUITE("core/scep pki_message") {
    TEST_CASE("a request says what was put in") {
        const Buffer message = enrolment();
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);
        CHECK(parsed->type == MessageType::PkcsReq);
        CHECK(parsed->transaction_id.to_text() == "transaction 1");
        CHECK(equal(parsed->sender_nonce, as_bytes("0123456789abcdef")));
        CHECK(parsed->recipient_nonce.empty());
        CHECK_FALSE(parsed->status.has_value());
        CHECK_FALSE(parsed->fail_info.has_value());
        CHECK_FALSE(parsed->signing_time.has_value());
        CHECK(parsed->signer == party("client").certificate);
        CHECK(verify(message));
    }

    TEST_CASE("a FAILURE carries status, failInfo and text, and no content") {
        PkiMessageSpec spec = request_spec({});
        const Buffer nonce(16, 7);
        spec.type = MessageType::CertRep;
        spec.recipient_nonce = nonce;
        spec.envelope.reset();
        spec.status = PkiStatus::Failure;
        spec.fail_info = FailInfo::BadAlg;
        spec.fail_info_text = "DES-CBC ist verboten, Größe";
        const Buffer message = build(spec);
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);
        CHECK(parsed->type == MessageType::CertRep);
        CHECK(parsed->status == PkiStatus::Failure);
        CHECK(parsed->fail_info == FailInfo::BadAlg);
        CHECK(parsed->fail_info_text == "DES-CBC ist verboten, Größe");
        CHECK(parsed->recipient_nonce == nonce);
        CHECK_FALSE(parsed->signed_data.content.has_value());
        CHECK(verify(message));
    }

    TEST_CASE("a reply without certificates is read with the certificates the client knows") {
        const Buffer envelope = enveloped_message();
        PkiMessageSpec spec = request_spec(envelope);
        spec.include_signer = false;
        const Buffer message = build(spec);
        CHECK_FALSE(parse_pki_message(message));
        const std::vector<x509::Certificate> known{certificate("ra"), certificate("client")};
        const auto parsed = parse_pki_message(message, known);
        REQUIRE(parsed);
        CHECK(parsed->signer == known[1]);

        const x509::Certificate& ra = party("ra").certificate;
        spec.extra_certificates = {ra.der()};
        const Buffer with_another = build(spec);
        CHECK_FALSE(parse_pki_message(with_another));
        CHECK(parse_pki_message(with_another, known));
        const std::vector<x509::Certificate> twins{certificate("client"), certificate("twin")};
        CHECK_FALSE(parse_pki_message(message, twins));
    }

    TEST_CASE("transactionID and messageType come in any string type, and the id is echoed") {
        for (const asn1::Tag tag : {asn1::kPrintableString,
                                    asn1::kUtf8String,
                                    asn1::kIa5String,
                                    asn1::kTeletexString,
                                    asn1::kVisibleString,
                                    asn1::kNumericString}) {
            const std::string name = asn1::tag_name(tag);
            CAPTURE(name);
            CHECK(parse_pki_message(with_value(oid::kMessageType, tag, as_bytes("19"))));
            const Buffer message = with_value(oid::kTransactionId, tag, as_bytes("0815"));
            const auto parsed = parse_pki_message(message);
            REQUIRE(parsed);
            CHECK(parsed->transaction_id.to_text() == "0815");
            PkiMessageSpec spec = request_spec({});
            spec.transaction_id = parsed->transaction_id;
            Node reply = Node::parse(build(spec));
            CHECK(value(reply, oid::kTransactionId).tag == tag);
        }
        const Buffer wide{0x00, 'A', 0x00, 'B'};
        const Buffer message = with_value(oid::kTransactionId, asn1::kBmpString, wide);
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);
        CHECK(parsed->transaction_id.to_text() == "AB");
        CHECK(parsed->transaction_id.octets == wide);
    }

    TEST_CASE("transactionIDs as clients really make them are taken") {
        for (const std::string_view text :
             {"SSCEP transactionId", "k7mLz+4/0w==", "9F86D081884C7D659A2FEAA0C55AD015", " ", "\n"})
            CHECK(parse_pki_message(
                with_value(oid::kTransactionId, asn1::kPrintableString, as_bytes(text))));
    }

    TEST_CASE("unknown numbers are kept, what is no number is a defect") {
        const auto parsed = parse_pki_message(
            with_value(oid::kMessageType, asn1::kPrintableString, as_bytes("42")));
        REQUIRE(parsed);
        CHECK(to_text(parsed->type) == "unknown (42)");
        CHECK(to_text(MessageType::PkcsReq) == "PKCSReq (19)");
        CHECK(to_text(PkiStatus::Pending) == "PENDING (3)");
        CHECK(to_text(FailInfo::BadCertId) == "badCertId (4)");
        for (const std::string_view text : {"", "x", "19x", "-1", " 19", "4294967296", "19\n"})
            CHECK(defect_of(with_value(oid::kMessageType, asn1::kPrintableString, as_bytes(text)))
                      .where.field == "messageType");
    }

    TEST_CASE("messageType and transactionID are wanted, nonce and signingTime are not") {
        CHECK(defect_of(without(oid::kMessageType)).code == Errc::Protocol);
        CHECK(parse_pki_message(without(oid::kTransactionId)).error().code == Errc::Protocol);
        CHECK(parse_pki_message(without(oid::kSenderNonce))->sender_nonce.empty());
    }

    TEST_CASE("signingTime is read, with a zone and without seconds too") {
        struct Row {
            asn1::Tag tag;
            std::string_view text, utc;
        };

        const Row rows[]{{asn1::kUtcTime, "261124030000Z", "2026-11-24T03:00:00Z"},
                         {asn1::kUtcTime, "160531073014-0400", "2016-05-31T11:30:14Z"},
                         {asn1::kUtcTime, "160531073014+0130", "2016-05-31T06:00:14Z"},
                         {asn1::kUtcTime, "1605310730Z", "2016-05-31T07:30:00Z"},
                         {asn1::kGeneralizedTime, "20510531073014Z", "2051-05-31T07:30:14Z"},
                         {asn1::kUtcTime, "", ""},
                         {asn1::kUtcTime, "160531073014", ""},
                         {asn1::kUtcTime, "160531073014+2400", ""},
                         {asn1::kUtcTime, "160531073014+-100", ""},
                         {asn1::kUtcTime, "161331073014Z", ""},
                         {asn1::kPrintableString, "261124030000Z", ""}};
        for (const Row& row : rows) {
            CAPTURE(row.text);
            Node tree = Node::parse(enrolment());
            asn1::Writer time;
            time.sequence([&] {
                time.oid(oid::kSigningTime);
                time.set([&] { time.string(row.tag, row.text); });
            });
            tree.at(kSignedAttrs).children.push_back(Node::parse(time.bytes()));
            const Buffer message = tree.der();
            const auto parsed = parse_pki_message(message);
            REQUIRE(parsed);
            CHECK(check_well_formed(*parsed).has_value() == !row.utc.empty());
            REQUIRE(parsed->signing_time.has_value() == !row.utc.empty());
            if (parsed->signing_time)
                CHECK(to_rfc3339(*parsed->signing_time) == row.utc);
        }
    }

    TEST_CASE("S07 nonces over 64 octets and transactionIDs over 255 are refused") {
        for (const std::size_t size : {0U, 1U, 8U, 16U, 64U})
            CHECK(parse_pki_message(
                      with_value(oid::kSenderNonce, asn1::kOctetString, Buffer(size, 1)))
                      ->sender_nonce.size() == size);
        const Error defect =
            defect_of(with_value(oid::kSenderNonce, asn1::kOctetString, Buffer(65, 1)));
        CHECK(defect.what == "65 octets, want at most 64");
        CHECK(parse_pki_message(
            with_value(oid::kTransactionId, asn1::kPrintableString, Buffer(255, 'a'))));
        CHECK_FALSE(parse_pki_message(
            with_value(oid::kTransactionId, asn1::kPrintableString, Buffer(256, 'a'))));
        CHECK_FALSE(parse_pki_message(with_value(oid::kTransactionId, asn1::kPrintableString, {})));
    }

    TEST_CASE("S03 reading a message verifies nothing: that is the next step") {
        Node tree = Node::parse(enrolment());
        tree.at(kSignature).content.assign(256, 0x5a);
        const Buffer message = tree.der();
        CHECK(parse_pki_message(message));
        CHECK_FALSE(verify(message));
    }

    TEST_CASE("S04 what breaks the outer structure is an error of the parser") {
        struct Row {
            std::string_view name;
            void (*bend)(Node&);
        };

        const Row rows[]{
            {"two SignerInfos",
             [](Node& t) { t.at(kSignerInfos).children.push_back(t.at(kSignerInfo)); }},
            {"no SignerInfo", [](Node& t) { t.at(kSignerInfos).children.clear(); }},
            {"no signed attributes",
             [](Node& t) {
                 t.at(kSignerInfo).children.erase(t.at(kSignerInfo).children.begin() + 3);
             }},
            {"messageType twice",
             [](Node& t) {
                 t.at(kSignedAttrs).children.push_back(*attribute(t, oid::kMessageType));
             }},
            {"two messageTypes in one",
             [](Node& t) {
                 Node& values = attribute(t, oid::kMessageType)->children.at(1);
                 values.children.push_back(values.children.front());
             }},
            {"the signer's certificate twice",
             [](Node& t) {
                 Node& bag = t.at(kCertificates);
                 bag.children.push_back(bag.children.front());
             }},
            {"no certificate", [](Node& t) { t.at(kCertificates).children.clear(); }},
            {"left over in the ContentInfo",
             [](Node& t) {
                 t.trailing = {0x05, 0x00};
             }},
            {"left over in the SignedData",
             [](Node& t) {
                 t.at(kSignedDataBody).trailing = {0x05, 0x00};
             }},
            {"left over in the SignerInfo",
             [](Node& t) {
                 t.at(kSignerInfo).trailing = {0x05, 0x00};
             }},
            {"another content type", [](Node& t) {
                 t.at({1, 0, 2, 0}).content = to_buffer(oid::kEnvelopedData.content());
             }}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            Node tree = Node::parse(enrolment());
            row.bend(tree);
            if (tree.at(kSignerInfos).children.size() == 1 &&
                tree.at(kSignerInfo).children.size() == 6)
                resign(tree, "client");
            CHECK_FALSE(parse_pki_message(tree.der()));
        }
        Buffer message = enrolment();
        message.push_back(0x00);
        CHECK_FALSE(parse_pki_message(message));
    }

    TEST_CASE("refused algorithms are named, each once") {
        Node tree = Node::parse(enrolment());
        tree.at({1, 0, 4, 0, 2, 0}).content = to_buffer(oid::kMd5.content());
        tree.at({1, 0, 4, 0, 4, 0}).content = to_buffer(oid::kMd5WithRsa.content());
        const Buffer message = tree.der();
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);

        Node envelope = Node::parse(enveloped_message());
        envelope.at(kContentCipher).children[0].content = to_buffer(oid::kDesCbc.content());
        const Buffer inner = envelope.der();
        const auto opened = cms::parse_enveloped_data(inner);
        REQUIRE(opened);
        const std::optional<cms::EnvelopedData> present = *opened;
        const auto& standard = crypto::Library::standard();
        CHECK(refused_algorithms(standard, *parsed, present) ==
              std::vector<std::string>{"MD5", "DES-CBC"});
        CHECK(refused_algorithms(standard, *parsed, std::nullopt) ==
              std::vector<std::string>{"MD5"});
        const auto legacy = crypto::Library::with_legacy();
        REQUIRE(legacy);
        CHECK(refused_algorithms(**legacy, *parsed, present).empty());
    }

    TEST_CASE("unknown algorithms are named by their identifiers") {
        Node tree = Node::parse(enrolment());
        tree.at({1, 0, 4, 0, 4, 0}).content = to_buffer(oid::kEd25519.content());
        const Buffer message = tree.der();
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);
        Node envelope = Node::parse(enveloped_message());
        envelope.at({1, 0, 1, 0, 2, 0}).content = to_buffer(oid::kEcPublicKey.content());
        const Buffer inner = envelope.der();
        const std::optional<cms::EnvelopedData> present = cms::parse_enveloped_data(inner).value();
        const auto names = refused_algorithms(crypto::Library::standard(), *parsed, present);
        CHECK(names ==
              std::vector<std::string>{asn1::name(oid::kEd25519), asn1::name(oid::kEcPublicKey)});
    }

    TEST_CASE("a message truncated or bent at any octet proves nothing else") {
        const Buffer golden = enrolment();
        const auto truth = parse_pki_message(golden);
        REQUIRE(truth);
        for (std::size_t at = 0; at < golden.size(); ++at) {
            CHECK_FALSE(parse_pki_message(Bytes(golden).first(at)));
            Buffer bent = golden;
            bent[at] ^= 0x04;
            if (!verify(bent))
                continue;
            const auto parsed = parse_pki_message(bent);
            CHECK(parsed->type == truth->type);
            CHECK(parsed->transaction_id == truth->transaction_id);
            CHECK(parsed->sender_nonce == truth->sender_nonce);
            CHECK(equal(parsed->signer.spki(), truth->signer.spki()));
            CHECK(equal(*parsed->signed_data.content, *truth->signed_data.content));
        }
    }
}
