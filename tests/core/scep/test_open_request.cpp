// The server's side of the envelope: one outcome, one amount of work (SECURITY rules S01 to S03).
#include <doctest/doctest.h>

#include "core/scep/messages.hpp"

using namespace scep;
using namespace scep::test;

namespace {

const crypto::Library& library() {
    return crypto::Library::standard();
}

Result<x509::CertificationRequest> open(Bytes message, crypto::Decrypter& key) {
    const auto envelope = cms::parse_enveloped_data(message);
    REQUIRE(envelope);
    return open_request(library(), *envelope, party("ra").certificate, key);
}

Result<x509::CertificationRequest> open(Bytes message) {
    return open(message, *party("ra").key);
}

constexpr std::uint8_t kBlock = 16;

// An envelope whose content, padding and all, is exactly `padded` (whole blocks), and a key to it.
struct Crafted {
    explicit Crafted(Bytes padded) {
        // The writer pads on its own: its last block is cut off again.
        SeededRandom random(7);
        const SecretBytes key = to_secret(random.bytes(16));
        const Buffer iv = random.bytes(kBlock);
        Buffer encrypted =
            crypto::encrypt_content(library(), crypto::Cipher::Aes128Cbc, key, iv, padded).value();
        encrypted.resize(padded.size());
        Node tree = Node::parse(enveloped_message());
        tree.at(kContentCipher).children[1].content = iv;
        tree.at(kEncryptedContent).content = encrypted;
        tree.at(kEncryptedKey).content =
            crypto::wrap_key(party("ra").key->public_key(), {}, key).value();
        message = tree.der();
    }

    Buffer message;
};

Buffer padded(Buffer plaintext) {
    const auto count = static_cast<std::uint8_t>(kBlock - plaintext.size() % kBlock);
    plaintext.insert(plaintext.end(), count, count);
    return plaintext;
}

// A CSR with `extra` octets behind it, padded as if they belonged to it.
Buffer followed_by(Bytes extra) {
    Buffer out = fixture("request.der");
    append(out, extra);
    return padded(out);
}

}  // namespace

