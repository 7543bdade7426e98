#include <doctest/doctest.h>

#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

constexpr std::array kCurves{Curve::P256, Curve::P384, Curve::P521};
constexpr std::array kKdfs{
    Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512};
constexpr std::array kWraps{KeyWrap::Aes128, KeyWrap::Aes192, KeyWrap::Aes256};

const Buffer kKey = hex("000102030405060708090a0b0c0d0e0f");

asn1::AlgorithmIdentifier parse(const Buffer& der) {
    asn1::Reader in(der);
    return asn1::algorithm_identifier(in, "test").value();
}

enum class Parameters : bool { Absent, Null };

Buffer scheme(const asn1::Oid& oid, const asn1::Oid& wrap, Parameters parameters) {
    asn1::Writer out;
    out.sequence([&] {
        out.oid(oid);
        out.algorithm(wrap, parameters == Parameters::Null);
    });
    return std::move(out).take();
}

std::string complaint(const Buffer& der) {
    const auto read = key_agreement(parse(der));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::Protocol);
    return read.error().what;
}

SecretBytes open(PrivateKey& key,
                 const KeyAgreement& algorithm,
                 const AgreedKey& agreed,
                 std::size_t size,
                 std::optional<Bytes> material = std::nullopt) {
    const auto originator = parse_ec_point(key.public_key().curve(), agreed.originator).value();
    return key.agree_key(algorithm, originator, material, agreed.encrypted_key, size);
}

}  // namespace

