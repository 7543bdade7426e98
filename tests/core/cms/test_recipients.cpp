// Recipients by key agreement and by password: reading, opening, refusing (RFC 5652 sections 6.2.2
// and 6.2.4, RFC 5753, SECURITY rules S01 to S06).
#include <functional>

#include <doctest/doctest.h>

#include "core/cms/messages.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;

namespace {

constexpr std::string_view kPassword = "swordfish";

const crypto::Library& library() {
    return crypto::Library::standard();
}

Buffer agreement_message(bool key_identifier = false) {
    SeededRandom random(7);
    cms::EnvelopedDataSpec spec = enveloped_spec(content(), party("ec").certificate);
    spec.key_identifier = key_identifier;
    return cms::build_enveloped_data(library(), spec, random).value();
}

Buffer password_message() {
    SeededRandom random(7);
    return cms::build_enveloped_data(
               library(), {.content = content(), .password = as_bytes(kPassword)}, random)
        .value();
}

crypto::PasswordDecrypter& password() {
    static crypto::PasswordDecrypter right(to_secret(kPassword));
    return right;
}

Result<SecretBytes> open_with(crypto::PasswordDecrypter& with, Bytes message) {
    SCEP_TRY(parsed, cms::parse_enveloped_data(message));
    const auto* recipient = cms::first_recipient(parsed, cms::RecipientKind::Password);
    if (recipient == nullptr)
        return fail(Errc::Protocol, "no password recipient");
    return cms::decrypt_padded(library(), parsed, {.recipient = recipient, .password = &with});
}

Result<SecretBytes> open_with(crypto::Decrypter& key, Bytes message) {
    SCEP_TRY(parsed, cms::parse_enveloped_data(message));
    return cms::decrypt_padded(library(), parsed, party("ec").certificate, key);
}

bool holds_content(const Result<SecretBytes>& padded) {
    return padded && crypto::unpadded_size(*padded, 16) == content().size() &&
           equal(Bytes(*padded).first(content().size()), content());
}

bool agreement_opens(Bytes message) {
    return holds_content(open_with(*party("ec").key, message));
}

bool password_opens(Bytes message) {
    return holds_content(open_with(password(), message));
}

Node octets(Bytes content) {
    return {.tag = asn1::kOctetString, .content = to_buffer(content)};
}

Node oid_node(const asn1::Oid& oid) {
    return {.tag = asn1::kObjectIdentifier, .content = to_buffer(oid.content())};
}

Node sequence(std::vector<Node> children) {
    return {.tag = asn1::kSequence, .constructed = true, .children = std::move(children)};
}

Buffer bit_string(Bytes octets_of_it) {
    Buffer out{0};
    append(out, octets_of_it);
    return out;
}

using Bend = std::function<void(Node&)>;

struct Row {
    std::string_view what;
    Bend bend;
};

std::string unknown(const Buffer& message) {
    const auto parsed = cms::parse_enveloped_data(message);
    REQUIRE(parsed);
    return cms::unknown_algorithm(parsed->recipients.front()).value_or("");
}

void check_bent(const Buffer& golden, const std::function<bool(Bytes)>& opens) {
    int opened = 0;
    for (std::size_t at = 0; at < golden.size(); ++at) {
        CHECK_FALSE(cms::parse_enveloped_data(Bytes(golden).first(at)));
        Buffer bent = golden;
        bent[at] ^= 0x01;
        opened += opens(bent) ? 1 : 0;
    }
    CHECK(opened < 20);  // versions and content type: nothing authenticates an envelope
}

}  // namespace

