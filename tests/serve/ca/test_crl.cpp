// Revocation lists, judged by OpenSSL, which had no part in writing them.
#include <doctest/doctest.h>
#include <openssl/x509v3.h>

#include "core/asn1/reader.hpp"
#include "core/base/encoding.hpp"
#include "core/crypto/ossl.hpp"
#include "serve/ca/crl.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;
using store::Revocation;
using store::RevocationReason;

namespace {

constexpr std::chrono::hours kDay{24};

ca::Issuer make_issuer(const Identity& ca) {
    return must(ca::Issuer::make("iss-local", ca.certificate, {}, ca.key, {}));
}

crypto::X509Ptr to_openssl(Bytes der) {
    const unsigned char* at = der.data();
    return crypto::X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

crypto::X509CrlPtr read(const store::CrlRecord& record) {
    const unsigned char* at = record.der.data();
    crypto::X509CrlPtr crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(record.der.size())));
    REQUIRE(crl != nullptr);
    CHECK(at == record.der.data() + record.der.size());
    return crl;
}

bool is_at(const ASN1_TIME* time, TimePoint want) {
    return ASN1_TIME_cmp_time_t(time, want.time_since_epoch().count()) == 0;
}

X509_REVOKED* entry_of(X509_CRL* crl, std::string_view serial_hex) {
    const Buffer serial = from_hex(serial_hex).value();
    const crypto::BnPtr number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
    ASN1_INTEGER* wanted = BN_to_ASN1_INTEGER(number.get(), nullptr);
    X509_REVOKED* entry = nullptr;
    X509_CRL_get0_by_serial(crl, &entry, wanted);
    ASN1_INTEGER_free(wanted);
    return entry;
}

// The entry's CRLReason; -1 without one, -2 without an entry.
long reason_of(X509_CRL* crl, std::string_view serial_hex) {
    X509_REVOKED* entry = entry_of(crl, serial_hex);
    if (entry == nullptr)
        return -2;
    auto* reason = static_cast<ASN1_ENUMERATED*>(
        X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr));
    const long out = reason == nullptr ? -1 : ASN1_ENUMERATED_get(reason);
    ASN1_ENUMERATED_free(reason);
    return out;
}

// What `openssl verify -crl_check` says of a certificate.
int verdict(const Identity& ca, Bytes leaf, const store::CrlRecord& record) {
    const crypto::X509StorePtr store(X509_STORE_new());
    const crypto::X509Ptr anchor = to_openssl(ca.certificate.der());
    const crypto::X509Ptr certificate = to_openssl(leaf);
    X509_STORE_add_cert(store.get(), anchor.get());
    X509_STORE_add_crl(store.get(), read(record).get());
    const crypto::X509StoreCtxPtr context(X509_STORE_CTX_new());
    REQUIRE(X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr) == 1);
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_X509_STRICT);
    X509_STORE_CTX_set_time(context.get(), 0, (kNow + kDay).time_since_epoch().count());
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

x509::Grant grant_for(const Key& key) {
    return {.subject = must(x509::Name::from_text("CN=device")), .key = key->public_key()};
}

}  // namespace

