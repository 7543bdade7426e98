#include <algorithm>
#include <bit>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "core/crypto/keys.hpp"

namespace scep::crypto {

namespace {

constexpr std::string_view kField = "SubjectPublicKeyInfo";
constexpr std::string_view kCurveCite = "RFC 5480 section 2.1.1";

struct RsaNumbers {
    Bytes n{}, e{};  // magnitudes
};

Error unfit(std::size_t offset, std::string what, std::string_view cite = {}) {
    return {.code = Errc::Crypto,
            .what = std::move(what),
            .where = {.offset = offset, .field = std::string(kField)},
            .cite = std::string(cite)};
}

std::size_t bit_length(Bytes magnitude) noexcept {
    return magnitude.empty() ? 0
                             : magnitude.size() * 8 -
                                   static_cast<std::size_t>(std::countl_zero(magnitude.front()));
}

bool odd(Bytes magnitude) noexcept {
    return !magnitude.empty() && (magnitude.back() & 1U) != 0;
}

// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }: RFC 3279 section 2.3.1
Result<RsaNumbers> read_rsa(Bytes bits, std::size_t offset) {
    asn1::Reader in(bits, asn1::Rules::Ber, offset);
    SCEP_TRY(body, in.expect_into(asn1::kSequence, "RSAPublicKey"));
    SCEP_CHECK(in.finish("RSAPublicKey"));
    SCEP_TRY(n_element, body.expect(asn1::kInteger, "RSAPublicKey.modulus"));
    SCEP_TRY(n, asn1::unsigned_integer(n_element, "RSAPublicKey.modulus"));
    SCEP_TRY(e_element, body.expect(asn1::kInteger, "RSAPublicKey.publicExponent"));
    SCEP_TRY(e, asn1::unsigned_integer(e_element, "RSAPublicKey.publicExponent"));
    SCEP_CHECK(body.finish("RSAPublicKey"));
    return RsaNumbers{n, e};
}

std::uint64_t small_value(Bytes magnitude) noexcept {
    std::uint64_t value = 0;
    for (const std::uint8_t octet : magnitude)
        value = (value << 8U) | octet;
    return value;
}

// EVP_PKEY_fromdata takes e = 1, under which every signature can be forged, and an e of 3072 bits,
// which costs 5 ms to use: so all of this is looked at first.
Status check_rsa(const RsaNumbers& key, const KeyRules& rules, std::size_t offset) {
    const std::size_t bits = bit_length(key.n);
    if (bits < rules.min_rsa_bits || bits > limits::kMaxRsaBits)
        return fail(unfit(offset,
                          fmt::format("RSA key of {} bits, want {} to {}",
                                      bits,
                                      rules.min_rsa_bits,
                                      limits::kMaxRsaBits)));
    if (!odd(key.n))
        return fail(unfit(offset, "RSA modulus is even"));
    if (key.e.size() > sizeof(std::uint64_t) || small_value(key.e) > limits::kMaxRsaExponent)
        return fail(unfit(offset,
                          fmt::format("RSA exponent of {} bits, want at most {}",
                                      bit_length(key.e),
                                      std::bit_width(limits::kMaxRsaExponent))));
    if (small_value(key.e) < limits::kMinRsaExponent)
        return fail(unfit(
            offset,
            fmt::format(
                "RSA exponent {}, want at least {}", small_value(key.e), limits::kMinRsaExponent)));
    if (!odd(key.e))
        return fail(unfit(offset, "RSA exponent is even"));
    return {};
}

// As OSSL_PARAM wants big numbers: in the machine's order.
Buffer native_order(Bytes big_endian) {
    Buffer out = to_buffer(big_endian);
    if constexpr (std::endian::native == std::endian::little)
        std::ranges::reverse(out);
    return out;
}

EVP_PKEY_CTX* fromdata_context(const char* type) {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr);
    if (context != nullptr)
        EVP_PKEY_fromdata_init(context);
    return context;
}

// Looking the key type up costs more than making the key, so its context is kept.
EVP_PKEY_CTX* context_for(KeyType type) {
    thread_local const PkeyCtxPtr rsa(fromdata_context("RSA"));
    thread_local const PkeyCtxPtr ec(fromdata_context("EC"));
    return type == KeyType::Rsa ? rsa.get() : ec.get();
}

// null when OpenSSL does not take them
PkeyPtr from_data(KeyType type, OSSL_PARAM* parameters) {
    ERR_clear_error();
    EVP_PKEY* raw = nullptr;
    if (EVP_PKEY_fromdata(context_for(type), &raw, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return nullptr;
    return PkeyPtr(raw);
}

Result<PkeyPtr> rsa_pkey(const RsaNumbers& numbers) {
    Buffer n = native_order(numbers.n);
    Buffer e = native_order(numbers.e);
    std::array parameters{OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n.data(), n.size()),
                          OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e.data(), e.size()),
                          OSSL_PARAM_construct_end()};
    if (PkeyPtr key = from_data(KeyType::Rsa, parameters.data()))
        return key;
    return fail(openssl_error("RSA key cannot be used"));
}

// OpenSSL looks whether the point is on the curve when it decodes it; the check of its own is for
// the day that it does not.
Result<PkeyPtr> ec_pkey(Curve curve, Bytes point, std::size_t offset) {
    std::string group(curve_name(curve));
    Buffer octets = to_buffer(point);
    std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
        OSSL_PARAM_construct_end()};
    PkeyPtr key = from_data(KeyType::Ec, parameters.data());
    const PkeyCtxPtr check(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
    if (check && EVP_PKEY_public_check_quick(check.get()) == 1)
        return key;
    ERR_clear_error();
    return fail(unfit(offset, fmt::format("EC point is not on {}", curve_name(curve))));
}

unsigned field_bits(Curve curve) noexcept {
    switch (curve) {
        case Curve::P256:
            return 256;
        case Curve::P384:
            return 384;
        case Curve::P521:
            break;
    }
    return 521;
}

// 04 || X || Y of a key that was given with a compressed point.
Result<Buffer> uncompressed_point(const EVP_PKEY& key, Curve curve) {
    const std::size_t width = (field_bits(curve) + 7) / 8;
    Buffer out(1 + 2 * width);
    out[0] = 0x04;
    std::size_t at = 1;
    for (const char* name : {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y}) {
        BIGNUM* raw = nullptr;
        const int got = EVP_PKEY_get_bn_param(&key, name, &raw);
        const BnPtr number(raw);
        const int size = static_cast<int>(width);
        if (got != 1 || BN_bn2binpad(number.get(), out.data() + at, size) != size)
            return fail(openssl_error("EC point cannot be read"));
        at += width;
    }
    return out;
}

Buffer encode_rsa(const RsaNumbers& key) {
    asn1::Writer out(key.n.size() + 32);
    out.sequence([&] {
        out.unsigned_integer(key.n);
        out.unsigned_integer(key.e);
    });
    return std::move(out).take();
}

// ECParameters ::= CHOICE { namedCurve OBJECT IDENTIFIER, ... }: only the first is allowed
Result<Curve> named_curve(const asn1::AlgorithmIdentifier& algorithm) {
    if (!algorithm.parameters || algorithm.parameters->tag != asn1::kObjectIdentifier)
        return fail(unfit(algorithm.offset, "EC key without a named curve", kCurveCite));
    SCEP_TRY(oid, asn1::object_identifier(*algorithm.parameters, "namedCurve"));
    if (const std::optional<Curve> curve = curve_from(oid))
        return *curve;
    return fail(unfit(
        algorithm.offset,
        fmt::format("EC curve {} is not known, want P-256, P-384 or P-521", asn1::name(oid))));
}

}  // namespace

