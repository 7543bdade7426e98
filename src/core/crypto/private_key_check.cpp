#include "core/crypto/private_key_check.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "core/asn1/oid.hpp"
#include "core/asn1/writer.hpp"

namespace scep::crypto {

namespace {

Error inconsistent(std::string_view what) {
    return {.code = Errc::Crypto,
            .what = fmt::format("RSA private key is inconsistent: {}", what),
            .cite = "RFC 8017 section 3.2"};
}

// All numbers in one go: for each that is asked for by name OpenSSL exports them all.
class RsaNumbers {
  public:
    explicit RsaNumbers(const EVP_PKEY& key)
        : width_(static_cast<std::size_t>(EVP_PKEY_get_bits(&key) + 7) / 8),
          memory_(kNames.size() * width_) {
        for (std::size_t i = 0; i < kNames.size(); ++i)
            parameters_[i] =
                OSSL_PARAM_construct_BN(kNames[i], memory_.data() + i * width_, width_);
        parameters_.back() = OSSL_PARAM_construct_end();
        read_ = EVP_PKEY_get_params(&key, parameters_.data()) == 1;
        ERR_clear_error();
    }

    // Otherwise one of them is wider than the modulus.
    bool all_fit() const noexcept { return read_; }

    // null: the key has none of that name
    BnPtr take(const char* name) const {
        const OSSL_PARAM* parameter = OSSL_PARAM_locate_const(parameters_.data(), name);
        BIGNUM* raw = BN_secure_new();
        BnPtr out(raw);
        if (!out || OSSL_PARAM_modified(parameter) != 1 || OSSL_PARAM_get_BN(parameter, &raw) != 1)
            return nullptr;
        BN_set_flags(out.get(), BN_FLG_CONSTTIME);
        return out;
    }

  private:
    static constexpr std::array kNames{OSSL_PKEY_PARAM_RSA_N,
                                       OSSL_PKEY_PARAM_RSA_E,
                                       OSSL_PKEY_PARAM_RSA_D,
                                       OSSL_PKEY_PARAM_RSA_FACTOR1,
                                       OSSL_PKEY_PARAM_RSA_FACTOR2,
                                       OSSL_PKEY_PARAM_RSA_FACTOR3,
                                       OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                       OSSL_PKEY_PARAM_RSA_EXPONENT2,
                                       OSSL_PKEY_PARAM_RSA_COEFFICIENT1};

    std::size_t width_;  // octets of the modulus
    SecretBytes memory_;
    std::array<OSSL_PARAM, kNames.size() + 1> parameters_{};
    bool read_ = false;
};

struct RsaPrivate {
    BnPtr n{}, e{}, d{}, p{}, q{}, dp{}, dq{}, qinv{};
};

Result<RsaPrivate> read_rsa(const EVP_PKEY& key) {
    const RsaNumbers numbers(key);
    if (!numbers.all_fit())
        return fail(
            inconsistent("a prime, an exponent or the coefficient is wider than the modulus"));
    RsaPrivate out{.n = numbers.take(OSSL_PKEY_PARAM_RSA_N),
                   .e = numbers.take(OSSL_PKEY_PARAM_RSA_E),
                   .d = numbers.take(OSSL_PKEY_PARAM_RSA_D),
                   .p = numbers.take(OSSL_PKEY_PARAM_RSA_FACTOR1),
                   .q = numbers.take(OSSL_PKEY_PARAM_RSA_FACTOR2),
                   .dp = numbers.take(OSSL_PKEY_PARAM_RSA_EXPONENT1),
                   .dq = numbers.take(OSSL_PKEY_PARAM_RSA_EXPONENT2),
                   .qinv = numbers.take(OSSL_PKEY_PARAM_RSA_COEFFICIENT1)};
    if (!out.n || !out.e || !out.d || !out.p || !out.q || !out.dp || !out.dq || !out.qinv)
        return fail(inconsistent("primes or exponents are missing"));
    if (numbers.take(OSSL_PKEY_PARAM_RSA_FACTOR3))
        return fail(Errc::Crypto, "RSA private key has more than two primes");
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
Buffer rsa_spki(const RsaPrivate& key) {
    asn1::Writer out(600);
    out.sequence([&] {
        out.algorithm(oid::kRsaEncryption, true);
        out.bit_string_of([&] {
            out.sequence([&] {
                out.unsigned_integer(octets(*key.n));
                out.unsigned_integer(octets(*key.e));
            });
        });
    });
    return std::move(out).take();
}

Result<PublicKey> public_half(Bytes spki, const KeyRules& rules) {
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
    if (!rsa) {
        SCEP_TRY(spki, ec_spki(key));
        return public_half(spki, rules);
    }
    SCEP_TRY(numbers, read_rsa(key));
    SCEP_TRY(out, public_half(rsa_spki(numbers), rules));
    SCEP_CHECK(check_rsa(numbers));
    return std::move(out);
}

}  // namespace scep::crypto
