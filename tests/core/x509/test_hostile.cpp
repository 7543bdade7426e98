// Certificates and requests cut short and flipped: never a crash, and never a signature that holds.
#include <doctest/doctest.h>

#include "core/x509/issue.hpp"
#include "fixtures.hpp"

using namespace scep;
using namespace scep::test;
using x509::Certificate;
using x509::CertificationRequest;

TEST_SUITE_BEGIN("core/x509/hostile");

namespace {

// Everything that can be asked of it.
void look_into(const Certificate& certificate) {
    static_cast<void>(certificate.serial_hex());
    static_cast<void>(certificate.subject_text());
    static_cast<void>(certificate.issuer_text());
    static_cast<void>(certificate.subject_alt_names());
    static_cast<void>(x509::issuer_serial_key(certificate.issuer_der(), certificate.serial()));
    static_cast<void>(certificate.subject().map(
        [](const x509::Name& name) { return name.canonical().match_key(); }));
    static_cast<void>(certificate.public_key(crypto::kDecodeKeys));
}

void look_into(const CertificationRequest& request) {
    static_cast<void>(request.subject().canonical());
    static_cast<void>(request.signature_algorithm());
    const x509::CertificateProfile profile{.san_types = {"dns", "email", "ip", "uri", "upn"},
                                           .san_pattern = {"dns:*", "ip:*", "uri:*"}};
    static_cast<void>(x509::apply_profile(profile, request, shared_rsa_key()->public_key()));
}

template <class Parse>
void truncate(const Buffer& der, Parse&& parse) {
    for (std::size_t size = 0; size < der.size(); ++size) {
        CAPTURE(size);
        const Buffer cut(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(parse(cut).has_value());
    }
}

}  // namespace

TEST_CASE("a certificate cut short is refused at every octet") {
    for (const std::string_view name : {"leaf", "odd", "v1", "root"})
        truncate(fixture_der(std::string(name) + ".pem"),
                 [](Bytes der) { return Certificate::parse(der); });
}

TEST_CASE("a request cut short is refused at every octet") {
    for (const std::string_view name : {"request-rsa", "request-ec", "request-pss"})
        truncate(fixture_der(std::string(name) + ".csr"),
                 [](Bytes der) { return CertificationRequest::parse(der); });
}

TEST_CASE("a certificate with a flipped octet is never accepted") {
    const crypto::PublicKey key = must(certificate("sub").public_key());
    for (const std::string_view name : {"leaf", "odd"}) {
        const Buffer der = fixture_der(std::string(name) + ".pem");
        REQUIRE(must(Certificate::parse(der)).verify_signature(crypto::Library::standard(), key));
        for (std::size_t at = 0; at < der.size(); ++at) {
            for (const int flip : {0x01, 0x80, 0xff}) {
                CAPTURE(at);
                Buffer changed = der;
                changed[at] = static_cast<std::uint8_t>(changed[at] ^ flip);
                const Result<Certificate> parsed = Certificate::parse(changed);
                if (!parsed)
                    continue;
                look_into(*parsed);
                CHECK_FALSE(parsed->verify_signature(crypto::Library::standard(), key));
            }
        }
    }
}

TEST_CASE("a request with a flipped octet is never accepted") {
    for (const std::string_view name : {"request-rsa", "request-ec"}) {
        const Buffer der = fixture_der(std::string(name) + ".csr");
        for (std::size_t at = 0; at < der.size(); ++at) {
            for (const int flip : {0x01, 0x80, 0xff}) {
                CAPTURE(at);
                Buffer changed = der;
                changed[at] = static_cast<std::uint8_t>(changed[at] ^ flip);
                const Result<CertificationRequest> parsed = CertificationRequest::parse(changed);
                if (!parsed)
                    continue;
                look_into(*parsed);
                const auto key = parsed->public_key(crypto::kStrictKeys);
                if (key)
                    CHECK_FALSE(parsed->verify_signature(crypto::Library::standard(), *key));
            }
        }
    }
}

TEST_SUITE_END();
