#include "core/crypto/private_key_check.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "core/asn1/oid.hpp"
#include "core/asn1/writer.hpp"

namespace scep::crypto {

namespace {

struct RsaPrivate {
    BnPtr n{}, e{}, d{}, p{}, q{}, dp{}, dq{}, qinv{};
};

Error inconsistent(std::string_view what) {
    return {.code = Errc::Crypto,
            .what = fmt::format("RSA private key is inconsistent: {}", what),
            .cite = "RFC 8017 section 3.2"};
}

BnPtr number(const EVP_PKEY& key, const char* name) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(&key, name, &raw) != 1)
        return nullptr;
    BnPtr out(raw);
    BN_set_flags(out.get(), BN_FLG_CONSTTIME);
    return out;
}

Result<RsaPrivate> read_rsa(const EVP_PKEY& key) {
    RsaPrivate out{.n = number(key, OSSL_PKEY_PARAM_RSA_N),
                   .e = number(key, OSSL_PKEY_PARAM_RSA_E),
                   .d = number(key, OSSL_PKEY_PARAM_RSA_D),
                   .p = number(key, OSSL_PKEY_PARAM_RSA_FACTOR1),
                   .q = number(key, OSSL_PKEY_PARAM_RSA_FACTOR2),
                   .dp = number(key, OSSL_PKEY_PARAM_RSA_EXPONENT1),
                   .dq = number(key, OSSL_PKEY_PARAM_RSA_EXPONENT2),
                   .qinv = number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1)};
    if (!out.n || !out.e || !out.d || !out.p || !out.q || !out.dp || !out.dq || !out.qinv)
        return fail(inconsistent("primes or exponents are missing"));
    if (number(key, OSSL_PKEY_PARAM_RSA_FACTOR3))
        return fail(Errc::Crypto, "RSA private key has more than two primes");
    ERR_clear_error();  // the missing third prime has left an entry
    return out;
}

// a * b == 1 (mod m), with m odd and above 1
bool inverse(const BIGNUM* a, const BIGNUM* b, const BIGNUM* m, BN_CTX* context) {
    const BnPtr product(BN_secure_new());
    return product && BN_mod_mul(product.get(), a, b, m, context) == 1 &&
           BN_is_one(product.get()) == 1;
}

// What RFC 8017 section 3.2 says of one prime, its exponent and the public exponent.
bool exponent_fits(const RsaPrivate& key, const BIGNUM* prime, const BIGNUM* exponent) {
    const BnCtxPtr context(BN_CTX_secure_new());
    const BnPtr order(BN_dup(prime));
    const BnPtr reduced(BN_secure_new());
    return context && order && reduced && BN_is_odd(prime) == 1 && BN_is_one(prime) != 1 &&
           BN_sub_word(order.get(), 1) == 1 &&
           inverse(key.e.get(), exponent, order.get(), context.get()) &&
           BN_mod(reduced.get(), key.d.get(), order.get(), context.get()) == 1 &&
           BN_cmp(reduced.get(), exponent) == 0;
}

Status check_rsa(const RsaPrivate& key) {
    const BnCtxPtr context(BN_CTX_secure_new());
    const BnPtr product(BN_secure_new());
    if (!context || !product ||
        BN_mul(product.get(), key.p.get(), key.q.get(), context.get()) != 1 ||
        BN_cmp(product.get(), key.n.get()) != 0)
        return fail(inconsistent("the modulus is not the product of the primes"));
    if (!exponent_fits(key, key.p.get(), key.dp.get()) ||
        !exponent_fits(key, key.q.get(), key.dq.get()))
        return fail(inconsistent("the exponents do not fit the primes"));
    if (!inverse(key.qinv.get(), key.q.get(), key.p.get(), context.get()))
        return fail(inconsistent("the coefficient does not fit the primes"));
    return {};
}

Result<Buffer> ec_spki(const EVP_PKEY& key) {
    std::uint8_t* raw = nullptr;
    const int size = i2d_PUBKEY(&key, &raw);
    if (size <= 0)
        return fail(openssl_error("the public half cannot be read"));
    const OpensslBytes owner(raw);
    return Buffer(raw, raw + size);
}

Buffer octets(const BIGNUM& number) {
    Buffer out(static_cast<std::size_t>(BN_num_bytes(&number)));
    BN_bn2bin(&number, out.data());
    return out;
}

// OpenSSL's encoders look up a hundred methods for their first key, a tenth of one enrolment.
Result<Buffer> rsa_spki(const EVP_PKEY& key) {
    const BnPtr n = number(key, OSSL_PKEY_PARAM_RSA_N);
    const BnPtr e = number(key, OSSL_PKEY_PARAM_RSA_E);
    if (!n || !e)
        return fail(openssl_error("the public half cannot be read"));
    asn1::Writer out(600);
    out.sequence([&] {
        out.algorithm(oid::kRsaEncryption, true);
        out.bit_string_of([&] {
            out.sequence([&] {
                out.unsigned_integer(octets(*n));
                out.unsigned_integer(octets(*e));
            });
        });
    });
    return std::move(out).take();
}

Result<PublicKey> public_half(const EVP_PKEY& key, bool rsa, const KeyRules& rules) {
    SCEP_TRY(spki, rsa ? rsa_spki(key) : ec_spki(key));
    Result<PublicKey> out = parse_public_key(spki, rules);
    if (!out)
        out.error().where = {};  // an offset into an encoding nobody has seen
    return out;
}

}  // namespace

Result<PublicKey> check_private_key(const EVP_PKEY& key, const KeyRules& rules) {
    ERR_clear_error();
    const bool rsa = EVP_PKEY_is_a(&key, "RSA") == 1;
    if (!rsa && EVP_PKEY_is_a(&key, "EC") != 1)
        return fail(
            Errc::Crypto,
            fmt::format("key type {} is not known, want RSA or EC", EVP_PKEY_get0_type_name(&key)));
    SCEP_TRY(out, public_half(key, rsa, rules));
    if (rsa) {
        SCEP_TRY(numbers, read_rsa(key));
        SCEP_CHECK(check_rsa(numbers));
    }
    return std::move(out);
}

}  // namespace scep::crypto