TEST_SUITE("core/scep open_request") {
    TEST_CASE("one CSR and one padding open") {
        const auto request = open(enveloped_message(fixture("request.der")));
        REQUIRE(request);
        CHECK(request->subject().to_text() == "CN=client,O=Test");
        CHECK(equal(request->der(), fixture("request.der")));
        CHECK(open(Crafted(padded(fixture("request.der"))).message));
    }

    TEST_CASE("S01 everything that is not one CSR and one padding is the same nothing") {
        const Buffer request = fixture("request.der");
        const Buffer good = padded(request);
        const std::size_t pad = good.size() - request.size();
        REQUIRE(pad > 1);

        Buffer wrong_count = good;
        wrong_count.back() = static_cast<std::uint8_t>(pad - 1);
        Buffer wrong_inside = good;
        wrong_inside[request.size()] ^= 1U;
        Buffer zero = good;
        zero.back() = 0;
        Buffer too_long = good;
        too_long.back() = kBlock + 1;
        const Buffer cut_short(request.begin(), request.begin() + 320);
        const Buffer not_a_request = padded(fixture("ec.pem"));
        Buffer bent = good;
        bent[1] ^= 1U;

        struct Row {
            std::string_view name;
            Buffer content;
        };

        const Row rows[]{{"padding count too small", wrong_count},
                         {"padding octet wrong", wrong_inside},
                         {"padding count zero", zero},
                         {"padding count over a block", too_long},
                         {"CSR cut short, padded", padded(cut_short)},
                         {"CSR cut short, not padded", cut_short},
                         {"not a CSR", not_a_request},
                         {"CSR with another tag length", bent},
                         {"one octet after the CSR", followed_by(Buffer{0x00})},
                         {"a value after the CSR", followed_by(Buffer{0x05, 0x00})},
                         {"a block after the CSR", followed_by(Buffer(kBlock, 0x00))},
                         {"a padding after the CSR, and another", followed_by(Buffer(pad, 4))},
                         {"a second CSR", followed_by(request)},
                         {"padding alone", Buffer(kBlock, kBlock)},
                         {"zeros", Buffer(64, 0x00)}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            CountingDecrypter key(*party("ra").key);
            CHECK_FALSE(open(Crafted(row.content).message, key));
            CHECK(key.count() == 1);
        }
    }

    TEST_CASE("S01 blocks appended to a valid envelope close it") {
        Node tree = Node::parse(enveloped_message(fixture("request.der")));
        Buffer& encrypted = tree.at(kEncryptedContent).content;
        const Buffer good = encrypted;
        REQUIRE(open(tree.der()));
        // Zeros, the last block again, and the whole content again.
        for (const Buffer& more :
             {Buffer(kBlock, 0x00), Buffer(good.end() - kBlock, good.end()), good}) {
            encrypted = good;
            append(encrypted, more);
            CHECK_FALSE(open(tree.der()));
        }
        encrypted.assign(good.begin(), good.end() - kBlock);
        CHECK_FALSE(open(tree.der()));
    }

    TEST_CASE("S01 a message for another certificate does not open with the right key") {
        const Buffer message = enveloped_message(fixture("request.der"));
        const auto envelope = cms::parse_enveloped_data(message);
        CountingDecrypter key(*party("ra").key);
        CHECK_FALSE(open_request(library(), *envelope, certificate("ra-renewed"), key));
        CHECK(key.count() == 1);
    }

    TEST_CASE("S02 an encrypted key that does not open costs and answers the same") {
        Node tree = Node::parse(enveloped_message(fixture("request.der")));
        tree.at(kEncryptedKey).content.assign(256, 0x01);
        CountingDecrypter key(*party("ra").key);
        CHECK_FALSE(open(tree.der(), key));
        CHECK(key.count() == 1);
    }

    TEST_CASE("S03 a forbidden cipher costs no private-key operation") {
        Node tree = Node::parse(enveloped_message(fixture("request.der")));
        tree.at(kContentCipher).children[0].content = to_buffer(oid::kRc2Cbc.content());
        CountingDecrypter key(*party("ra").key);
        CHECK_FALSE(open(tree.der(), key));
        CHECK(key.count() == 0);
    }

    TEST_CASE("S04 bytes after the envelope, inside the signed content, are refused") {
        Buffer envelope = enveloped_message(fixture("request.der"));
        append(envelope, Buffer{0x05, 0x00});
        const Buffer message = build(request_spec(envelope));
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);
        CHECK(verify(message));
        CHECK_FALSE(cms::parse_enveloped_data(*parsed->signed_data.content));
    }

    TEST_CASE("a request by key agreement opens, and S01 all that is wrong in it is one answer") {
        const Buffer message = enveloped_message(fixture("request.der"), "ec");
        Party& ra = party("ec");
        const auto open_agreed = [&](const Buffer& bytes, const x509::Certificate& certificate) {
            const auto envelope = cms::parse_enveloped_data(bytes);
            REQUIRE(envelope);
            return open_request(library(), *envelope, certificate, *ra.key);
        };
        CHECK(equal(open_agreed(message, ra.certificate).value().der(), fixture("request.der")));
        Node tree = Node::parse(message);
        tree.at(kAgreedKey).content[5] ^= 1;
        for (const auto& refused :
             {open_agreed(tree.der(), ra.certificate), open_agreed(message, certificate("ra"))}) {
            REQUIRE_FALSE(refused);
            CHECK(refused.error().what == "not exactly one CSR and its padding");
        }
    }

    TEST_CASE("a request under a password opens, and S01 all that is wrong in it is one answer") {
        SeededRandom random(7);
        const Buffer request = fixture("request.der");
        const Buffer message =
            cms::build_enveloped_data(
                library(), {.content = request, .password = as_bytes("secret")}, random)
                .value();
        const auto open_under = [&](const Buffer& bytes, std::string_view password) {
            const auto envelope = cms::parse_enveloped_data(bytes);
            REQUIRE(envelope);
            crypto::PasswordDecrypter decrypter(to_secret(password));
            return open_request(
                library(),
                *envelope,
                {.recipient = &envelope->recipients.front(), .password = &decrypter});
        };
        CHECK(equal(open_under(message, "secret").value().der(), request));
        Node tree = Node::parse(message);
        tree.at(kPasswordKey).content[5] ^= 1;
        Node short_key = Node::parse(message);
        short_key.at(kPasswordKey).content.resize(17);
        for (const auto& refused : {open_under(message, "Secret"),
                                    open_under(message, ""),
                                    open_under(tree.der(), "secret"),
                                    open_under(short_key.der(), "secret")}) {
            REQUIRE_FALSE(refused);
            CHECK(refused.error().what == "not exactly one CSR and its padding");
        }
    }

    TEST_CASE("an envelope bent at any octet gives the same request or none") {
        const Buffer golden = enveloped_message(fixture("request.der"));
        const Buffer request = fixture("request.der");
        for (std::size_t at = 0; at < golden.size(); ++at) {
            Buffer bent = golden;
            bent[at] ^= 0x01;
            const auto envelope = cms::parse_enveloped_data(bent);
            if (!envelope)
                continue;
            Party& ra = party("ra");
            const auto opened = open_request(library(), *envelope, ra.certificate, *ra.key);
            if (!opened || equal(opened->der(), request))
                continue;
            // A bent block may still parse; the CSR's own signature is the caller's next check.
            const auto key = opened->public_key(crypto::kDecodeKeys);
            CHECK_FALSE((key && opened->verify_signature(library(), *key)));
        }
    }
}