TEST_SUITE("serve/ca/crl") {
    TEST_CASE("OpenSSL reads a list as it was meant") {
        for (const Key& key : {ec_key(), ec_key(crypto::Curve::P384), shared_rsa_key()}) {
            const Identity ca = make_ca(key);
            const std::vector<Revocation> revoked{
                {"40A1", kNow - kDay, RevocationReason::KeyCompromise},
                {"FF00112233445566778899AABBCCDDEE", kNow, RevocationReason::Unspecified},
                {"01", kNow, RevocationReason::PrivilegeWithdrawn}};
            const store::CrlRecord record =
                must(ca::make_crl(make_issuer(ca), revoked, 300, kNow, 7 * kDay));
            CHECK(record.issuer_id == ca::crl_key(make_issuer(ca)));
            CHECK(record.issuer_id.starts_with("iss-local/"));
            CHECK(record.number == 300);
            CHECK(record.this_update == kNow);
            CHECK(record.next_update == kNow + 7 * kDay);
            const crypto::X509CrlPtr crl = read(record);
            CHECK(X509_CRL_verify(crl.get(), &key->evp()) == 1);
            CHECK(X509_CRL_verify(crl.get(), &ec_key()->evp()) != 1);
            CHECK(X509_CRL_get_version(crl.get()) == X509_CRL_VERSION_2);
            CHECK(is_at(X509_CRL_get0_lastUpdate(crl.get()), kNow));
            CHECK(is_at(X509_CRL_get0_nextUpdate(crl.get()), kNow + 7 * kDay));
            CHECK(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl.get())) == 3);
            CHECK(reason_of(crl.get(), "40A1") == 1);
            CHECK(reason_of(crl.get(), "FF00112233445566778899AABBCCDDEE") == -1);
            CHECK(reason_of(crl.get(), "01") == 9);
            CHECK(reason_of(crl.get(), "02") == -2);
            const X509_REVOKED* entry = entry_of(crl.get(), "40A1");
            CHECK(is_at(X509_REVOKED_get0_revocationDate(entry), kNow - kDay));
        }
    }

    TEST_CASE("number and key identifier are there, not critical, and nothing else is") {
        const Identity ca = make_ca(ec_key());
        const crypto::X509CrlPtr crl =
            read(must(ca::make_crl(make_issuer(ca), {}, 4711, kNow, kDay)));
        int critical = -1;
        auto* number = static_cast<ASN1_INTEGER*>(
            X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, &critical, nullptr));
        REQUIRE(number != nullptr);
        CHECK(ASN1_INTEGER_get(number) == 4711);
        CHECK(critical == 0);
        ASN1_INTEGER_free(number);
        auto* aki = static_cast<AUTHORITY_KEYID*>(
            X509_CRL_get_ext_d2i(crl.get(), NID_authority_key_identifier, &critical, nullptr));
        REQUIRE(aki != nullptr);
        CHECK(critical == 0);
        CHECK(equal(Bytes(ASN1_STRING_get0_data(aki->keyid),
                          static_cast<std::size_t>(ASN1_STRING_length(aki->keyid))),
                    ca.certificate.subject_key_identifier()));
        AUTHORITY_KEYID_free(aki);
        CHECK(X509_CRL_get_ext_count(crl.get()) == 2);
    }

    TEST_CASE("a list without an entry has no revokedCertificates at all") {
        const Identity ca = make_ca(ec_key());
        const store::CrlRecord record = must(ca::make_crl(make_issuer(ca), {}, 1, kNow, kDay));
        asn1::Reader outer(record.der, asn1::Rules::Der);
        asn1::Reader list = must(outer.expect_into(asn1::kSequence, "CertificateList"));
        asn1::Reader tbs = must(list.expect_into(asn1::kSequence, "tbsCertList"));
        std::vector<asn1::Tag> tags;
        while (!tbs.at_end())
            tags.push_back(must(tbs.next("tbsCertList")).tag);
        CHECK(tags == std::vector{asn1::kInteger,
                                  asn1::kSequence,
                                  asn1::kSequence,
                                  asn1::kUtcTime,
                                  asn1::kUtcTime,
                                  asn1::context(0)});
    }

    TEST_CASE("OpenSSL refuses a certificate that is listed, and no other") {
        const Identity ca = make_ca(ec_key());
        const ca::Issuer issuer = make_issuer(ca);
        SeededRandom random(1);
        const ca::Issued kept = must(issuer.issue(grant_for(ec_key()), {}, kNow, random));
        const ca::Issued lost = must(issuer.issue(grant_for(ec_key()), {}, kNow, random));
        const std::vector<Revocation> revoked{
            {to_hex_upper(lost.serial), kNow, RevocationReason::Superseded}};
        const store::CrlRecord record = must(ca::make_crl(issuer, revoked, 1, kNow, 2 * kDay));
        CHECK(verdict(ca, kept.der, record) == X509_V_OK);
        CHECK(verdict(ca, lost.der, record) == X509_V_ERR_CERT_REVOKED);
        const store::CrlRecord stale =
            must(ca::make_crl(issuer, revoked, 2, kNow - 2 * kDay, kDay));
        CHECK(verdict(ca, kept.der, stale) == X509_V_ERR_CRL_HAS_EXPIRED);
    }

    TEST_CASE("a CA that may not sign lists signs none") {
        const Identity ca = make_identity({.subject = "CN=Test CA",
                                           .key_usage = x509::kKeyCertSign,
                                           .basic_constraints = x509::BasicConstraints{.ca = true}},
                                          ec_key(),
                                          nullptr);
        const auto refused = ca::make_crl(make_issuer(ca), {}, 1, kNow, kDay);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::Policy);
        CHECK(refused.error().hint.find("cRLSign") != std::string::npos);
    }

    TEST_CASE("a serial or a number that is none is no list") {
        const ca::Issuer issuer = make_issuer(make_ca(ec_key()));
        for (const std::string_view serial : {"", "XY", "-01", "123"}) {
            CAPTURE(serial);
            const std::vector<Revocation> revoked{{std::string(serial), kNow}};
            CHECK_FALSE(ca::make_crl(issuer, revoked, 1, kNow, kDay));
        }
        CHECK_FALSE(ca::make_crl(issuer, {}, -1, kNow, kDay));
        CHECK(ca::make_crl(issuer, {}, 0, kNow, kDay));
    }
}
