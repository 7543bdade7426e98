// EnvelopedData: reading, opening, refusing (RFC 5652 section 6, SECURITY rules S01 to S04).
#include <doctest/doctest.h>

#include "core/cms/messages.hpp"

using namespace scep;
using namespace scep::test;

namespace {

const crypto::Library& library() {
    return crypto::Library::standard();
}

Result<SecretBytes> open(Bytes message, const std::string& recipient = "ra") {
    SCEP_TRY(parsed, cms::parse_enveloped_data(message));
    Party& who = party(recipient);
    return cms::decrypt(library(), parsed, who.certificate, *who.key);
}

bool opens(Bytes message, const std::string& recipient = "ra") {
    const auto plaintext = open(message, recipient);
    return plaintext && equal(*plaintext, content());
}

}  // namespace

TEST_SUITE("core/cms enveloped_data") {
    TEST_CASE("what is built opens, and is canonical DER") {
        const Buffer message = enveloped_message();
        CHECK(opens(message));
        CHECK(Node::parse(message).der() == message);
        const auto parsed = cms::parse_enveloped_data(message);
        REQUIRE(parsed);
        CHECK(parsed->version == 0);
        CHECK(parsed->content_type == oid::kData);
        CHECK(parsed->content_encryption.algorithm == oid::kAes128Cbc);
        CHECK(parsed->iv.size() == 16);
        CHECK(equal(Bytes(message).subspan(parsed->content_offset, 48), parsed->encrypted_content));
        REQUIRE(parsed->recipients.size() == 1);
        CHECK(cms::identifies(parsed->recipients[0].rid, party("ra").certificate));
    }

    TEST_CASE("every recipient opens it, by issuer and serial or by subjectKeyIdentifier") {
        for (const bool key_identifier : {false, true}) {
            CAPTURE(key_identifier);
            SeededRandom random(1);
            cms::EnvelopedDataSpec spec = enveloped_spec(content(), party("ra").certificate);
            spec.recipients.push_back(&party("client").certificate);
            spec.recipients.push_back(&party("other").certificate);
            spec.key_identifier = key_identifier;
            const auto message = cms::build_enveloped_data(library(), spec, random);
            REQUIRE(message);
            CHECK(cms::parse_enveloped_data(*message)->version == (key_identifier ? 2 : 0));
            for (const std::string who : {"ra", "client", "other"})
                CHECK(opens(*message, who));
        }
    }

    TEST_CASE("a recipient key that is at hand makes the same message") {
        SeededRandom random(1);
        const Party& ra = party("ra");
        const auto message = cms::build_enveloped_data(
            library(), enveloped_spec(content(), ra.certificate), ra.key->public_key(), random);
        REQUIRE(message);
        CHECK(opens(*message));
    }

    TEST_CASE("recipients of kinds that nothing opens are kept whole and passed over") {
        Node tree = Node::parse(enveloped_message());
        Node& recipients = tree.at(kRecipients);
        for (const std::uint32_t number : {2U, 4U, 5U})
            recipients.children.insert(recipients.children.begin(),
                                       Node{.tag = asn1::context(number), .constructed = true});
        const Buffer message = tree.der();
        CHECK(opens(message));
        const auto parsed = cms::parse_enveloped_data(message);
        CHECK(parsed->recipients[0].kind == cms::RecipientKind::Other);
        CHECK(parsed->recipients[1].kind == cms::RecipientKind::Other);
        CHECK(parsed->recipients[2].kind == cms::RecipientKind::Kek);
        CHECK(equal(parsed->recipients[2].tlv, Buffer{0xa2, 0x00}));
        recipients.children.pop_back();
        const auto refused = open(tree.der());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what == "no key transport recipient");
    }

    TEST_CASE("missing NULL parameters of rsaEncryption are taken") {
        Node tree = Node::parse(enveloped_message());
        tree.at({1, 0, 1, 0, 2}).children.resize(1);
        CHECK(opens(tree.der()));
    }

    TEST_CASE("a client is told that the message is for somebody else") {
        const auto refused = open(enveloped_message(), "client");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what.find("not to this certificate") != std::string::npos);
    }

    TEST_CASE("S01 a message for another certificate of the same key is not opened") {
        const Buffer message = enveloped_message();
        const auto parsed = cms::parse_enveloped_data(message);
        Party& ra = party("ra");
        CountingDecrypter key(*ra.key);
        const auto garbage =
            cms::decrypt_padded(library(), *parsed, certificate("ra-renewed"), key);
        REQUIRE(garbage);
        CHECK(key.count() == 1);
        CHECK(garbage->size() == parsed->encrypted_content.size());
        CHECK_FALSE(equal(Bytes(*garbage).first(content().size()), content()));
    }

    TEST_CASE("S02 an encrypted key that does not open gives garbage, not an error") {
        Node tree = Node::parse(enveloped_message());
        Buffer& encrypted_key = tree.at(kEncryptedKey).content;
        const Buffer good = encrypted_key;
        for (const Buffer& bad : {Buffer(good.size(), 0x01), Buffer{}, Buffer(17, 0x55)}) {
            encrypted_key = bad;
            const Buffer message = tree.der();
            const auto parsed = cms::parse_enveloped_data(message);
            Party& ra = party("ra");
            const auto one = cms::decrypt_padded(library(), *parsed, ra.certificate, *ra.key);
            const auto two = cms::decrypt_padded(library(), *parsed, ra.certificate, *ra.key);
            REQUIRE(one);
            REQUIRE(two);
            CHECK(*one == *two);  // the same garbage each time
        }
    }

    TEST_CASE("S03 what is wrong in clear costs no private-key operation") {
        struct Row {
            std::string_view name;
            void (*bend)(Node&);
        };

        const Row rows[]{
            {"DES",
             [](Node& t) {
                 t.at(kContentCipher).children[0].content = to_buffer(oid::kDesCbc.content());
                 t.at(kContentCipher).children[1].content.resize(8);
             }},
            {"RC2",
             [](Node& t) {
                 t.at(kContentCipher).children[0].content = to_buffer(oid::kRc2Cbc.content());
             }},
            {"unknown key transport",
             [](Node& t) {
                 t.at({1, 0, 1, 0, 2, 0}).content = to_buffer(oid::kEcPublicKey.content());
             }},
            {"IV of 15 octets",
             [](Node& t) { t.at(kContentCipher).children[1].content.resize(15); }},
            {"no IV", [](Node& t) { t.at(kContentCipher).children.resize(1); }},
            {"half a block", [](Node& t) { t.at(kEncryptedContent).content.resize(24); }},
            {"no content", [](Node& t) { t.at(kEncryptedContent).content.clear(); }}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            Node tree = Node::parse(enveloped_message());
            row.bend(tree);
            const Buffer message = tree.der();
            const auto parsed = cms::parse_enveloped_data(message);
            REQUIRE(parsed);
            CountingDecrypter key(*party("ra").key);
            const auto refused =
                cms::decrypt_padded(library(), *parsed, party("ra").certificate, key);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::Protocol);
            CHECK(key.count() == 0);
        }
    }

    TEST_CASE("S04 bytes left over are refused at every level") {
        const Buffer extra{0x05, 0x00};
        for (const Path& level : {kContentInfo,
                                  kContent,
                                  kEnvelopeBody,
                                  kRecipient,
                                  kRid,
                                  kEncryptedContentInfo,
                                  kContentCipher}) {
            Node tree = Node::parse(enveloped_message());
            tree.at(level).trailing = extra;
            CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
            CHECK_FALSE(cms::parse_enveloped_data(tree.ber()));
        }
        Buffer message = enveloped_message();
        append(message, extra);
        CHECK_FALSE(cms::parse_enveloped_data(message));
    }

    TEST_CASE("S07 more recipients than the limit are refused") {
        Node tree = Node::parse(enveloped_message());
        Node& recipients = tree.at(kRecipients);
        while (recipients.children.size() < limits::kMaxRecipients)
            recipients.children.push_back(recipients.children.front());
        CHECK(opens(tree.der()));
        recipients.children.push_back(recipients.children.front());
        CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
    }
}
