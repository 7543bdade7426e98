#include <doctest/doctest.h>
#include <openssl/rsa.h>

#include "core/asn1/pem.hpp"
#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

constexpr std::array kDigests{
    Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512};

const Bytes kMessage = as_bytes(
    "a message that is longer than one block of any of the digests, so "
    "that it takes a few of them to be through with it, and then some");

std::vector<SignatureAlgorithm> rsa_algorithms() {
    std::vector<SignatureAlgorithm> out;
    for (const Digest digest : kDigests) {
        out.push_back({.digest = digest});
        for (const std::uint32_t salt : {0U, 20U, 64U})
            out.push_back({.kind = SignatureKind::RsaPss,
                           .digest = digest,
                           .mgf1 = digest,
                           .salt_length = salt});
    }
    out.push_back({.kind = SignatureKind::RsaPss,
                   .digest = Digest::Sha256,
                   .mgf1 = Digest::Sha1,
                   .salt_length = 32});
    return out;
}

const char* openssl_name(Digest digest) {
    return info(digest).openssl.data();
}

void set_padding(EVP_PKEY_CTX* context, const SignatureAlgorithm& algorithm) {
    if (algorithm.kind != SignatureKind::RsaPss)
        return;
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, openssl_name(algorithm.mgf1), nullptr) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, static_cast<int>(algorithm.salt_length)) ==
            1);
}

// OpenSSL's own one-shot call over a key from OpenSSL's own decoder.
bool openssl_verifies(Bytes spki, const SignatureAlgorithm& algorithm, Bytes signature) {
    const std::uint8_t* at = spki.data();
    const PkeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
    const MdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    REQUIRE(EVP_DigestVerifyInit_ex(context.get(),
                                    &parameters,
                                    openssl_name(algorithm.digest),
                                    nullptr,
                                    nullptr,
                                    key.get(),
                                    nullptr) == 1);
    set_padding(parameters, algorithm);
    return EVP_DigestVerify(context.get(),
                            signature.data(),
                            signature.size(),
                            kMessage.data(),
                            kMessage.size()) == 1;
}

Buffer openssl_signs(EVP_PKEY& key, const SignatureAlgorithm& algorithm) {
    const MdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    REQUIRE(EVP_DigestSignInit_ex(context.get(),
                                  &parameters,
                                  openssl_name(algorithm.digest),
                                  nullptr,
                                  nullptr,
                                  &key,
                                  nullptr) == 1);
    set_padding(parameters, algorithm);
    Buffer out(512);
    std::size_t size = out.size();
    REQUIRE(EVP_DigestSign(context.get(), out.data(), &size, kMessage.data(), kMessage.size()) ==
            1);
    out.resize(size);
    return out;
}

void both_ways(PrivateKey& key, const SignatureAlgorithm& algorithm) {
    CAPTURE(name(algorithm));
    CAPTURE(algorithm.salt_length);
    const Library& library = Library::standard();
    const Buffer ours = key.sign(algorithm, kMessage).value();
    CHECK(openssl_verifies(key.public_key().spki(), algorithm, ours));
    CHECK(verify(library, key.public_key(), algorithm, kMessage, ours));
    CHECK(verify(
        library, key.public_key(), algorithm, kMessage, openssl_signs(key.evp(), algorithm)));
    CHECK_FALSE(verify(library, key.public_key(), algorithm, as_bytes("another"), ours));
}

Buffer ecdsa_value(std::string_view r, std::string_view s) {
    asn1::Writer out;
    out.sequence([&] {
        out.unsigned_integer(hex(r));
        out.unsigned_integer(hex(s));
    });
    return std::move(out).take();
}

}  // namespace

