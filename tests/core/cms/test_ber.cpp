// BER's freedom of form: the same message in every spelling reads the same (RFC 5652 section 1).
#include <doctest/doctest.h>

#include "core/cms/messages.hpp"

using namespace scep;
using namespace scep::test;

namespace {

Status verify(Bytes message) {
    SCEP_TRY(parsed, cms::parse_signed_data(message));
    SCEP_TRY(info, cms::only_signer(parsed));
    SCEP_TRY(found, cms::signer_certificate(parsed, *info));
    SCEP_TRY(key, found.public_key());
    CHECK(equal(parsed.content.value(), content()));
    return cms::verify_signer(crypto::Library::standard(), parsed, *info, key);
}

bool opens(Bytes message) {
    const auto parsed = cms::parse_enveloped_data(message);
    Party& ra = party("ra");
    const auto plaintext =
        cms::decrypt(crypto::Library::standard(), parsed.value(), ra.certificate, *ra.key);
    return plaintext && equal(*plaintext, content());
}

}  // namespace

TEST_SUITE("core/cms ber") {
    TEST_CASE("SignedData with indefinite lengths everywhere verifies") {
        // In the signed attributes too: they are signed as DER, whatever is sent.
        CHECK(verify(ber_around_certificates(Node::parse(signed_message()))));
    }

    TEST_CASE("SignedData with scattered OCTET STRINGs verifies") {
        Node tree = Node::parse(signed_message());
        const Node certificates = tree.at(kCertificates);
        tree = tree.scattered();
        tree.at(kCertificates) = certificates;
        CHECK(verify(tree.der()));
        CHECK(verify(ber_around_certificates(tree)));
    }

    TEST_CASE("EnvelopedData with indefinite lengths and scattered strings opens") {
        Node tree = Node::parse(enveloped_message());
        CHECK(opens(tree.ber()));
        CHECK(opens(tree.scattered().der()));
        CHECK(opens(tree.scattered().ber()));
        tree.at(kEncryptedContent) = tree.at(kEncryptedContent).pieces();
        CHECK(opens(tree.der()));
        CHECK(opens(tree.scattered().ber()));
    }

    TEST_CASE("lengths in more octets than needed are taken") {
        Buffer message = enveloped_message();
        REQUIRE(message[1] == 0x82);
        message[1] = 0x84;
        message.insert(message.begin() + 2, 2, 0x00);
        CHECK(opens(message));
    }

    TEST_CASE("pieces of another type in a constructed string are refused") {
        Node tree = Node::parse(enveloped_message());
        tree.at(kEncryptedContent) = tree.at(kEncryptedContent).pieces();
        tree.at(kEncryptedContent).children.front().tag = asn1::kUtf8String;
        CHECK_FALSE(cms::parse_enveloped_data(tree.der()));
    }
}
