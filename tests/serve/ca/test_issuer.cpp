#include <set>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/cms/signed_data.hpp"
#include "serve/ca/issuer.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;

namespace {

x509::Grant grant_for(const Key& key) {
    return {.subject = must(x509::Name::from_text("CN=device")), .key = key->public_key()};
}

ca::Issuer make_issuer(const Identity& ca, ca::Urls urls = {}) {
    return must(ca::Issuer::make("iss-local", ca.certificate, {}, ca.key, std::move(urls)));
}

// As old CAs are: no subjectKeyIdentifier, and a name of any string type.
Identity make_bare_ca(const Key& key, const x509::Name& name) {
    const x509::CertificateFields fields{.serial = {1},
                                         .issuer = name,
                                         .subject = name,
                                         .not_before = kNow - std::chrono::hours(24),
                                         .not_after = kNow + std::chrono::hours(24 * 365),
                                         .key = key->public_key(),
                                         .key_usage = x509::kKeyCertSign,
                                         .basic_constraints = x509::BasicConstraints{.ca = true},
                                         .subject_key_identifier = false};
    const Buffer der =
        must(x509::sign_infrastructure_certificate(fields, *key, crypto::Digest::Sha256));
    return {must(x509::Certificate::parse(der)), key};
}

}  // namespace

