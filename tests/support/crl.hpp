// Revocation lists for tests, with fixed times.
#pragma once

#include <optional>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/x509.h>

#include "core/crypto/ossl.hpp"
#include "support/pki.hpp"

namespace scep::test {

struct CrlRecipe {
    std::vector<x509::Certificate> revoked{};
    TimePoint from = kNow - std::chrono::hours(24);
    std::optional<TimePoint> until = kNow + std::chrono::hours(24);
    bool delta = false;
};

inline void set_crl_time(ASN1_TIME* (*make)(ASN1_TIME*, time_t),
                         int (*set)(X509_CRL*, const ASN1_TIME*),
                         X509_CRL* crl,
                         TimePoint time) {
    ASN1_TIME* value = make(nullptr, time.time_since_epoch().count());
    REQUIRE(set(crl, value) == 1);
    ASN1_TIME_free(value);
}

// By OpenSSL, which has to read it again.
inline Buffer make_crl(const Identity& issuer, const CrlRecipe& recipe = {}) {
    const auto to_openssl = [](const x509::Certificate& certificate) {
        const unsigned char* at = certificate.der().data();
        return crypto::X509Ptr(d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));
    };
    const crypto::X509CrlPtr crl(X509_CRL_new());
    REQUIRE(X509_CRL_set_version(crl.get(), 1) == 1);
    REQUIRE(X509_CRL_set_issuer_name(
                crl.get(), X509_get_subject_name(to_openssl(issuer.certificate).get())) == 1);
    set_crl_time(ASN1_TIME_set, X509_CRL_set1_lastUpdate, crl.get(), recipe.from);
    if (recipe.until)
        set_crl_time(ASN1_TIME_set, X509_CRL_set1_nextUpdate, crl.get(), *recipe.until);
    for (const x509::Certificate& certificate : recipe.revoked) {
        X509_REVOKED* entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(to_openssl(certificate).get()));
        ASN1_TIME* when = ASN1_TIME_set(nullptr, recipe.from.time_since_epoch().count());
        X509_REVOKED_set_revocationDate(entry, when);
        ASN1_TIME_free(when);
        REQUIRE(X509_CRL_add0_revoked(crl.get(), entry) == 1);
    }
    if (recipe.delta) {
        ASN1_INTEGER* base = ASN1_INTEGER_new();
        REQUIRE(ASN1_INTEGER_set(base, 4) == 1);
        REQUIRE(X509_CRL_add1_ext_i2d(crl.get(), NID_delta_crl, base, 1, 0) == 1);
        ASN1_INTEGER_free(base);
    }
    REQUIRE(X509_CRL_sign(crl.get(), &issuer.key->evp(), EVP_sha256()) > 0);
    unsigned char* der = nullptr;
    const int size = i2d_X509_CRL(crl.get(), &der);
    REQUIRE(size > 0);
    const crypto::OpensslBytes owner(der);
    return to_buffer(Bytes(der, static_cast<std::size_t>(size)));
}

}  // namespace scep::test
