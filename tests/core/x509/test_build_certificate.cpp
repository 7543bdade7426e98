#include <array>
#include <set>

#include <doctest/doctest.h>

#include "core/x509/issue.hpp"
#include "fixtures.hpp"

using namespace scep;
using namespace scep::test;
using x509::Certificate;
using x509::CertificateFields;

TEST_SUITE_BEGIN("core/x509/build_certificate");

namespace {

CertificateFields device_fields() {
    SeededRandom random(1);
    return {.serial = x509::random_serial(random),
            .issuer = must(x509::Name::from_text("CN=Test CA,O=Grüße")),
            .subject = must(x509::Name::from_text("CN=cam-1,O=Example")),
            .not_before = kNow,
            .not_after = kLater,
            .key = shared_rsa_key()->public_key(),
            .key_usage = x509::device_key_usage(shared_rsa_key()->public_key()),
            .ekus = {oid::kClientAuth}};
}

}  // namespace

TEST_CASE("S11 what no profile may issue is refused whatever asked for it") {
    struct Row {
        std::string_view name;
        void (*change)(CertificateFields&);
        bool refused = true;
    };

    const Row rows[]{
        {"nothing of it", [](CertificateFields&) {}, false},
        {"CA:FALSE",
         [](CertificateFields& f) { f.basic_constraints = x509::BasicConstraints{}; },
         false},
        {"server and client",
         [](CertificateFields& f) {
             f.ekus = {oid::kServerAuth, oid::kClientAuth};
         },
         false},
        {"CA:TRUE",
         [](CertificateFields& f) { f.basic_constraints = x509::BasicConstraints{.ca = true}; }},
        {"keyCertSign", [](CertificateFields& f) { f.key_usage |= x509::kKeyCertSign; }},
        {"cRLSign", [](CertificateFields& f) { f.key_usage |= x509::kCrlSign; }},
        {"anyExtendedKeyUsage",
         [](CertificateFields& f) { f.ekus.push_back(oid::kAnyExtendedKeyUsage); }},
        {"OCSPSigning", [](CertificateFields& f) { f.ekus.push_back(oid::kOcspSigning); }},
        {"cmcRA", [](CertificateFields& f) { f.ekus = {oid::kCmcRa}; }},
        {"certificateRequestAgent",
         [](CertificateFields& f) {
             f.ekus.insert(f.ekus.begin(), oid::kCertificateRequestAgent);
         }},
    };
    const Key ca = ec_key();
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CertificateFields fields = device_fields();
        row.change(fields);
        const auto der = x509::sign_enrolled_certificate(fields, *ca, crypto::Digest::Sha256);
        CHECK(der.has_value() != row.refused);
        if (!der)
            CHECK(der.error().code == Errc::Policy);
        CHECK(x509::sign_infrastructure_certificate(fields, *ca, crypto::Digest::Sha256));
    }
}

TEST_CASE("openssl reads what we build as we meant it") {
    const Key& ca = shared_rsa_key();
    CertificateFields fields = device_fields();
    for (const std::string_view san :
         {"dns:a.example", "ip:2001:db8::1", "email:a@b.example", "uri:urn:x", "upn:u@c.example"})
        fields.subject_alt_names.push_back(must(x509::general_name_from_text(san)));
    fields.basic_constraints = x509::BasicConstraints{};
    fields.must_staple = true;
    fields.authority_key_identifier = Buffer(20, 0xab);
    fields.crl_url = "http://ca.example/crl";
    fields.ocsp_url = "http://ca.example/ocsp";
    fields.aia_url = "http://ca.example/ca.crt";
    const Buffer der = must(x509::sign_enrolled_certificate(fields, *ca, crypto::Digest::Sha256));
    const crypto::X509Ptr referee = referee_certificate(der);
    REQUIRE(referee);
    CHECK(X509_get_version(referee.get()) == X509_VERSION_3);
    CHECK(X509_verify(referee.get(), &ca->public_key().evp()) == 1);
    CHECK(EVP_PKEY_eq(X509_get0_pubkey(referee.get()), &fields.key.evp()) == 1);
    CHECK(referee_extension(*referee, NID_key_usage) ==
          "critical: Digital Signature, Key Encipherment");
    CHECK(referee_extension(*referee, NID_ext_key_usage) == "TLS Web Client Authentication");
    CHECK(referee_extension(*referee, NID_basic_constraints) == "critical: CA:FALSE");
    CHECK(referee_extension(*referee, NID_subject_alt_name) ==
          "DNS:a.example, IP Address:2001:DB8:0:0:0:0:0:1, email:a@b.example, URI:urn:x, "
          "othername: UPN::u@c.example");
    CHECK(referee_extension(*referee, NID_tlsfeature) == "status_request");
    CHECK(referee_extension(*referee, NID_authority_key_identifier).find("AB:AB") !=
          std::string::npos);
    CHECK(referee_extension(*referee, NID_crl_distribution_points)
              .find("URI:http://ca.example/crl") != std::string::npos);
    const std::string access = referee_extension(*referee, NID_info_access);
    CHECK(access.find("OCSP - URI:http://ca.example/ocsp") != std::string::npos);
    CHECK(access.find("CA Issuers - URI:http://ca.example/ca.crt") != std::string::npos);
    CHECK(X509_check_purpose(referee.get(), X509_PURPOSE_SSL_CLIENT, 0) == 1);

    // and writes the same octets
    unsigned char* again = nullptr;
    const int size = i2d_re_X509_tbs(referee.get(), &again);
    const crypto::OpensslBytes owner(again);
    REQUIRE(size > 0);
    const Certificate ours = must(Certificate::parse(der));
    CHECK(equal(Bytes(again, static_cast<std::size_t>(size)), ours.tbs()));

    CHECK(ours.subject_text() == "CN=cam-1,O=Example");
    CHECK(equal(ours.subject_key_identifier(), fields.key.key_identifier()));
    CHECK(must(ours.subject_alt_names()) == fields.subject_alt_names);
    CHECK(ours.verify_signature(crypto::Library::standard(), ca->public_key()));
}