TEST_SUITE("core/crypto key agreement") {
    TEST_CASE("what is wrapped opens, over curves, derivations, wraps and sizes") {
        for (const Curve curve : kCurves) {
            const auto key = PrivateKey::generate_ec(curve).value();
            for (const Digest kdf : kKdfs)
                for (const KeyWrap wrap : kWraps)
                    for (const std::size_t size : {16U, 24U, 32U}) {
                        const KeyAgreement algorithm{.kdf = kdf, .wrap = wrap};
                        const Buffer content_key(size, 0x42);
                        const auto agreed =
                            agree_key(key->public_key(), algorithm, std::nullopt, content_key);
                        REQUIRE(agreed);
                        CHECK(agreed->encrypted_key.size() == size + 8);
                        CHECK(equal(open(*key, algorithm, *agreed, size), content_key));
                    }
        }
    }

    TEST_CASE("every part of the derivation counts") {
        const auto key = load(kP256);
        const Bytes material = as_bytes("keying material");
        const KeyAgreement algorithm{};
        const auto agreed = agree_key(key->public_key(), algorithm, material, kKey).value();
        CHECK(equal(open(*key, algorithm, agreed, 16, material), kKey));
        CHECK_FALSE(equal(open(*key, algorithm, agreed, 16), kKey));
        CHECK_FALSE(equal(open(*key, algorithm, agreed, 16, as_bytes("other")), kKey));
        for (const KeyAgreement& other : {KeyAgreement{.kdf = Digest::Sha384},
                                          KeyAgreement{.wrap = KeyWrap::Aes256},
                                          KeyAgreement{.wrap_has_null = true}})
            CHECK_FALSE(equal(open(*key, other, agreed, 16, material), kKey));
    }

    TEST_CASE("two messages have two ephemeral keys") {
        const auto key = load(kP256);
        const auto one = agree_key(key->public_key(), {}, std::nullopt, kKey).value();
        const auto two = agree_key(key->public_key(), {}, std::nullopt, kKey).value();
        CHECK(one.originator != two.originator);
        CHECK(one.encrypted_key != two.encrypted_key);
    }

    TEST_CASE("S02 a wrapped key that does not open gives a key of its own") {
        const auto key = load(kP256);
        const auto twin = load(kP256);
        const AgreedKey good = agree_key(key->public_key(), {}, std::nullopt, kKey).value();
        for (std::size_t at = 0; at < good.encrypted_key.size(); ++at) {
            AgreedKey bent = good;
            bent.encrypted_key[at] ^= 0x10;
            const SecretBytes out = open(*key, {}, bent, 16);
            CHECK(out.size() == 16);
            CHECK_FALSE(equal(out, kKey));
            CHECK(open(*key, {}, bent, 16) == out);
            CHECK_FALSE(open(*twin, {}, bent, 16) == out);
        }
    }

    TEST_CASE("S02 so does one of any other size") {
        const auto key = load(kP256);
        const AgreedKey good = agree_key(key->public_key(), {}, std::nullopt, kKey).value();
        for (const std::size_t size : {0U, 1U, 8U, 15U, 24U, 32U, 64U}) {
            CAPTURE(size);
            const SecretBytes out = open(*key, {}, good, size);
            CHECK(out.size() == size);
            CHECK_FALSE(equal(out, Bytes(kKey)));
        }
        for (const std::size_t size : {0U, 8U, 23U, 32U, 4096U}) {
            CAPTURE(size);
            AgreedKey other = good;
            other.encrypted_key.resize(size);
            const SecretBytes out = open(*key, {}, other, 16);
            CHECK_FALSE(equal(out, kKey));
            CHECK(open(*key, {}, other, 16) == out);
        }
    }

    TEST_CASE("S02 an RSA key agrees on nothing and says nothing") {
        const auto ec = load(kP256);
        const auto rsa = load(kRsa2048);
        const AgreedKey good = agree_key(ec->public_key(), {}, std::nullopt, kKey).value();
        const auto originator = parse_ec_point(Curve::P256, good.originator).value();
        const SecretBytes out =
            rsa->agree_key({}, originator, std::nullopt, good.encrypted_key, 16);
        CHECK(out.size() == 16);
        CHECK_FALSE(equal(out, kKey));
        CHECK(rsa->agree_key({}, originator, std::nullopt, good.encrypted_key, 16) == out);
    }

    TEST_CASE("S05 an originator of another curve is a miss") {
        const auto key = load(kP256);
        const auto other = PrivateKey::generate_ec(Curve::P384).value();
        const AgreedKey good = agree_key(other->public_key(), {}, std::nullopt, kKey).value();
        const auto originator = parse_ec_point(Curve::P384, good.originator).value();
        CHECK_FALSE(
            equal(key->agree_key({}, originator, std::nullopt, good.encrypted_key, 16), kKey));
        CHECK_FALSE(equal(
            key->agree_key({}, load(kRsa2048)->public_key(), std::nullopt, good.encrypted_key, 16),
            kKey));
    }

    TEST_CASE("S05 a point is looked at before it is used") {
        const auto key = load(kP256);
        const Buffer good = to_buffer(key->public_key().key_octets());
        CHECK(parse_ec_point(Curve::P256, good).value() == key->public_key());
        Buffer compressed{static_cast<std::uint8_t>(2U + (good.back() & 1U))};
        append(compressed, Bytes(good).subspan(1, 32));
        CHECK(parse_ec_point(Curve::P256, compressed).value() == key->public_key());

        Buffer off_curve = good;
        off_curve.back() ^= 1;
        Buffer zeros(65, 0);
        zeros[0] = 0x04;
        Buffer long_point = good;
        long_point.push_back(0);
        for (const Buffer& bad : {off_curve,
                                  zeros,
                                  long_point,
                                  Buffer{0x00},  // the point at infinity
                                  Buffer{},
                                  Buffer(65, 0xff)}) {
            const auto refused = parse_ec_point(Curve::P256, bad, 100);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::Crypto);
            CHECK(refused.error().where.offset == 100);
        }
        CHECK_FALSE(parse_ec_point(Curve::P384, good));
    }

    TEST_CASE("what cannot be wrapped to is an error") {
        const auto rsa = agree_key(load(kRsa2048)->public_key(), {}, std::nullopt, kKey);
        REQUIRE_FALSE(rsa);
        CHECK(rsa.error().code == Errc::Crypto);
        const auto des = agree_key(load(kP256)->public_key(), {}, std::nullopt, Buffer(8, 1));
        REQUIRE_FALSE(des);
        CHECK(des.error().what == "a key of 8 octets cannot be wrapped by id-aes128-wrap");
    }

    TEST_CASE("what is written is read again, and the cofactor variants as the same") {
        for (const Digest kdf : kKdfs)
            for (const KeyWrap wrap : kWraps)
                for (const bool null : {false, true}) {
                    const KeyAgreement algorithm{.kdf = kdf, .wrap = wrap, .wrap_has_null = null};
                    asn1::Writer out;
                    write_key_agreement(out, algorithm);
                    CHECK(key_agreement(parse(out.bytes())).value() == algorithm);
                }
        const std::pair<asn1::Oid, Digest> cofactor[]{{oid::kCofactorDhSha1Kdf, Digest::Sha1},
                                                      {oid::kCofactorDhSha224Kdf, Digest::Sha224},
                                                      {oid::kCofactorDhSha256Kdf, Digest::Sha256},
                                                      {oid::kCofactorDhSha384Kdf, Digest::Sha384},
                                                      {oid::kCofactorDhSha512Kdf, Digest::Sha512}};
        for (const auto& [oid, kdf] : cofactor) {
            const Buffer der = scheme(oid, oid::kAes192Wrap, Parameters::Absent);
            CHECK(key_agreement(parse(der)).value() ==
                  KeyAgreement{.kdf = kdf, .wrap = KeyWrap::Aes192});
        }
    }

    TEST_CASE("what is not known is refused by its name") {
        CHECK(complaint(scheme(oid::kRsaEncryption, oid::kAes128Wrap, Parameters::Absent)) ==
              "key agreement rsaEncryption is not known");
        CHECK(complaint(scheme(oid::kStdDhSha256Kdf, oid::kCms3DesWrap, Parameters::Null)) ==
              "key wrap id-alg-CMS3DESwrap is not known");
        asn1::Writer bare;
        bare.algorithm(oid::kStdDhSha256Kdf, true);
        CHECK(complaint(bare.bytes()) ==
              "dhSinglePass-stdDH-sha256kdf-scheme without its key wrap");
        asn1::Writer odd;
        odd.sequence([&] {
            odd.oid(oid::kStdDhSha256Kdf);
            odd.sequence([&] {
                odd.oid(oid::kAes128Wrap);
                odd.integer(1);
            });
        });
        CHECK(complaint(odd.bytes()) == "id-aes128-wrap has parameters, want none");
    }

    TEST_CASE("the defaults are as strong as curve and cipher") {
        CHECK(default_agreement(Curve::P256, Cipher::Aes128Cbc) ==
              KeyAgreement{.kdf = Digest::Sha256, .wrap = KeyWrap::Aes128});
        CHECK(default_agreement(Curve::P384, Cipher::Aes256Cbc) ==
              KeyAgreement{.kdf = Digest::Sha384, .wrap = KeyWrap::Aes256});
        CHECK(default_agreement(Curve::P521, Cipher::Aes192Cbc) ==
              KeyAgreement{.kdf = Digest::Sha512, .wrap = KeyWrap::Aes256});
        CHECK(default_agreement(Curve::P256, Cipher::DesEde3Cbc).wrap == KeyWrap::Aes128);
    }
}
