#include "core/x509/key_facts.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/x509/openssl_chain.hpp"

namespace scep::x509 {

namespace {

constexpr int kMinSecurityBits = 128;  // of P-256, and of every kind that is neither RSA nor DSA

std::string group_of(const EVP_PKEY& key) {
    std::array<char, 64> name{};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(&key, name.data(), name.size(), &size) != 1)
        return {};
    return " " + std::string(name.data(), std::min(size, name.size()));
}

// What our own reader does not take: `why` is its reason.
KeyFacts foreign_key(const Certificate& certificate, const Error& why) {
    const Result<crypto::X509Ptr> x509 = to_openssl(certificate);
    EVP_PKEY* key = x509 ? X509_get0_pubkey(x509->get()) : nullptr;
    ERR_clear_error();
    const char* type = key == nullptr ? nullptr : EVP_PKEY_get0_type_name(key);
    if (type == nullptr)
        return {.text = "unknown", .unfit = "the key cannot be used: " + why.what};
    if (EVP_PKEY_is_a(key, "RSA") == 1)
        return {.text = fmt::format("RSA {} bits", EVP_PKEY_get_bits(key)),
                .unfit = "the key cannot be used: " + why.what};
    KeyFacts out{.text = type + group_of(*key)};
    if (EVP_PKEY_get_security_bits(key) < kMinSecurityBits)
        out.unfit = fmt::format("the key is too weak: {}", out.text);
    return out;
}

}  // namespace

KeyFacts key_facts(const Certificate& certificate) {
    const Result<crypto::PublicKey> key = certificate.public_key(crypto::kDecodeKeys);
    if (!key)
        return foreign_key(certificate, key.error());
    KeyFacts out{.text = key->describe()};
    if (!crypto::satisfies(*key, crypto::kStrictKeys))
        out.unfit =
            fmt::format("the key is too weak: {}, want {} or more", out.text, limits::kMinRsaBits);
    return out;
}

bool has_signed(const Certificate& issuer, const Certificate& certificate) {
    const Result<crypto::X509Ptr> below = to_openssl(certificate), above = to_openssl(issuer);
    EVP_PKEY* key = below && above ? X509_get0_pubkey(above->get()) : nullptr;
    const bool out = key != nullptr && X509_verify(below->get(), key) == 1;
    ERR_clear_error();
    return out;
}

}  // namespace scep::x509