TEST_CASE("every key and digest signs, and openssl verifies") {
    for (const Key& ca : {shared_rsa_key(), ec_key(), ec_key(crypto::Curve::P384)}) {
        for (const crypto::Digest digest :
             {crypto::Digest::Sha256, crypto::Digest::Sha384, crypto::Digest::Sha512}) {
            const Buffer der = must(x509::sign_enrolled_certificate(device_fields(), *ca, digest));
            const crypto::X509Ptr referee = referee_certificate(der);
            REQUIRE(referee);
            CHECK(X509_verify(referee.get(), &ca->public_key().evp()) == 1);
        }
    }
}

TEST_CASE("the SAN is critical only where there is no subject") {
    CertificateFields fields = device_fields();
    fields.subject_alt_names = {must(x509::general_name_from_text("dns:a.example"))};
    for (const bool empty : {false, true}) {
        if (empty)
            fields.subject = x509::Name();
        const Certificate out = must(Certificate::parse(
            must(x509::sign_enrolled_certificate(fields, *ec_key(), crypto::Digest::Sha256))));
        CHECK(out.extension(oid::kSubjectAltName)->critical == empty);
    }
}

TEST_CASE("dates are UTCTime up to 2049 and GeneralizedTime after") {
    CertificateFields fields = device_fields();
    fields.not_before = must(parse_rfc3339("2049-12-31T23:59:59Z"));
    fields.not_after = must(parse_rfc3339("9999-12-31T23:59:59Z"));
    const Buffer der =
        must(x509::sign_enrolled_certificate(fields, *ec_key(), crypto::Digest::Sha256));
    const crypto::X509Ptr referee = referee_certificate(der);
    REQUIRE(referee);
    CHECK(X509_get0_notBefore(referee.get())->type == V_ASN1_UTCTIME);
    CHECK(X509_get0_notAfter(referee.get())->type == V_ASN1_GENERALIZEDTIME);
    CHECK(must(Certificate::parse(der)).not_after() == fields.not_after);
}

TEST_CASE("serials are positive, of 16 octets, and never the same") {
    SeededRandom random(42);
    std::set<Buffer> seen;
    for (int i = 0; i < 1000; ++i) {
        const Buffer serial = x509::random_serial(random);
        CHECK(serial.size() == 16);
        CHECK((serial[0] & 0xc0U) == 0x40U);
        CHECK(seen.insert(serial).second);
    }
}

TEST_CASE("a serial outside the RFC's range is not signed") {
    for (const Buffer& serial : {Buffer{}, Buffer{0, 0}, Buffer(21, 1), Buffer(20, 0x80)}) {
        CertificateFields fields = device_fields();
        fields.serial = serial;
        CHECK_FALSE(x509::sign_enrolled_certificate(fields, *ec_key(), crypto::Digest::Sha256));
    }
}

TEST_CASE("a CA certificate carries its path length") {
    CertificateFields fields = device_fields();
    fields.key_usage = x509::kKeyCertSign | x509::kCrlSign;
    fields.ekus = {};
    fields.basic_constraints = x509::BasicConstraints{.ca = true, .path_length = 0};
    const Buffer der =
        must(x509::sign_infrastructure_certificate(fields, *ec_key(), crypto::Digest::Sha256));
    const crypto::X509Ptr referee = referee_certificate(der);
    REQUIRE(referee);
    CHECK(referee_extension(*referee, NID_basic_constraints) == "critical: CA:TRUE, pathlen:0");
    CHECK(referee_extension(*referee, NID_key_usage) == "critical: Certificate Sign, CRL Sign");
    CHECK(X509_check_ca(referee.get()) == 1);
}

TEST_CASE("a transient certificate is signed by its own key") {
    for (const Key& key : {shared_rsa_key(), ec_key()}) {
        SeededRandom random(3);
        const x509::Name subject = must(x509::Name::from_text("CN=cam-1"));
        const Buffer der = must(x509::self_signed_certificate(subject, *key, kNow, kLater, random));
        const crypto::X509Ptr referee = referee_certificate(der);
        REQUIRE(referee);
        CHECK(X509_verify(referee.get(), &key->public_key().evp()) == 1);
        const Certificate out = must(Certificate::parse(der));
        CHECK(out.self_issued());
        const bool rsa = key->public_key().type() == crypto::KeyType::Rsa;
        CHECK(out.allows_usage(x509::kKeyEncipherment) == rsa);
        CHECK(out.allows_usage(x509::kKeyAgreement) == !rsa);
        CHECK(out.serial().size() == 16);
        CHECK_FALSE(out.is_ca());
    }
}

TEST_SUITE_END();
