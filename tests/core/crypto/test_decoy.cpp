#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "core/crypto/decoy.hpp"
#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

const Library& library() {
    return Library::standard();
}

PublicKey key_of(KeyType type) {
    return parse_public_key(decoy(type).spki).value();
}

const PublicKey& rsa_2048() {
    static const PublicKey key = load(kRsa2048)->public_key();
    return key;
}

const PublicKey& p256() {
    static const PublicKey key = load(kP256)->public_key();
    return key;
}

Buffer modulus() {
    asn1::Reader in(rsa_2048().key_octets());
    asn1::Reader inside = in.enter(in.next("RSAPublicKey").value()).value();
    Bytes octets = inside.next("modulus").value().content;
    return to_buffer(octets.subspan(octets.size() - 256));
}

// The neighbour below.
Buffer one_less(Buffer number) {
    REQUIRE((number.back() & 1U) == 1);
    number.back() ^= 1U;
    return number;
}

// ECDSA-Sig-Value of any two numbers.
Buffer pair(Bytes r, Bytes s) {
    asn1::Writer out;
    out.sequence([&] {
        out.unsigned_integer(r);
        out.unsigned_integer(s);
    });
    return std::move(out).take();
}

constexpr SignatureAlgorithm kPkcs1{};
constexpr SignatureAlgorithm kPss{.kind = SignatureKind::RsaPss};
constexpr SignatureAlgorithm kEcdsa{.kind = SignatureKind::Ecdsa};

}  // namespace

TEST_SUITE("core/crypto decoy") {
    TEST_CASE("a decoy is a key as devices have them, and checking its signature is work") {
        CHECK(key_of(KeyType::Rsa).describe() == "RSA 2048 bits");
        CHECK(key_of(KeyType::Ec).describe() == "EC P-256");
        for (const KeyType type : {KeyType::Rsa, KeyType::Ec}) {
            const Decoy& made = decoy(type);
            CHECK(key_of(type).type() == type);
            CHECK(fits(library(), key_of(type), made.algorithm, made.signature));
        }
    }

    TEST_CASE("a decoy's signature is not its own, and no trace of finding that out is left") {
        for (const KeyType type : {KeyType::Rsa, KeyType::Ec}) {
            const Decoy& made = decoy(type);
            const Status verified =
                verify(library(), key_of(type), made.algorithm, made.spki, made.signature);
            REQUIRE_FALSE(verified);
            CHECK(verified.error().code == Errc::Crypto);
            CHECK(verified.error().what == "the signature does not verify");
            verify_decoy(library(), type);
            CHECK(ERR_peek_error() == 0);
        }
    }

    TEST_CASE("what verify() refuses by its form does not fit") {
        struct Row {
            std::string_view name;
            const PublicKey& key;
            SignatureAlgorithm algorithm;
            Buffer signature;
            bool fit;
        };

        const Buffer number(256, 0x5a);
        const Buffer good_pair = pair(Buffer{5}, Buffer{7});
        const Row rows[]{{"RSA", rsa_2048(), kPkcs1, number, true},
                         {"PSS", rsa_2048(), kPss, number, true},
                         {"EC", p256(), kEcdsa, good_pair, true},
                         {"an RSA algorithm for an EC key", p256(), kPkcs1, number, false},
                         {"an EC algorithm for an RSA key", rsa_2048(), kEcdsa, good_pair, false},
                         {"MD5", rsa_2048(), {.digest = Digest::Md5}, number, false},
                         {"MD5 with EC",
                          p256(),
                          {.kind = SignatureKind::Ecdsa, .digest = Digest::Md5},
                          good_pair,
                          false},
                         {"MD5 in the mask of PSS",
                          rsa_2048(),
                          {.kind = SignatureKind::RsaPss, .mgf1 = Digest::Md5},
                          number,
                          false},
                         {"no RSA signature", rsa_2048(), kPkcs1, {}, false},
                         {"a short one", rsa_2048(), kPkcs1, Buffer(255, 0x5a), false},
                         {"a short one of PSS", rsa_2048(), kPss, Buffer(255, 0x5a), true},
                         {"a long one", rsa_2048(), kPkcs1, Buffer(257, 0), false},
                         {"a long one of PSS", rsa_2048(), kPss, Buffer(257, 0), false},
                         {"just below the modulus", rsa_2048(), kPkcs1, one_less(modulus()), true},
                         {"the modulus", rsa_2048(), kPkcs1, modulus(), false},
                         {"the modulus in PSS", rsa_2048(), kPss, modulus(), false},
                         {"no EC signature", p256(), kEcdsa, {}, false},
                         {"no pair", p256(), kEcdsa, Buffer(70, 0x30), false},
                         {"a pair and more", p256(), kEcdsa, hex("3006020105020107 00"), false},
                         {"BER", p256(), kEcdsa, hex("308106020105020107"), false},
                         {"a negative number", p256(), kEcdsa, hex("30060201850201 07"), false},
                         {"zero first", p256(), kEcdsa, pair(Buffer{0}, Buffer{7}), false},
                         {"zero second", p256(), kEcdsa, pair(Buffer{5}, Buffer{0}), false}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            CHECK(fits(library(), row.key, row.algorithm, row.signature) == row.fit);
            CHECK(ERR_peek_error() == 0);
        }
    }

    TEST_CASE("a key's own signatures fit") {
        std::vector<std::unique_ptr<PrivateKey>> keys;
        keys.push_back(load(kRsa2048));
        for (const Curve curve : {Curve::P256, Curve::P384, Curve::P521})
            keys.push_back(PrivateKey::generate_ec(curve).value());
        for (const auto& key : keys) {
            const PublicKey& own = key->public_key();
            CAPTURE(own.describe());
            const SignatureAlgorithm algorithm = default_signature(own, Digest::Sha256);
            for (const std::string_view message : {"one", "two", "three", "four"})
                CHECK(fits(
                    library(), own, algorithm, key->sign(algorithm, as_bytes(message)).value()));
        }
    }

    TEST_CASE("the order of each curve is the limit of its signatures") {
        for (const Curve curve : {Curve::P256, Curve::P384, Curve::P521}) {
            const PublicKey key = PrivateKey::generate_ec(curve).value()->public_key();
            CAPTURE(key.describe());
            BIGNUM* raw = nullptr;
            REQUIRE(EVP_PKEY_get_bn_param(&key.evp(), OSSL_PKEY_PARAM_EC_ORDER, &raw) == 1);
            const BnPtr order(raw);
            Buffer number(static_cast<std::size_t>(BN_num_bytes(order.get())));
            BN_bn2bin(order.get(), number.data());
            CHECK_FALSE(fits(library(), key, kEcdsa, pair(number, number)));
            CHECK(fits(library(), key, kEcdsa, pair(one_less(number), one_less(number))));
        }
    }

    TEST_CASE("what a library admits fits") {
        const auto legacy = Library::with_legacy().value();
        CHECK(fits(*legacy, rsa_2048(), {.digest = Digest::Md5}, Buffer(256, 0x5a)));
    }
}
