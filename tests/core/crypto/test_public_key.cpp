#include <doctest/doctest.h>
#include <openssl/core_names.h>

#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

const Buffer kExponent{0x01, 0x00, 0x01};

// An odd number of just this many bits; whether it is a product of primes plays no part here.
Buffer modulus(std::size_t bits) {
    Buffer out((bits + 7) / 8, 0x5b);
    out.front() = static_cast<std::uint8_t>(1U << ((bits - 1) % 8));
    return out;
}

std::string refusal(const Buffer& spki, const KeyRules& rules = kStrictKeys) {
    const Result<PublicKey> key = parse_public_key(spki, rules);
    if (key)
        return "taken";
    CHECK(key.error().code == Errc::Crypto);
    CHECK(key.error().where.offset.has_value());
    return key.error().what;
}

Buffer p256_point() {
    return to_buffer(load(kP256)->public_key().key_octets());
}

// What OpenSSL's own decoder makes of it.
PkeyPtr second_opinion(Bytes spki) {
    const std::uint8_t* at = spki.data();
    PkeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
    CHECK(at == spki.data() + spki.size());
    return key;
}

}  // namespace

TEST_SUITE("core/crypto public key") {
    TEST_CASE("the re-encoded key is what OpenSSL encodes and reads") {
        for (const std::string_view pem : {kRsa2048, kP256}) {
            const auto key = load(pem);
            const Bytes spki = key->public_key().spki();
            const PkeyPtr other = second_opinion(spki);
            REQUIRE(other);
            CHECK(EVP_PKEY_eq(other.get(), &key->public_key().evp()) == 1);
            CHECK(EVP_PKEY_eq(other.get(), &key->evp()) == 1);
            std::uint8_t* raw = nullptr;
            const int size = i2d_PUBKEY(&key->evp(), &raw);
            const OpensslBytes owner(raw);
            CHECK(equal(spki, {raw, static_cast<std::size_t>(size)}));
        }
    }

    TEST_CASE("a key says what it is") {
        const auto rsa = load(kRsa2048);
        CHECK(rsa->public_key().type() == KeyType::Rsa);
        CHECK(rsa->public_key().bits() == 2048);
        CHECK(rsa->public_key().describe() == "RSA 2048 bits");
        const auto ec = load(kP256);
        CHECK(ec->public_key().type() == KeyType::Ec);
        CHECK(ec->public_key().curve() == Curve::P256);
        CHECK(ec->public_key().bits() == 256);
        CHECK(ec->public_key().describe() == "EC P-256");
        CHECK_FALSE(rsa->public_key() == ec->public_key());
        CHECK(parse_public_key(rsa->public_key().spki()).value() == rsa->public_key());
    }

    TEST_CASE("key identifiers are the SHA-1 of the key bits") {
        // openssl req -x509 -key ... prints these as subjectKeyIdentifier.
        CHECK(to_hex(load(kRsa2048)->public_key().key_identifier()) ==
              "6d087b1e7f537423a49470e25c32e00dbef0ec9e");
        CHECK(to_hex(load(kP256)->public_key().key_identifier()) ==
              "92c17ebd910617444589a70794078e2c472e9da5");
    }

    TEST_CASE("every curve is read, and its point re-encoded uncompressed") {
        for (const Curve curve : {Curve::P256, Curve::P384, Curve::P521}) {
            CAPTURE(curve_name(curve));
            const auto key = PrivateKey::generate_ec(curve).value();
            CHECK(key->public_key().curve() == curve);
            const Bytes point = key->public_key().key_octets();
            const std::size_t width = (point.size() - 1) / 2;
            Buffer compressed = to_buffer(point.first(1 + width));
            compressed[0] = static_cast<std::uint8_t>(0x02U | (point.back() & 1U));
            const Result<PublicKey> same = parse_public_key(ec_spki(oid_of(curve), compressed));
            REQUIRE(same);
            CHECK(*same == key->public_key());
            CHECK(EVP_PKEY_eq(&same->evp(), &key->evp()) == 1);
        }
    }

    TEST_CASE("BER spellings of a key come out as DER") {
        const auto key = load(kRsa2048);
        const Bytes body = key->public_key().spki().subspan(4);
        Buffer ber{0x30, 0x80};
        append(ber, body);
        append(ber, Buffer{0x00, 0x00});
        CHECK(parse_public_key(ber).value() == key->public_key());
        Buffer without_null = hex("3082011d 300b 06092a864886f70d010101");
        append(without_null, body.subspan(15));
        without_null[3] = static_cast<std::uint8_t>(without_null.size() - 4);
        CHECK(parse_public_key(without_null).value() == key->public_key());
    }

    TEST_CASE("malformed keys are Der errors with an absolute offset") {
        Buffer trailing = to_buffer(load(kRsa2048)->public_key().spki());
        const std::size_t whole = trailing.size();
        trailing.push_back(0);
        const Result<PublicKey> key = parse_public_key(trailing, kStrictKeys, 100);
        REQUIRE_FALSE(key);
        CHECK(key.error().code == Errc::Der);
        CHECK(key.error().where.offset == 100 + whole);
        CHECK_FALSE(parse_public_key({}));
    }

    TEST_CASE("every truncation and every flipped octet is refused or gives a fit key") {
        for (const std::string_view pem : {kRsa2048, kP256}) {
            const auto loaded = load(pem);
            const Buffer spki = to_buffer(loaded->public_key().spki());
            for (std::size_t i = 0; i < spki.size(); ++i) {
                CHECK_FALSE(parse_public_key(Bytes(spki).first(i)));
                Buffer bent = spki;
                bent[i] ^= 0x11U;
                if (const Result<PublicKey> key = parse_public_key(bent))
                    CHECK(key->type() == KeyType::Rsa);  // a point off the curve is refused
            }
        }
    }

    TEST_CASE("unknown key types are named") {
        CHECK(refusal(hex("302a 3005 0603 2b6570 0321"
                          "000000000000000000000000000000000000000000000000000000000000000000")) ==
              "key type id-Ed25519 is not known, want rsaEncryption or id-ecPublicKey");
    }
}

