#include <doctest/doctest.h>

#include "core/cms/signed_data.hpp"
#include "core/scep/next_ca.hpp"
#include "support/pki.hpp"

namespace scep {

namespace {

using namespace scep::test;

struct World {
    Identity ca = make_ca(ec_key());
    Identity ra = make_ra(shared_rsa_key(), ca);
    Identity next = make_ca(ec_key(), "CN=Next CA");
    AuthenticatedCa authenticated{
        .anchors = {ca.certificate}, .authorities = {ca.certificate}, .ras = {ra.certificate}};
};

const World& world() {
    static const World instance;
    return instance;
}

Buffer announcement(const Identity& signer, Bytes content) {
    signer.key->use_library(crypto::Library::standard());
    const cms::SignedDataSpec spec{
        .content = content,
        .certificates = {signer.certificate.der()},
        .signer = &signer.certificate,
        .algorithm = crypto::default_signature(signer.key->public_key(), crypto::Digest::Sha256)};
    return must(cms::build_signed_data(crypto::Library::standard(), spec, *signer.key));
}

Buffer next_certificates() {
    return cms::build_certs_only({world().next.certificate.der()});
}

Result<std::vector<x509::Certificate>> read(Bytes body) {
    return read_next_ca(crypto::Library::standard(), body, world().authenticated);
}

}  // namespace

TEST_SUITE("scep/next_ca") {
    TEST_CASE("RFC8894 line 106: an announcement counts when the current CA signed it") {
        const Buffer body = announcement(world().ca, next_certificates());
        CHECK(must(read(body)) == std::vector{world().next.certificate});
    }

    TEST_CASE("RFC8894 line 106: an announcement of anybody else does not, not even of the RA") {
        for (const Identity* signer : {&world().ra, &world().next}) {
            const auto found = read(announcement(*signer, next_certificates()));
            REQUIRE_FALSE(found.has_value());
            CHECK(found.error().code == Errc::Policy);
            CHECK(found.error().what.find(signer->certificate.subject_text()) != std::string::npos);
        }
        Identity forger = world().ca;  // under the CA's name, by another key
        forger.key = ec_key();
        const auto forged = read(announcement(forger, next_certificates()));
        REQUIRE_FALSE(forged.has_value());
        CHECK(forged.error().code == Errc::Crypto);
    }

    TEST_CASE("RFC8894 line 106: flipped or cut, it never counts") {
        const Buffer body = announcement(world().ca, next_certificates());
        for (std::size_t i = 0; i < body.size(); ++i) {
            Buffer bent = body;
            bent[i] ^= 0x01;
            const auto found = read(bent);
            CHECK((!found || *found == std::vector{world().next.certificate}));
            CHECK_FALSE(read(Bytes(body).first(i)).has_value());
        }
    }

    TEST_CASE("an announcement without a signer, or of something else, is no announcement") {
        CHECK_FALSE(read(next_certificates()).has_value());
        CHECK_FALSE(read(announcement(world().ca, as_bytes("x"))).has_value());
        CHECK_FALSE(read({}).has_value());
    }
}

}  // namespace scep