TEST_SUITE("core/crypto signature") {
    TEST_CASE("RSA signatures agree with OpenSSL's, both ways") {
        const auto key = load(kRsa2048);
        for (const SignatureAlgorithm& algorithm : rsa_algorithms())
            both_ways(*key, algorithm);
    }

    TEST_CASE("ECDSA signatures agree with OpenSSL's, digests shorter and longer than the curve") {
        for (const Curve curve : {Curve::P256, Curve::P384, Curve::P521}) {
            const auto key = PrivateKey::generate_ec(curve).value();
            for (const Digest digest : kDigests)
                both_ways(*key, {.kind = SignatureKind::Ecdsa, .digest = digest});
        }
    }

    TEST_CASE("ECDSA takes the vectors of RFC 6979 section A.2.5") {
        const Buffer point =
            hex("04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
                "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
        const PublicKey key = parse_public_key(ec_spki(oid::kP256, point)).value();
        const SignatureAlgorithm sha256{.kind = SignatureKind::Ecdsa, .digest = Digest::Sha256};
        CHECK(verify(
            Library::standard(),
            key,
            sha256,
            as_bytes("sample"),
            ecdsa_value("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
                        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8")));
        const SignatureAlgorithm sha512{.kind = SignatureKind::Ecdsa, .digest = Digest::Sha512};
        CHECK(verify(
            Library::standard(),
            key,
            sha512,
            as_bytes("sample"),
            ecdsa_value("8496A60B5E9B47C825488827E0495B0E3FA109EC4568FD3F8D1097678EB97F00",
                        "2362AB1ADBE2B8ADF9CB9EDAB740EA6049C028114F2460F96554F61FAE3302FE")));
    }

    TEST_CASE("no flipped bit of a signature verifies") {
        const Library& library = Library::standard();
        for (const std::string_view pem : {kRsa2048, kP256}) {
            const auto key = load(pem);
            const SignatureAlgorithm algorithm =
                default_signature(key->public_key(), Digest::Sha256);
            const Buffer good = key->sign(algorithm, kMessage).value();
            for (std::size_t i = 0; i < good.size(); ++i) {
                Buffer bad = good;
                bad[i] ^= 0x04U;
                const Status verified =
                    verify(library, key->public_key(), algorithm, kMessage, bad);
                REQUIRE_FALSE(verified);
                CHECK(verified.error().code == Errc::Crypto);
            }
        }
    }

    TEST_CASE("signatures of the wrong length, or none, do not verify") {
        const Library& library = Library::standard();
        const auto key = load(kRsa2048);
        Buffer longer = key->sign({}, kMessage).value();
        const Buffer shorter(longer.begin(), longer.end() - 1);
        longer.insert(longer.begin(), 0);
        CHECK_FALSE(verify(library, key->public_key(), {}, kMessage, longer));
        CHECK_FALSE(verify(library, key->public_key(), {}, kMessage, shorter));
        CHECK_FALSE(verify(library, key->public_key(), {}, kMessage, {}));
        CHECK_FALSE(verify(library, key->public_key(), {}, kMessage, Buffer(256)));
        CHECK_FALSE(verify(
            library, load(kP256)->public_key(), {.kind = SignatureKind::Ecdsa}, kMessage, {}));
    }

    TEST_CASE("the salt length of PSS is exact") {
        const auto key = load(kRsa2048);
        SignatureAlgorithm algorithm{.kind = SignatureKind::RsaPss};
        const Buffer signature = key->sign(algorithm, kMessage).value();
        for (const std::uint32_t salt : {0U, 20U, 31U, 33U, 64U}) {
            algorithm.salt_length = salt;
            CHECK_FALSE(
                verify(Library::standard(), key->public_key(), algorithm, kMessage, signature));
        }
    }

    TEST_CASE("an algorithm that does not fit the key is a Crypto error both ways") {
        const auto rsa = load(kRsa2048);
        const auto ec = load(kP256);
        const Result<Buffer> by_rsa = rsa->sign({.kind = SignatureKind::Ecdsa}, kMessage);
        REQUIRE_FALSE(by_rsa);
        CHECK(by_rsa.error().code == Errc::Crypto);
        CHECK(by_rsa.error().what == "ECDSA with SHA-256 does not fit an RSA key");
        CHECK_FALSE(ec->sign({.kind = SignatureKind::RsaPss}, kMessage));
        const Status verified =
            verify(Library::standard(), ec->public_key(), {}, kMessage, Buffer(256));
        REQUIRE_FALSE(verified);
        CHECK(verified.error().what == "RSASSA-PKCS1-v1_5 with SHA-256 does not fit an EC key");
    }

    TEST_CASE("MD5 neither signs nor verifies without the legacy library") {
        const auto key = load(kRsa2048);
        const SignatureAlgorithm md5{.digest = Digest::Md5};
        const Result<Buffer> refused = key->sign(md5, kMessage);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::Policy);
        CHECK(refused.error().what == "signature digest MD5 is refused");
        const auto legacy = Library::with_legacy().value();
        key->use_library(*legacy);
        const Buffer signature = key->sign(md5, kMessage).value();
        CHECK(verify(*legacy, key->public_key(), md5, kMessage, signature));
        const Status verified =
            verify(Library::standard(), key->public_key(), md5, kMessage, signature);
        REQUIRE_FALSE(verified);
        CHECK(verified.error().code == Errc::Policy);
        CHECK_FALSE(verify(Library::standard(),
                           key->public_key(),
                           {.kind = SignatureKind::RsaPss, .mgf1 = Digest::Md5},
                           kMessage,
                           signature));
    }

    TEST_CASE("a key goes on signing with one algorithm after another") {
        const auto key = load(kRsa2048);
        for (int round = 0; round < 3; ++round)
            for (const SignatureAlgorithm& algorithm : rsa_algorithms()) {
                const Buffer signature = key->sign(algorithm, kMessage).value();
                CHECK(
                    verify(Library::standard(), key->public_key(), algorithm, kMessage, signature));
            }
    }

    TEST_CASE("S05 an undersized key that looser rules let in does verify") {
        const SignatureAlgorithm algorithm{};
        const SecretBytes der = asn1::parse_pem(kRsa1024, "test").value().front().content;
        const std::uint8_t* at = der.data();
        const PkeyPtr small(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
        REQUIRE(small);
        const Buffer signature = openssl_signs(*small, algorithm);
        std::uint8_t* raw = nullptr;
        const int size = i2d_PUBKEY(small.get(), &raw);
        const OpensslBytes owner(raw);
        const Bytes spki(raw, static_cast<std::size_t>(size));
        CHECK_FALSE(parse_public_key(spki));
        CHECK(verify(Library::standard(),
                     parse_public_key(spki, kDecodeKeys).value(),
                     algorithm,
                     kMessage,
                     signature));
    }
}