// The one place that makes a PublicKey, after the checks.
class KeyBuilder {
  public:
    static Result<PublicKey> rsa(Bytes bits, const KeyRules& rules, std::size_t offset) {
        SCEP_TRY(numbers, read_rsa(bits, offset));
        SCEP_CHECK(check_rsa(numbers, rules, offset));
        SCEP_TRY(pkey, rsa_pkey(numbers));
        PublicKey out;
        out.pkey_ = std::move(pkey);
        out.bits_ = static_cast<unsigned>(bit_length(numbers.n));
        write_spki(out, encode_rsa(numbers));
        return out;
    }

    static Result<PublicKey> ec(Curve curve, Bytes point, std::size_t offset) {
        const std::size_t width = (field_bits(curve) + 7) / 8;
        const bool whole = point.size() == 1 + 2 * width && point[0] == 0x04;
        const bool compressed = point.size() == 1 + width && (point[0] == 0x02 || point[0] == 0x03);
        if (!whole && !compressed)
            return fail(unfit(offset,
                              fmt::format("malformed EC point for {}", curve_name(curve)),
                              "RFC 5480 section 2.2"));
        SCEP_TRY(pkey, ec_pkey(curve, point, offset));
        if (compressed) {
            SCEP_TRY(uncompressed, uncompressed_point(*pkey, curve));
            return ec(curve, uncompressed, offset);
        }
        PublicKey out;
        out.pkey_ = std::move(pkey);
        out.type_ = KeyType::Ec;
        out.curve_ = curve;
        out.bits_ = field_bits(curve);
        write_spki(out, point);
        return out;
    }

