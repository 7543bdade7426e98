// Truncated, bent and endlessly nested messages: never a crash, and never "verified" for anything
// but what was signed (SECURITY rules S04, S07).
#include <doctest/doctest.h>

#include "core/cms/messages.hpp"

using namespace scep;
using namespace scep::test;

namespace {

const crypto::Library& library() {
    return crypto::Library::standard();
}

struct Verified {
    Buffer content, attributes, spki;

    friend bool operator==(const Verified&, const Verified&) = default;
};

// What the message proves, if it proves anything.
Result<Verified> verify(Bytes message) {
    SCEP_TRY(parsed, cms::parse_signed_data(message));
    SCEP_TRY(info, cms::only_signer(parsed));
    SCEP_TRY(found, cms::signer_certificate(parsed, *info));
    SCEP_TRY(key, found.public_key(crypto::kDecodeKeys));
    SCEP_CHECK(cms::verify_signer(library(), parsed, *info, key));
    return Verified{to_buffer(parsed.content.value_or(Bytes{})),
                    to_buffer(info->signed_attributes),
                    to_buffer(key.spki())};
}

void check_bent_signed(const Buffer& golden) {
    const Verified truth = verify(golden).value();
    for (std::size_t at = 0; at < golden.size(); ++at) {
        CHECK_FALSE(cms::parse_signed_data(Bytes(golden).first(at)));
        for (const unsigned mask : {0x01U, 0x80U, 0xffU}) {
            Buffer bent = golden;
            bent[at] = static_cast<std::uint8_t>(bent[at] ^ mask);
            // Octets that nothing signs (versions, the certificate's own signature) may change.
            if (const auto proven = verify(bent); proven && !(*proven == truth))
                FAIL_CHECK("octet ", at, " mask ", mask, " verifies as something else");
        }
    }
}

void check_bent_enveloped(const Buffer& golden) {
    Party& ra = party("ra");
    int opened = 0;
    for (std::size_t at = 0; at < golden.size(); ++at) {
        CHECK_FALSE(cms::parse_enveloped_data(Bytes(golden).first(at)));
        Buffer bent = golden;
        bent[at] ^= 0x01;
        const auto parsed = cms::parse_enveloped_data(bent);
        if (!parsed)
            continue;
        const auto plaintext = cms::decrypt(library(), *parsed, ra.certificate, *ra.key);
        if (plaintext && equal(*plaintext, content()))
            ++opened;
    }
    CHECK(opened < 20);  // versions and content type; nothing authenticates an envelope by itself
}

Buffer nested(std::size_t depth, std::uint8_t tag) {
    Buffer out(depth * 2, 0x80);
    for (std::size_t i = 0; i < out.size(); i += 2)
        out[i] = tag;
    return out;
}

}  // namespace

TEST_SUITE("core/cms hostile") {
    TEST_CASE("SignedData truncated or bent at any octet proves nothing else: RSA") {
        check_bent_signed(signed_message("client"));
    }

    TEST_CASE("SignedData truncated or bent at any octet proves nothing else: EC") {
        check_bent_signed(signed_message("ec"));
    }

    TEST_CASE("SignedData in BER, truncated or bent at any octet, proves nothing else") {
        Node tree = Node::parse(signed_message("ec"));
        tree.at(kEContent) = tree.at(kEContent).scattered();
        check_bent_signed(tree.ber());
    }

    TEST_CASE("EnvelopedData truncated or bent at any octet does no harm") {
        check_bent_enveloped(enveloped_message());
    }

    TEST_CASE("S07 values nested 400,000 deep are refused wherever they stand") {
        constexpr std::size_t kDepth = 400'000;
        const Buffer sequences = nested(kDepth, 0x30);
        CHECK_FALSE(cms::parse_signed_data(sequences));
        CHECK_FALSE(cms::parse_enveloped_data(sequences));

        const Buffer strings = nested(kDepth, 0x24);
        for (const Path& place : {kContent, kEContent, kCertificates, kSignerInfos, kSignedAttrs})
            for (const Buffer& deep : {sequences, strings}) {
                Node tree = Node::parse(signed_message());
                tree.at(place).children.clear();
                tree.at(place).trailing = deep;
                CHECK_FALSE(cms::parse_signed_data(tree.der()));
                CHECK_FALSE(cms::parse_signed_data(tree.ber()));
            }
        Node tree = Node::parse(enveloped_message());
        tree.at(kEncryptedContent) =
            Node{.tag = asn1::context(0), .constructed = true, .trailing = strings};
        CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
    }

    TEST_CASE("S07 a string in very many pieces is refused") {
        Node tree = Node::parse(enveloped_message());
        Node& content = tree.at(kEncryptedContent);
        content = Node{.tag = asn1::context(0), .constructed = true};
        content.children.assign(limits::kMaxSegments + 1,
                                Node{.tag = asn1::kOctetString, .content = {0x00}});
        CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
        content.children.pop_back();
        CHECK(cms::parse_enveloped_data(tree.der()));
    }

    TEST_CASE(
        "S07 signed attributes with very many values inside and a bad signature are refused") {
        // 500,000 of them in one message, and as many as are still sorted, in sets at every depth.
        for (const auto& row : {std::pair{500'000, 1}, std::pair{32'000, 20}}) {
            const int members = row.first, depth = row.second;
            CAPTURE(members);
            Node value{.tag = asn1::kNull};
            const Buffer null = value.der();
            value = Node{.tag = asn1::kSet, .constructed = true};
            for (int i = 0; i < members; ++i)
                append(value.trailing, null);
            for (int i = 1; i < depth; ++i)
                value = Node{.tag = asn1::kSet, .constructed = true, .children = {value}};
            Node tree = Node::parse(signed_message());
            for (Node& attribute : tree.at(kSignedAttrs).children)
                if (equal(attribute.children.front().content, oid::kSenderNonce.content()))
                    attribute.at({1}).children = {value};
            const Buffer message = tree.der();
            CHECK(cms::parse_signed_data(message));
            const auto proven = verify(message);
            REQUIRE_FALSE(proven);
            CHECK(proven.error().code == Errc::Crypto);
        }
    }

    TEST_CASE("random octets are not messages") {
        SeededRandom random(99);
        for (int i = 0; i < 2000; ++i) {
            Buffer noise = random.bytes(1 + static_cast<std::size_t>(i) % 200);
            noise[0] = 0x30;
            CHECK_FALSE(cms::parse_signed_data(noise));
            CHECK_FALSE(cms::parse_enveloped_data(noise));
        }
    }
}