TEST_SUITE("core/crypto rules for public keys") {
    TEST_CASE("S05 an RSA exponent is odd and between 65537 and 2^32") {
        const Buffer n = modulus(2048);
        CHECK(refusal(rsa_spki(n, kExponent)) == "taken");
        CHECK(refusal(rsa_spki(n, hex("ffffffff"))) == "taken");
        CHECK(refusal(rsa_spki(n, hex("01"))) == "RSA exponent 1, want at least 65537");
        CHECK(refusal(rsa_spki(n, hex("03"))) == "RSA exponent 3, want at least 65537");
        CHECK(refusal(rsa_spki(n, {})) == "RSA exponent 0, want at least 65537");
        CHECK(refusal(rsa_spki(n, hex("ffff"))) == "RSA exponent 65535, want at least 65537");
        CHECK(refusal(rsa_spki(n, hex("010002"))) == "RSA exponent is even");
        CHECK(refusal(rsa_spki(n, hex("0100000001"))) ==
              "RSA exponent of 33 bits, want at most 32");
        CHECK(refusal(rsa_spki(modulus(3072), modulus(3072))) ==
              "RSA exponent of 3072 bits, want at most 32");
        CHECK(refusal(rsa_spki(n, n)) == "RSA exponent of 2048 bits, want at most 32");
    }

    TEST_CASE("S05 an RSA modulus is odd") {
        Buffer n = modulus(2048);
        n.back() = 0x5a;
        CHECK(refusal(rsa_spki(n, kExponent)) == "RSA modulus is even");
    }

    TEST_CASE("S05 an RSA key has 2048 to 8192 bits") {
        CHECK(refusal(rsa_spki(modulus(1024), kExponent)) ==
              "RSA key of 1024 bits, want 2048 to 8192");
        CHECK(refusal(rsa_spki(modulus(2047), kExponent)) ==
              "RSA key of 2047 bits, want 2048 to 8192");
        CHECK(refusal(rsa_spki(modulus(8192), kExponent)) == "taken");
        CHECK(refusal(rsa_spki(modulus(8193), kExponent)) ==
              "RSA key of 8193 bits, want 2048 to 8192");
        CHECK(refusal(rsa_spki({}, kExponent)) == "RSA key of 0 bits, want 2048 to 8192");
    }

    TEST_CASE("S05 undersized keys pass only rules that open them, and say so") {
        const KeyRules legacy{.min_rsa_bits = limits::kMinRsaBitsLegacy};
        const Result<PublicKey> small =
            parse_public_key(rsa_spki(modulus(1024), kExponent), legacy);
        REQUIRE(small);
        CHECK_FALSE(satisfies(*small, kStrictKeys));
        CHECK(satisfies(*small, legacy));
        CHECK(refusal(rsa_spki(modulus(1023), kExponent), legacy) ==
              "RSA key of 1023 bits, want 1024 to 8192");
        CHECK(parse_public_key(rsa_spki(modulus(512), kExponent), kDecodeKeys));
        CHECK(refusal(rsa_spki(modulus(511), kExponent), kDecodeKeys) ==
              "RSA key of 511 bits, want 512 to 8192");
        CHECK(satisfies(load(kP256)->public_key(), kStrictKeys));
    }

    TEST_CASE("S05 a negative modulus is refused") {
        Buffer spki = rsa_spki(modulus(2048), kExponent);
        for (std::size_t i = 0; i + 1 < spki.size(); ++i)
            if (spki[i] == 0x80 && spki[i + 1] == 0x5b) {
                spki[i - 1] = 0x80;  // the leading zero octet
                break;
            }
        const Result<PublicKey> key = parse_public_key(spki);
        REQUIRE_FALSE(key);
        CHECK(key.error().what == "negative INTEGER");
    }

    TEST_CASE("S05 an EC point is on its curve") {
        Buffer point = p256_point();
        CHECK(refusal(ec_spki(oid::kP256, point)) == "taken");
        point.back() ^= 1U;
        CHECK(refusal(ec_spki(oid::kP256, point)) == "EC point is not on P-256");
        CHECK_FALSE(parse_public_key(ec_spki(oid::kP384, p256_point())));
    }

    TEST_CASE("S05 a coordinate above the field is refused") {
        Buffer point(65, 0xff);
        point[0] = 0x04;
        CHECK_FALSE(parse_public_key(ec_spki(oid::kP256, point)));
    }

    TEST_CASE("S05 the point at infinity, hybrid and cut points are refused") {
        Buffer hybrid = p256_point();
        hybrid[0] = static_cast<std::uint8_t>(0x06U | (hybrid.back() & 1U));
        Buffer cut = p256_point();
        cut.pop_back();
        for (const Buffer& point : {Buffer{0x00}, Buffer{}, hybrid, cut, Buffer(65, 0)})
            CHECK(refusal(ec_spki(oid::kP256, point)) == "malformed EC point for P-256");
    }

    TEST_CASE("S05 a compressed point without a root is refused") {
        Buffer point(33, 0);
        point[0] = 0x02;
        bool refused = false;
        for (std::uint8_t x = 0; x < 32; ++x) {  // half of all x have no y
            point.back() = x;
            refused = refused || !parse_public_key(ec_spki(oid::kP256, point));
        }
        CHECK(refused);
    }

    TEST_CASE("S05 only named curves, and only the three") {
        CHECK(refusal(ec_spki(asn1::Oid("1.3.132.0.10"), p256_point())) ==
              "EC curve 1.3.132.0.10 is not known, want P-256, P-384 or P-521");
        const auto with_parameters = [](std::string_view parameters) {
            asn1::Writer out;
            out.sequence([&] {
                out.sequence([&] {
                    out.oid(oid::kEcPublicKey);
                    out.raw(hex(parameters));
                });
                out.bit_string(p256_point());
            });
            return std::move(out).take();
        };
        CHECK(refusal(with_parameters("3000")) == "EC key without a named curve");
        CHECK(refusal(with_parameters("0500")) == "EC key without a named curve");
        CHECK(refusal(with_parameters("")) == "EC key without a named curve");
        // P-256 itself with its numbers written out, as openssl -pkeyopt ec_param_enc:explicit.
        const auto key = load(kP256);
        PkeyPtr pkey(EVP_PKEY_dup(&key->evp()));
        REQUIRE(EVP_PKEY_set_utf8_string_param(
                    pkey.get(), OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1);
        std::uint8_t* raw = nullptr;
        const int size = i2d_PUBKEY(pkey.get(), &raw);
        const OpensslBytes owner(raw);
        REQUIRE(size > 200);
        CHECK(refusal(Buffer(raw, raw + size)) == "EC key without a named curve");
    }
}