TEST_SUITE("serve/ca") {
    TEST_CASE("notAfter is the profile's, and never beyond the CA's own") {
        const Identity ca = make_ca(ec_key());
        const ca::Issuer issuer = make_issuer(ca);
        SeededRandom random(1);
        const Key device = ec_key();
        const ca::Issued shorter = must(
            issuer.issue(grant_for(device), {.max_ttl = std::chrono::hours(24)}, kNow, random));
        CHECK(shorter.not_after == kNow + std::chrono::hours(24));
        CHECK(shorter.not_before == kNow - limits::kClockLag);
        const ca::Issued longest = must(issuer.issue(
            grant_for(device), {.max_ttl = std::chrono::hours(24 * 4000)}, kNow, random));
        CHECK(longest.not_after == ca.certificate.not_after());
        CHECK(must(x509::Certificate::parse(longest.der)).not_after() ==
              ca.certificate.not_after());
    }

    TEST_CASE("a CA outside its own dates issues nothing") {
        const ca::Issuer issuer = make_issuer(make_ca(ec_key()));
        SeededRandom random(1);
        const Key device = ec_key();
        CHECK_FALSE(issuer.issue(grant_for(device), {}, kNow + std::chrono::hours(24 * 366), random)
                        .has_value());
        CHECK_FALSE(
            issuer.issue(grant_for(device), {}, kNow - std::chrono::hours(25), random).has_value());
    }

    TEST_CASE("the next CA's certificates begin with it when it is of the future") {
        const Identity ca = make_ca(ec_key());
        const auto hours = [](int count) { return std::chrono::hours(count); };
        const ca::Issuer next =
            must(ca::Issuer::make("iss-local", ca.certificate, {}, ca.key, {}, ca::Term::Next));
        SeededRandom random(1);
        const TimePoint before = ca.certificate.not_before() - hours(24 * 30);
        const ca::Issued early =
            must(next.issue(grant_for(ec_key()), {.max_ttl = hours(24)}, before, random));
        CHECK(early.not_before == ca.certificate.not_before());
        CHECK(early.not_after == ca.certificate.not_before() + hours(24));
        const ca::Issued today =
            must(next.issue(grant_for(ec_key()), {.max_ttl = hours(24)}, kNow, random));
        CHECK(today.not_before == kNow - limits::kClockLag);
        CHECK(today.not_after == kNow + hours(24));
        CHECK_FALSE(next.issue(grant_for(ec_key()), {}, kNow + hours(24 * 366), random));
    }

    TEST_CASE(
        "RFC8894 line 105: the next CA is announced by a certs-only message that the current CA "
        "signs") {
        for (const Key& key : {ec_key(), shared_rsa_key()}) {
            const Identity ca = make_ca(key);
            const Identity next = make_ca(ec_key(), "CN=Next CA");
            const Identity root = make_ca(ec_key(), "CN=Root");
            const crypto::Library& library = crypto::Library::standard();
            const std::vector announced{next.certificate, root.certificate};
            const Buffer body = must(make_issuer(ca).announce(library, announced));
            const cms::SignedData message = must(cms::parse_signed_data(body));
            const cms::SignerInfo& signer = *must(cms::only_signer(message));
            CHECK(must(cms::signer_certificate(message, signer)) == ca.certificate);
            CHECK(cms::verify_signer(library, message, signer, key->public_key()));
            CHECK_FALSE(cms::verify_signer(library, message, signer, next.key->public_key()));
            const cms::SignedData inside = must(cms::parse_signed_data(*message.content));
            CHECK(inside.signer_infos.empty());
            REQUIRE(inside.certificates.size() == 2);
            CHECK(equal(inside.certificates[0], next.certificate.der()));
            CHECK(equal(inside.certificates[1], root.certificate.der()));
            // where jscep looks
            REQUIRE(message.certificates.size() == 3);
            CHECK(equal(message.certificates[1], next.certificate.der()));
        }
    }

    TEST_CASE("serial numbers are positive, of 127 random bits, and differ") {
        const ca::Issuer issuer = make_issuer(make_ca(ec_key()));
        SeededRandom random(1);
        const Key device = ec_key();
        std::set<Buffer> seen;
        for (int i = 0; i < 200; ++i) {
            const ca::Issued issued = must(issuer.issue(grant_for(device), {}, kNow, random));
            REQUIRE(issued.serial.size() == 16);
            CHECK((issued.serial[0] & 0x80U) == 0);
            CHECK(equal(must(x509::Certificate::parse(issued.der)).serial(), issued.serial));
            CHECK(seen.insert(issued.serial).second);
        }
    }

    TEST_CASE(
        "RFC8894 lines 33, 73, 120: configured URLs and the CA's key identifier are written") {
        const Identity ca = make_ca(ec_key());
        const ca::Issuer issuer = make_issuer(ca,
                                              {.crl = "http://pki.example/c.crl",
                                               .ocsp = "http://pki.example/ocsp",
                                               .aia = "http://pki.example/ca.crt"});
        SeededRandom random(1);
        const ca::Issued issued = must(issuer.issue(grant_for(ec_key()), {}, kNow, random));
        const x509::Certificate leaf = must(x509::Certificate::parse(issued.der));
        CHECK(equal(leaf.authority_key_identifier(), ca.certificate.subject_key_identifier()));
        CHECK(leaf.subject_key_identifier().size() == 20);
        CHECK(leaf.extension(oid::kCrlDistributionPoints) != nullptr);
        CHECK(leaf.extension(oid::kAuthorityInfoAccess) != nullptr);
        CHECK(leaf.key_usage() == x509::kDigitalSignature);
    }

    TEST_CASE("S10 a granted security identifier is written, and no other certificate has one") {
        const ca::Issuer issuer = make_issuer(make_ca(ec_key()));
        SeededRandom random(1);
        x509::Grant grant = grant_for(ec_key());
        const auto identifier = [&] {
            const ca::Issued issued = must(issuer.issue(grant, {}, kNow, random));
            const x509::Certificate leaf = must(x509::Certificate::parse(issued.der));
            return must(x509::certified_identity(leaf)).security_identifier;
        };
        CHECK(identifier().empty());
        grant.security_identifier = "S-1-5-21-1-2-3-1104";
        CHECK(identifier() == "S-1-5-21-1-2-3-1104");
    }

    TEST_CASE("a CA without a key identifier is named by the hash of its key") {
        const Identity ca = make_bare_ca(ec_key(), must(x509::Name::from_text("CN=Old CA")));
        REQUIRE(ca.certificate.subject_key_identifier().empty());
        SeededRandom random(1);
        const ca::Issued issued =
            must(make_issuer(ca).issue(grant_for(ec_key()), {}, kNow, random));
        CHECK(equal(must(x509::Certificate::parse(issued.der)).authority_key_identifier(),
                    ca.key->public_key().key_identifier()));
    }

    TEST_CASE("the issuer is octet for octet the CA's subject, whatever its string types") {
        // CN: T61String "dev_", which a device's subject would not keep
        const Buffer subject = from_hex("300f310d300b0603550403 14046465765f").value();
        const Identity ca = make_bare_ca(ec_key(), must(x509::Name::parse(subject, "subject")));
        SeededRandom random(1);
        const ca::Issued issued =
            must(make_issuer(ca).issue(grant_for(ec_key()), {}, kNow, random));
        CHECK(equal(must(x509::Certificate::parse(issued.der)).issuer_der(), subject));
    }

}  // TEST_SUITE
