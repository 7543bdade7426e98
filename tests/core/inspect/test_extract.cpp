#include <doctest/doctest.h>

#include "core/asn1/pem.hpp"
#include "core/cms/signed_data.hpp"
#include "core/crypto/keys.hpp"
#include "core/inspect/extract.hpp"
#include "core/scep/pki_message.hpp"
#include "trees.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

Bytes octets(const Result<Extracted>& extracted) {
    REQUIRE(extracted);
    return extracted->octets;
}

}  // namespace

TEST_SUITE("core/inspect/extract") {
    TEST_CASE("layers have names") {
        CHECK(layer_from("csr") == Layer::Csr);
        CHECK(layer_from("attrs") == Layer::Attrs);
        CHECK_FALSE(layer_from("CSR"));
        CHECK_FALSE(layer_from(""));
    }

    TEST_CASE("a CSR bare, or from what was decrypted, with its challenge") {
        const Buffer request = fixture("request.der");
        const Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        const auto bare = extract(Layer::Csr, Form::Der, request, {});
        CHECK(equal(octets(bare), request));
        CHECK(bare->secret);
        CHECK(bare->binary);
        Buffer padded = request;
        padded.push_back(0);  // is left over, and no part of it
        CHECK(equal(octets(extract(Layer::Csr, Form::Der, message, padded)), request));
        const auto pem = extract(Layer::Csr, Form::Pem, message, request);
        CHECK_FALSE(pem->binary);
        const auto blocks = asn1::parse_pem(as_text(octets(pem)), "test");
        REQUIRE(blocks);
        CHECK(blocks->at(0).label == "CERTIFICATE REQUEST");
        CHECK(equal(blocks->at(0).content, request));
        const auto closed = extract(Layer::Csr, Form::Der, message, {});
        REQUIRE_FALSE(closed);
        CHECK(closed.error().hint.find("--key") != std::string::npos);
    }

    TEST_CASE("an envelope is the octets that were signed, joined from pieces") {
        for (const std::string_view name :
             {"lab-sscep-pkcsreq-aes128-sha256.der", "lab-jscep-pkcsreq-aes128-sha512-ber.der"}) {
            const Buffer message = capture(std::string(name));
            const auto envelope = extract(Layer::Envelope, Form::Der, message, {});
            const auto signed_data = cms::parse_signed_data(message);
            CHECK(equal(octets(envelope), *signed_data->content));
            // And it is a message of its own.
            CHECK(equal(octets(extract(Layer::Envelope, Form::Der, octets(envelope), {})),
                        *signed_data->content));
        }
        const Buffer pending = capture("lab-jscepra-certrep-pending-for-strongswan-pkcsreq.der");
        CHECK_FALSE(extract(Layer::Envelope, Form::Der, pending, {}));
    }

    TEST_CASE("the signer's certificate") {
        const Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        CHECK(equal(octets(extract(Layer::Signer, Form::Der, message, {})),
                    Bytes(message).subspan(1164, 736)));
        const Buffer certs_only = capture("lab-jscepra-getcacert.der");
        CHECK_FALSE(extract(Layer::Signer, Form::Der, certs_only, {}));
    }

    TEST_CASE("all certificates as PEM, one as DER") {
        const Buffer certs_only = capture("lab-jscepra-getcacert.der");
        const auto pem = extract(Layer::Certs, Form::Pem, certs_only, {});
        const auto blocks = asn1::parse_pem(as_text(octets(pem)), "test");
        REQUIRE(blocks);
        CHECK(blocks->size() == 2);
        const auto der = extract(Layer::Certs, Form::Der, certs_only, {});
        REQUIRE_FALSE(der);
        CHECK(der.error().code == Errc::Usage);
        const Buffer ca = fixture("ca.der");
        CHECK(equal(octets(extract(Layer::Certs, Form::Der, ca, {})), ca));
        CHECK_FALSE(extract(Layer::Certs, Form::Pem, fixture("request.der"), {}));
        // What was issued comes before the certificates around it.
        const Buffer reply = capture("lab-jscepra-certrep-success-for-sscep-pkcsreq.der");
        const Buffer issued = cms::build_certs_only({ca});
        const auto both = extract(Layer::Certs, Form::Pem, reply, issued);
        const auto all = asn1::parse_pem(as_text(octets(both)), "test");
        REQUIRE(all);
        CHECK(all->size() == 2);
        CHECK(equal(all->front().content, ca));
    }

    TEST_CASE("signed attributes verify as they are taken out") {
        const Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        const auto attributes = extract(Layer::Attrs, Form::Der, message, {});
        const Bytes der = octets(attributes);
        CHECK(der[0] == 0x31);
        CHECK_FALSE(attributes->secret);
        const auto parsed = parse_pki_message(message);
        REQUIRE(parsed);
        const auto key = parsed->signer.public_key(crypto::kDecodeKeys);
        REQUIRE(key);
        CHECK(crypto::verify(crypto::Library::standard(),
                             *key,
                             crypto::default_signature(*key, crypto::Digest::Sha256),
                             der,
                             parsed->signer_info().signature));
        const auto pem = extract(Layer::Attrs, Form::Pem, message, {});
        REQUIRE_FALSE(pem);
        CHECK(pem.error().code == Errc::Usage);
    }

    TEST_CASE("a damaged message gives an error with its place") {
        const Buffer message = capture("lab-sscep-pkcsreq-aes128-sha256.der");
        for (const Layer layer : {Layer::Envelope, Layer::Signer, Layer::Certs, Layer::Attrs}) {
            const auto cut = extract(layer, Form::Der, Bytes(message).first(1500), {});
            REQUIRE_FALSE(cut);
            CHECK(cut.error().code == Errc::Der);
            CHECK(cut.error().where.offset);
        }
    }
}