TEST_SUITE("core/cms recipients") {
    TEST_CASE("key agreement: what is built opens, and is canonical DER") {
        const Buffer message = agreement_message();
        CHECK(agreement_opens(message));
        CHECK(Node::parse(message).der() == message);
        const auto parsed = cms::parse_enveloped_data(message);
        REQUIRE(parsed);
        CHECK(parsed->version == 2);
        REQUIRE(parsed->recipients.size() == 1);
        const cms::RecipientInfo& recipient = parsed->recipients.front();
        CHECK(recipient.kind == cms::RecipientKind::KeyAgreement);
        CHECK(cms::identifies(recipient.rid, party("ec").certificate));
        CHECK(recipient.encrypted_key.size() == 24);
        CHECK(message[recipient.offset] == 0x30);
        REQUIRE(recipient.originator);
        CHECK(recipient.originator->point.size() == 65);
        CHECK(message[recipient.originator->offset] == 0x04);
        CHECK_FALSE(recipient.user_keying_material);
        const auto management = cms::key_management(recipient);
        REQUIRE(management);
        CHECK(std::get<crypto::KeyAgreement>(*management) ==
              crypto::KeyAgreement{.kdf = crypto::Digest::Sha256, .wrap = crypto::KeyWrap::Aes128});
        CHECK_FALSE(cms::unknown_algorithm(recipient));
    }

    TEST_CASE("password: what is built opens, and is canonical DER") {
        const Buffer message = password_message();
        CHECK(password_opens(message));
        CHECK(Node::parse(message).der() == message);
        const auto parsed = cms::parse_enveloped_data(message);
        REQUIRE(parsed);
        CHECK(parsed->version == 3);
        REQUIRE(parsed->recipients.size() == 1);
        const cms::RecipientInfo& recipient = parsed->recipients.front();
        CHECK(recipient.kind == cms::RecipientKind::Password);
        const auto management = cms::key_management(recipient);
        REQUIRE(management);
        const auto& encryption = std::get<crypto::PasswordEncryption>(*management);
        CHECK(encryption.prf == crypto::Digest::Sha256);
        CHECK(encryption.iterations == limits::kPbkdf2Iterations);
        CHECK(encryption.salt.size() == limits::kPbkdf2Salt);
        CHECK(encryption.cipher == crypto::Cipher::Aes128Cbc);
    }

    TEST_CASE("the version is that of RFC 5652 section 6.1") {
        SeededRandom random(1);
        const x509::Certificate& rsa = party("ra").certificate;
        const x509::Certificate& ec = party("ec").certificate;
        const auto version = [&](const cms::EnvelopedDataSpec& spec) {
            return cms::parse_enveloped_data(
                       cms::build_enveloped_data(library(), spec, random).value())
                .value()
                .version;
        };
        CHECK(version({.recipients = {&rsa}}) == 0);
        CHECK(version({.recipients = {&rsa}, .key_identifier = true}) == 2);
        CHECK(version({.recipients = {&rsa, &ec}}) == 2);
        CHECK(version({.recipients = {&rsa, &ec}, .password = as_bytes(kPassword)}) == 3);
    }

    TEST_CASE("BER's most scattered form opens") {
        CHECK(agreement_opens(Node::parse(agreement_message()).scattered().ber()));
        CHECK(agreement_opens(Node::parse(agreement_message(true)).scattered().ber()));
        CHECK(password_opens(Node::parse(password_message()).scattered().ber()));
    }

    TEST_CASE("of several recipients of one agreement each is found by its name") {
        for (const bool key_identifier : {false, true}) {
            CAPTURE(key_identifier);
            Node tree = Node::parse(agreement_message(key_identifier));
            Node& keys = tree.at(kEncryptedKeys);
            Node other = keys.children.front();
            if (key_identifier)
                other.at({0, 0}).content[3] ^= 1;
            else
                other.at({0, 1}).content[0] ^= 1;
            other.at({1}).content[0] ^= 1;
            keys.children.insert(keys.children.begin(), 3, other);
            const Buffer message = tree.der();
            const auto parsed = cms::parse_enveloped_data(message);
            REQUIRE(parsed);
            CHECK(parsed->recipients.size() == 4);
            CHECK(agreement_opens(message));
        }
    }

    TEST_CASE("a key identifier with date and further attribute is read") {
        Node tree = Node::parse(agreement_message(true));
        Node& rid = tree.at({1, 0, 1, 0, 3, 0, 0});
        rid.children.push_back(
            Node{.tag = asn1::kGeneralizedTime, .content = to_buffer(as_bytes("20260101000000Z"))});
        CHECK(agreement_opens(tree.der()));
        rid.children.push_back(sequence({oid_node(oid::kData)}));
        CHECK(agreement_opens(tree.der()));
        rid.children.push_back(Node{.tag = asn1::kNull});
        CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
    }

    TEST_CASE("S07 more recipients than the limit are refused, in one agreement too") {
        Node tree = Node::parse(agreement_message());
        Node& keys = tree.at(kEncryptedKeys);
        keys.children.resize(limits::kMaxRecipients, keys.children.front());
        CHECK(agreement_opens(tree.der()));
        keys.children.push_back(keys.children.front());
        CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
        Node passwords = Node::parse(password_message());
        Node& recipients = passwords.at(kRecipients);
        recipients.children.resize(limits::kMaxRecipients + 1, recipients.children.front());
        CHECK_FALSE(cms::parse_enveloped_data(passwords.der()));
    }

    TEST_CASE("keying material of the originator goes into the key") {
        // The same content key, agreed on anew with some.
        const Buffer message = agreement_message();
        const auto parsed = cms::parse_enveloped_data(message).value();
        const cms::RecipientInfo& recipient = parsed.recipients.front();
        crypto::PrivateKey& key = *party("ec").key;
        const crypto::KeyAgreement algorithm{};
        const SecretBytes content_key = key.agree_key(
            algorithm,
            crypto::parse_ec_point(crypto::Curve::P256, recipient.originator->point).value(),
            std::nullopt,
            recipient.encrypted_key,
            16);
        const Bytes material = as_bytes("some keying material");
        const auto agreed =
            crypto::agree_key(key.public_key(), algorithm, material, content_key).value();
        Node tree = Node::parse(message);
        tree.at(kOriginatorPoint).content = bit_string(agreed.originator);
        tree.at(kAgreedKey).content = agreed.encrypted_key;
        CHECK_FALSE(agreement_opens(tree.der()));
        Node& info = tree.at(kRecipient);
        info.children.insert(
            info.children.begin() + 2,
            Node{.tag = asn1::context(1), .constructed = true, .children = {octets(material)}});
        CHECK(agreement_opens(tree.der()));
        CHECK(agreement_opens(tree.scattered().ber()));
    }

    TEST_CASE("the originator's algorithm may name the curve, rightly") {
        Node tree = Node::parse(agreement_message());
        Node& algorithm = tree.at(kOriginatorKey).children.front();
        REQUIRE(algorithm.children.size() == 1);
        algorithm.children.push_back(Node{.tag = asn1::kNull});
        CHECK(agreement_opens(tree.der()));
        algorithm.children.back() = oid_node(oid::kP256);
        CHECK(agreement_opens(tree.der()));
        algorithm.children.back() = oid_node(oid::kP384);
        const auto refused = open_with(*party("ec").key, tree.der());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what == "originator's key is on P-384, the recipient's on P-256");
    }

    TEST_CASE("S05 an originator's key that is none on our curve costs no private-key operation") {
        const Buffer ours = to_buffer(party("ec").key->public_key().key_octets());
        Buffer off_curve = ours;
        off_curve.back() ^= 1;
        Buffer zeros(65, 0);
        zeros[0] = 0x04;
        const Key p384 = ec_key(crypto::Curve::P384);
        const std::pair<std::string_view, Buffer> rows[]{
            {"not on the curve", off_curve},
            {"0, 0", zeros},
            {"the point at infinity", Buffer{0x00}},
            {"nothing", Buffer{}},
            {"a point of another curve", to_buffer(p384->public_key().key_octets())},
            {"an octet too many", Buffer(66, 0x04)},
            {"a hybrid point", [&] {
                 Buffer hybrid = ours;
                 hybrid[0] = static_cast<std::uint8_t>(6U + (ours.back() & 1U));
                 return hybrid;
             }()}};
        for (const auto& row : rows) {
            CAPTURE(row.first);
            const Buffer& point = row.second;
            Node tree = Node::parse(agreement_message());
            tree.at(kOriginatorPoint).content = bit_string(point);
            CountingDecrypter key(*party("ec").key);
            const auto refused = open_with(key, tree.der());
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::Crypto);
            CHECK(key.count() == 0);
        }
    }

    TEST_CASE("S02 a wrapped key that does not open gives the same garbage each time") {
        Node tree = Node::parse(agreement_message());
        Node& key = tree.at(kAgreedKey);
        const Buffer good = key.content;
        std::vector<Buffer> bad{Buffer{}, Buffer(8, 1), Buffer(16, 1), Buffer(40, 1)};
        for (std::size_t at = 0; at < good.size(); ++at) {
            bad.push_back(good);
            bad.back()[at] ^= 0x80;
        }
        for (const Buffer& content : bad) {
            key.content = content;
            const Buffer message = tree.der();
            const auto one = open_with(*party("ec").key, message);
            const auto two = open_with(*party("ec").key, message);
            REQUIRE(one);
            REQUIRE(two);
            CHECK(*one == *two);
            CHECK_FALSE(holds_content(one));
        }
    }

    TEST_CASE("S02 so does a password that is wrong, or a key that is bent under the right one") {
        crypto::PasswordDecrypter wrong(to_secret("Swordfish"));
        const auto garbage = open_with(wrong, password_message());
        REQUIRE(garbage);
        CHECK_FALSE(holds_content(garbage));
        CHECK(*open_with(wrong, password_message()) == *garbage);

        Node tree = Node::parse(password_message());
        const Buffer good = tree.at(kPasswordKey).content;
        CHECK(good.size() == 32);
        std::vector<Buffer> bad{Buffer{}, Buffer(16, 1), Buffer(33, 1), Buffer(48, 1)};
        for (std::size_t at = 0; at < good.size(); at += 5) {
            bad.push_back(good);
            bad.back()[at] ^= 0x80;
        }
        for (const Buffer& content : bad) {
            tree.at(kPasswordKey).content = content;
            const Buffer message = tree.der();
            const auto one = open_with(password(), message);
            REQUIRE(one);
            CHECK(*one == *open_with(password(), message));
            CHECK_FALSE(holds_content(one));
        }
    }

    TEST_CASE("S01 what is for another certificate of the same key is not opened") {
        const Identity twin =
            make_identity({.subject = "CN=twin"}, Key(private_key("ec")), nullptr);
        const auto message = agreement_message();
        const auto parsed = cms::parse_enveloped_data(message);
        CountingDecrypter key(*twin.key);
        const auto garbage = cms::decrypt_padded(library(), *parsed, twin.certificate, key);
        REQUIRE(garbage);
        CHECK(key.count() == 1);
        CHECK_FALSE(holds_content(garbage));
        const auto told = cms::decrypt(library(), *parsed, twin.certificate, *twin.key);
        REQUIRE_FALSE(told);
        CHECK(told.error().what.find("not to this certificate") != std::string::npos);
    }

    TEST_CASE("a key is given no recipient of another kind") {
        const auto one = cms::parse_enveloped_data(agreement_message());
        const auto refused = cms::opening_for(*one, party("ra").certificate, *party("ra").key);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what == "no key transport recipient");
        const Buffer transport = enveloped_message();
        const auto two = cms::parse_enveloped_data(transport);
        const auto none = cms::opening_for(*two, party("ec").certificate, *party("ec").key);
        REQUIRE_FALSE(none);
        CHECK(none.error().what == "no key agreement recipient");
    }

    TEST_CASE("S03 what is not known about an agreement is named and costs no operation") {
        const Row rows[]{
            {"key agreement 1.3.132.1.15.1 is not known",  // mqvSinglePass
             [](Node& t) {
                 t.at(kAgreementAlgorithm).children[0] = oid_node(asn1::Oid("1.3.132.1.15.1"));
             }},
            {"key wrap id-alg-CMS3DESwrap is not known",
             [](Node& t) {
                 t.at(kAgreementAlgorithm).children[1] = sequence({oid_node(oid::kCms3DesWrap)});
             }},
            {"dhSinglePass-stdDH-sha256kdf-scheme without its key wrap",
             [](Node& t) { t.at(kAgreementAlgorithm).children.resize(1); }},
            {"key agreement with a key of type 1.3.101.110",  // X25519
             [](Node& t) {
                 t.at(kOriginatorKey).children[0] = sequence({oid_node(asn1::Oid("1.3.101.110"))});
             }},
            {"key agreement without an ephemeral key",
             [](Node& t) {
                 t.at({1, 0, 1, 0, 1}).children = {
                     Node{.tag = asn1::context(0), .content = Buffer(20, 1)}};
             }},
            {"key agreement without an ephemeral key", [](Node& t) {
                 t.at({1, 0, 1, 0, 1}).children = {t.at({1, 0, 1, 0, 3, 0, 0})};
             }}};
        for (const Row& row : rows) {
            CAPTURE(row.what);
            Node tree = Node::parse(agreement_message());
            row.bend(tree);
            const Buffer message = tree.der();
            CHECK(unknown(message) == row.what);
            CountingDecrypter key(*party("ec").key);
            const auto refused = open_with(key, message);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::Protocol);
            CHECK(refused.error().what == row.what);
            CHECK(key.count() == 0);
        }
    }

    TEST_CASE("S06 what a password costs too much for, or is not known, is refused by name") {
        // Derived first, the larger of these would take this test hours.
        const Row rows[]{
            {"PBKDF2 with 100001 iterations, the limit is 100000",
             [](Node& t) {
                 t.at(kIterations).content = {0x01, 0x86, 0xa1};
             }},
            {"PBKDF2 with 2147483647 iterations, the limit is 100000",
             [](Node& t) {
                 t.at(kIterations).content = {0x7f, 0xff, 0xff, 0xff};
             }},
            {"PBKDF2 with 4294967295 iterations or more, the limit is 100000",
             [](Node& t) { t.at(kIterations).content = Buffer(30, 0x7f); }},
            {"PBKDF2 with a salt of 65 octets, the limit is 64",
             [](Node& t) { t.at(kPbkdf2Parameters).children[0] = octets(Buffer(65, 1)); }},
            {"PBKDF2 with a key length that differs from the cipher's 16 octets",
             [](Node& t) {
                 Node& parameters = t.at(kPbkdf2Parameters);
                 parameters.children.insert(parameters.children.begin() + 2,
                                            Node{.tag = asn1::kInteger, .content = {24}});
             }},
            {"a password without key derivation, want PBKDF2",
             [](Node& t) {
                 Node& info = t.at(kRecipient);
                 info.children.erase(info.children.begin() + 1);
             }},
            {"key encryption id-aes128-wrap under a password is not known", [](Node& t) {
                 t.at({1, 0, 1, 0, 2, 0}) = oid_node(oid::kAes128Wrap);
             }}};
        for (const Row& row : rows) {
            CAPTURE(row.what);
            Node tree = Node::parse(password_message());
            row.bend(tree);
            const Buffer message = tree.der();
            CHECK(unknown(message) == row.what);
            const auto refused = open_with(password(), message);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::Protocol);
            CHECK(refused.error().what == row.what);
        }
    }

    TEST_CASE("kinds that nothing opens have names too") {
        Node tree = Node::parse(enveloped_message());
        tree.at(kRecipients).children = {Node{.tag = asn1::context(2), .constructed = true}};
        CHECK(unknown(tree.der()) == "a KEKRecipientInfo");
        tree.at(kRecipients).children = {Node{.tag = asn1::context(4), .constructed = true}};
        CHECK(unknown(tree.der()) == "an OtherRecipientInfo");
        Node transport = Node::parse(enveloped_message());
        transport.at({1, 0, 1, 0, 2, 0}) = oid_node(asn1::Oid("1.2.840.113533.7.66.13"));
        CHECK(unknown(transport.der()) == "1.2.840.113533.7.66.13");
    }

    TEST_CASE("S04 octets left over are refused at every level") {
        const Buffer extra{0x05, 0x00};
        for (const Path& level : std::initializer_list<Path>{{1, 0, 1, 0},
                                                             {1, 0, 1, 0, 1},
                                                             {1, 0, 1, 0, 1, 0},
                                                             {1, 0, 1, 0, 3},
                                                             {1, 0, 1, 0, 3, 0},
                                                             {1, 0, 1, 0, 3, 0, 0}}) {
            for (const bool key_identifier : {false, true}) {
                Node tree = Node::parse(agreement_message(key_identifier));
                tree.at(level).trailing = extra;
                CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
                CHECK_FALSE(cms::parse_enveloped_data(tree.ber()));
            }
        }
        for (const Path& level :
             std::initializer_list<Path>{{1, 0, 1, 0}, {1, 0, 1, 0, 1}, {1, 0, 1, 0, 2}}) {
            Node tree = Node::parse(password_message());
            tree.at(level).trailing = extra;
            CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
        }
        Node parameters = Node::parse(password_message());
        parameters.at(kPbkdf2Parameters).trailing = extra;
        CHECK_FALSE(password_opens(parameters.der()));
    }

    TEST_CASE("truncated or bent at any octet does no harm") {
        check_bent(agreement_message(), agreement_opens);
        check_bent(agreement_message(true), agreement_opens);
        check_bent(password_message(), password_opens);
    }

    TEST_CASE("single DES keys are too short for key agreement") {
        const auto legacy = crypto::Library::with_legacy();
        if (!legacy)
            return;
        SeededRandom random(1);
        cms::EnvelopedDataSpec spec = enveloped_spec(content(), party("ec").certificate);
        spec.cipher = crypto::Cipher::DesCbc;
        const auto refused = cms::build_enveloped_data(**legacy, spec, random);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::Crypto);
    }
}
