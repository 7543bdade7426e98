// A throw-away PKI for tests: keys, a CA, certificates, requests. Clock and serials are fixed.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "core/base/clock.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/issue.hpp"

namespace scep::test {

inline const TimePoint kNow =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(3);

template <class T>
T must(Result<T> result) {
    if (!result)
        throw std::runtime_error(to_text(result.error()));
    return *std::move(result);
}

using Key = std::shared_ptr<crypto::PrivateKey>;

inline Key rsa_key(unsigned bits = 2048) {
    return must(crypto::PrivateKey::generate_rsa(bits));
}

inline Key ec_key(crypto::Curve curve = crypto::Curve::P256) {
    return must(crypto::PrivateKey::generate_ec(curve));
}

// One RSA-2048 key of this process for every test that does not care whose it is.
inline const Key& shared_rsa_key() {
    static const Key key = rsa_key();
    return key;
}

struct Identity {
    x509::Certificate certificate{};
    Key key{};
};

struct CertificateRecipe {
    std::string subject = "CN=test";
    std::uint32_t key_usage = x509::kDigitalSignature | x509::kKeyEncipherment;
    std::vector<asn1::Oid> ekus{};
    std::optional<x509::BasicConstraints> basic_constraints{};
    TimePoint not_before = kNow - std::chrono::hours(24);
    TimePoint not_after = kNow + std::chrono::hours(24 * 365);
    std::vector<x509::GeneralName> subject_alt_names{};
    crypto::Digest digest = crypto::Digest::Sha256;  // of the issuer's signature
};

// Signed by `issuer`, or by itself when null.
inline Identity make_identity(const CertificateRecipe& recipe,
                              const Key& key,
                              const Identity* issuer) {
    SeededRandom random(std::hash<std::string>{}(recipe.subject));
    const x509::Name subject = must(x509::Name::from_text(recipe.subject));
    const x509::CertificateFields fields{
        .serial = x509::random_serial(random),
        .issuer = issuer != nullptr ? must(issuer->certificate.subject()) : subject,
        .subject = subject,
        .not_before = recipe.not_before,
        .not_after = recipe.not_after,
        .key = key->public_key(),
        .key_usage = recipe.key_usage,
        .ekus = recipe.ekus,
        .subject_alt_names = recipe.subject_alt_names,
        .basic_constraints = recipe.basic_constraints,
        .authority_key_identifier =
            issuer != nullptr ? to_buffer(issuer->certificate.subject_key_identifier()) : Buffer{}};
    crypto::Signer& signer = issuer != nullptr ? *issuer->key : *key;
    const Buffer der = must(x509::sign_infrastructure_certificate(fields, signer, recipe.digest));
    return {must(x509::Certificate::parse(der)), key};
}

inline Identity make_ca(const Key& key, const std::string& subject = "CN=Test CA") {
    return make_identity(
        {.subject = subject,
         .key_usage = x509::kKeyCertSign | x509::kCrlSign | x509::kDigitalSignature,
         .basic_constraints = x509::BasicConstraints{.ca = true, .path_length = 0}},
        key,
        nullptr);
}

inline Identity make_ra(const Key& key,
                        const Identity& ca,
                        const std::string& subject = "CN=Test RA") {
    return make_identity(
        {.subject = subject, .ekus = {oid::kCmcRa, oid::kEmailProtection}}, key, &ca);
}

inline Identity make_transient(const Key& key, const std::string& subject) {
    SeededRandom random(7);
    const Buffer der = must(x509::self_signed_certificate(must(x509::Name::from_text(subject)),
                                                          *key,
                                                          kNow - std::chrono::hours(1),
                                                          kNow + std::chrono::hours(24),
                                                          random));
    return {must(x509::Certificate::parse(der)), key};
}

}  // namespace scep::test