  private:
    static void write_spki(PublicKey& key, Bytes bits) {
        asn1::Writer out(bits.size() + 64);
        out.sequence([&] {
            if (key.type_ == KeyType::Rsa)
                out.algorithm(oid::kRsaEncryption, true);
            else
                out.sequence([&] {
                    out.oid(oid::kEcPublicKey);
                    out.oid(oid_of(key.curve_));
                });
            out.bit_string(bits);
        });
        key.bits_offset_ = out.size() - bits.size();
        key.spki_ = std::make_shared<const Buffer>(std::move(out).take());
    }
};

// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
Result<PublicKey> parse_public_key(Bytes spki_der, const KeyRules& rules, std::size_t base_offset) {
    asn1::Reader in(spki_der, asn1::Rules::Ber, base_offset);
    SCEP_TRY(body, in.expect_into(asn1::kSequence, kField));
    SCEP_CHECK(in.finish(kField));
    SCEP_TRY(algorithm, asn1::algorithm_identifier(body, "SubjectPublicKeyInfo.algorithm"));
    SCEP_TRY(key, body.expect(asn1::kBitString, "SubjectPublicKeyInfo.subjectPublicKey"));
    SCEP_TRY(bits, asn1::bit_string_octets(key, "SubjectPublicKeyInfo.subjectPublicKey"));
    SCEP_CHECK(body.finish(kField));
    const std::size_t bits_offset = key.content_offset() + 1;
    if (algorithm.algorithm == oid::kRsaEncryption) {
        if (!asn1::parameters_empty(algorithm))
            return fail(unfit(algorithm.offset, "rsaEncryption key with parameters, want NULL"));
        return KeyBuilder::rsa(bits, rules, bits_offset);
    }
    if (algorithm.algorithm == oid::kEcPublicKey) {
        SCEP_TRY(curve, named_curve(algorithm));
        return KeyBuilder::ec(curve, bits, bits_offset);
    }
    return fail(unfit(algorithm.offset,
                      fmt::format("key type {} is not known, want rsaEncryption or id-ecPublicKey",
                                  asn1::name(algorithm.algorithm))));
}

Result<PublicKey> parse_ec_point(Curve curve, Bytes point, std::size_t base_offset) {
    return KeyBuilder::ec(curve, point, base_offset);
}

bool satisfies(const PublicKey& key, const KeyRules& rules) noexcept {
    return key.type() != KeyType::Rsa || key.bits() >= rules.min_rsa_bits;
}

Bytes PublicKey::key_octets() const noexcept {
    return Bytes(*spki_).last(spki_->size() - bits_offset_);
}

std::array<std::uint8_t, 20> PublicKey::key_identifier() const {
    const Buffer hash = digest(Library::standard(), Digest::Sha1, key_octets());
    std::array<std::uint8_t, 20> out{};
    std::ranges::copy(hash, out.begin());
    return out;
}

std::string PublicKey::describe() const {
    return type_ == KeyType::Rsa ? fmt::format("RSA {} bits", bits_)
                                 : fmt::format("EC {}", curve_name(curve_));
}

bool operator==(const PublicKey& a, const PublicKey& b) noexcept {
    return equal(a.spki(), b.spki());
}

}  // namespace scep::crypto
