// SECURITY rule S06.
#include <functional>

#include <doctest/doctest.h>

#include "core/crypto/password.hpp"
#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

const Buffer kKey = hex("000102030405060708090a0b0c0d0e0f");

// The two AlgorithmIdentifiers of a PasswordRecipientInfo in parts that a test replaces.
struct Recipe {
    std::optional<asn1::Oid> derivation = oid::kPbkdf2;
    std::function<void(asn1::Writer&)> salt = [](asn1::Writer& out) {
        out.octet_string(as_bytes("12345678"));
    };
    std::function<void(asn1::Writer&)> count = [](asn1::Writer& out) { out.integer(2048); };
    std::function<void(asn1::Writer&)> rest = [](asn1::Writer&) {};
    asn1::Oid encryption = oid::kPwriKek;
    asn1::Oid cipher = oid::kAes128Cbc;
    std::size_t iv = 16;

    Result<PasswordEncryption> read() const {
        const Buffer derived = derivation ? der_of_derivation() : Buffer{};
        const Buffer encrypted = der_of_encryption();
        std::optional<asn1::AlgorithmIdentifier> one;
        if (derivation)
            one = parse(derived);
        return password_encryption(one, parse(encrypted));
    }

    Buffer der_of_derivation() const {
        asn1::Writer out;
        out.sequence([&] {
            out.oid(*derivation);
            out.sequence([&] {
                salt(out);
                count(out);
                rest(out);
            });
        });
        return std::move(out).take();
    }

    Buffer der_of_encryption() const {
        asn1::Writer out;
        out.sequence([&] {
            out.oid(encryption);
            out.sequence([&] {
                out.oid(cipher);
                out.octet_string(Buffer(iv, 7));
            });
        });
        return std::move(out).take();
    }

    static asn1::AlgorithmIdentifier parse(const Buffer& der) {
        asn1::Reader in(der);
        return asn1::algorithm_identifier(in, "test").value();
    }
};

PasswordEncryption quick(Cipher cipher = Cipher::Aes128Cbc) {
    return {.iterations = 10, .salt = Buffer(16, 3), .cipher = cipher, .iv = Buffer(16, 4)};
}

// Two passes of AES-128-CBC in one chain, by OpenSSL and the letter of RFC 3211 section 2.3.1.
Buffer chain_twice(std::string_view password, const PasswordEncryption& with, Bytes block) {
    Buffer key(16);
    REQUIRE(PKCS5_PBKDF2_HMAC(password.data(),
                              static_cast<int>(password.size()),
                              with.salt.data(),
                              static_cast<int>(with.salt.size()),
                              static_cast<int>(with.iterations),
                              EVP_sha256(),
                              16,
                              key.data()) == 1);
    const CipherCtxPtr context(EVP_CIPHER_CTX_new());
    REQUIRE(EVP_EncryptInit_ex2(
                context.get(), EVP_aes_128_cbc(), key.data(), with.iv.data(), nullptr) == 1);
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    Buffer out = to_buffer(block);
    int size = 0;
    for (int pass = 0; pass < 2; ++pass)
        REQUIRE(EVP_EncryptUpdate(
                    context.get(), out.data(), &size, out.data(), static_cast<int>(out.size())) ==
                1);
    return out;
}

SecretBytes secret(std::string_view text) {
    return to_secret(text);
}

}  // namespace

TEST_SUITE("core/crypto password") {
    TEST_CASE("what is wrapped opens with the same password, over ciphers, PRFs and sizes") {
        SeededRandom random(1);
        PasswordDecrypter password(secret("swordfish"));
        PasswordDecrypter wrong(secret("Swordfish"));
        for (const Cipher cipher : {Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc})
            for (const Digest prf :
                 {Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512})
                for (const std::size_t size : {3U, 8U, 12U, 16U, 24U, 28U, 29U, 32U, 255U}) {
                    CAPTURE(size);
                    PasswordEncryption encryption = quick(cipher);
                    encryption.prf = prf;
                    const Buffer key = random.bytes(size);
                    const Buffer wrapped = wrap_key(as_bytes("swordfish"), encryption, key, random);
                    CHECK(wrapped.size() % 16 == 0);
                    CHECK(wrapped.size() >= 32);
                    CHECK(equal(password.unwrap_key(encryption, wrapped, size), key));
                    CHECK_FALSE(equal(wrong.unwrap_key(encryption, wrapped, size), key));
                }
    }

    TEST_CASE("salt, iterations, PRF, cipher and IV all count") {
        SeededRandom random(1);
        PasswordDecrypter password(secret("swordfish"));
        const Buffer wrapped = wrap_key(as_bytes("swordfish"), quick(), kKey, random);
        const std::function<void(PasswordEncryption&)> bends[]{
            [](PasswordEncryption& e) { e.salt[0] ^= 1; },
            [](PasswordEncryption& e) { e.iterations = 11; },
            [](PasswordEncryption& e) { e.prf = Digest::Sha1; },
            [](PasswordEncryption& e) { e.cipher = Cipher::Aes256Cbc; },
            [](PasswordEncryption& e) { e.iv[0] ^= 1; }};
        for (const auto& bend : bends) {
            PasswordEncryption other = quick();
            bend(other);
            CHECK_FALSE(equal(password.unwrap_key(other, wrapped, 16), kKey));
        }
    }

    TEST_CASE("an empty password is one like any other") {
        SeededRandom random(1);
        const Buffer wrapped = wrap_key({}, quick(), kKey, random);
        CHECK(equal(PasswordDecrypter({}).unwrap_key(quick(), wrapped, 16), kKey));
    }

    TEST_CASE("S02 a key that does not open gives a key of its own") {
        SeededRandom random(1);
        PasswordDecrypter password(secret("swordfish"));
        PasswordDecrypter twin(secret("swordfish"));
        const Buffer good = wrap_key(as_bytes("swordfish"), quick(), kKey, random);
        for (std::size_t at = 0; at < good.size(); ++at) {
            Buffer bent = good;
            bent[at] ^= 0x10;
            const SecretBytes out = password.unwrap_key(quick(), bent, 16);
            CHECK(out.size() == 16);
            CHECK_FALSE(equal(out, kKey));
            CHECK(password.unwrap_key(quick(), bent, 16) == out);
            CHECK_FALSE(twin.unwrap_key(quick(), bent, 16) == out);
        }
    }

    TEST_CASE("S02 so does one of another size, whatever size that is") {
        SeededRandom random(1);
        PasswordDecrypter password(secret("swordfish"));
        const Buffer good = wrap_key(as_bytes("swordfish"), quick(), kKey, random);
        for (const std::size_t size : {3U, 15U, 17U, 24U, 32U, 255U}) {
            CAPTURE(size);
            const SecretBytes out = password.unwrap_key(quick(), good, size);
            CHECK(out.size() == size);
            CHECK_FALSE(equal(Bytes(out).first(3), Bytes(kKey).first(3)));
        }
        for (const std::size_t size : {0U, 1U, 16U, 31U, 33U, 48U, 288U, 65536U}) {
            CAPTURE(size);
            Buffer other = good;
            other.resize(size);
            const SecretBytes out = password.unwrap_key(quick(), other, 16);
            CHECK_FALSE(equal(out, kKey));
            CHECK(password.unwrap_key(quick(), other, 16) == out);
        }
    }

    TEST_CASE("S02 only the block that RFC 3211 describes opens, with as much noise as it has") {
        Buffer block{16, 0xff, 0xfe, 0xfd};  // length, check octets, key, noise
        append(block, kKey);
        block.resize(32, 0x99);
        PasswordDecrypter password(secret("x"));
        const auto opens = [&](const Buffer& plain) {
            return equal(password.unwrap_key(quick(), chain_twice("x", quick(), plain), 16), kKey);
        };
        CHECK(opens(block));
        for (const std::size_t octets : {48U, 64U, 272U}) {
            Buffer noisy = block;
            noisy.resize(octets, 0x55);
            CHECK(opens(noisy));
        }
        for (const std::size_t at : {0U, 1U, 2U, 3U}) {
            Buffer bent = block;
            bent[at] ^= 1;
            CHECK_FALSE(opens(bent));
        }
        Buffer endless = block;
        endless.resize(288, 0x55);
        CHECK_FALSE(opens(endless));
    }

    TEST_CASE("an absent PRF is HMAC-SHA1, and what is written is read again") {
        const auto absent = Recipe{}.read();
        REQUIRE(absent);
        CHECK(absent->prf == Digest::Sha1);
        CHECK(absent->iterations == 2048);
        CHECK(absent->salt == Buffer{'1', '2', '3', '4', '5', '6', '7', '8'});
        CHECK(absent->cipher == Cipher::Aes128Cbc);
        CHECK(absent->iv == Buffer(16, 7));

        SeededRandom random(1);
        for (const Cipher content :
             {Cipher::DesEde3Cbc, Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc}) {
            const PasswordEncryption encryption = default_password_encryption(content, random);
            CHECK(encryption.prf == Digest::Sha256);
            CHECK(encryption.iterations == limits::kPbkdf2Iterations);
            CHECK(encryption.salt.size() == 16);
            CHECK(encryption.cipher ==
                  (content == Cipher::DesEde3Cbc ? Cipher::Aes128Cbc : content));
            asn1::Writer derivation, key;
            write_key_derivation(derivation, encryption);
            write_key_encryption(key, encryption);
            asn1::Reader in(derivation.bytes());
            const auto tagged = in.expect(asn1::context(0), "test").value();
            const auto read = password_encryption(
                asn1::algorithm_identifier(tagged, "test").value(), Recipe::parse(key.bytes()));
            REQUIRE(read);
            CHECK(read->prf == encryption.prf);
            CHECK(read->iterations == encryption.iterations);
            CHECK(read->salt == encryption.salt);
            CHECK(read->cipher == encryption.cipher);
            CHECK(read->iv == encryption.iv);
        }
    }

    TEST_CASE("every PRF that is known") {
        const std::pair<asn1::Oid, Digest> rows[]{{oid::kHmacSha1, Digest::Sha1},
                                                  {oid::kHmacSha224, Digest::Sha224},
                                                  {oid::kHmacSha256, Digest::Sha256},
                                                  {oid::kHmacSha384, Digest::Sha384},
                                                  {oid::kHmacSha512, Digest::Sha512}};
        for (const auto& row : rows)
            for (const bool null : {false, true}) {
                Recipe recipe;
                recipe.rest = [&](asn1::Writer& out) { out.algorithm(row.first, null); };
                CHECK(recipe.read().value().prf == row.second);
            }
    }

    TEST_CASE("the limits themselves are taken") {
        Recipe recipe;
        recipe.salt = [](asn1::Writer& out) { out.octet_string(Buffer(64, 1)); };
        recipe.count = [](asn1::Writer& out) { out.integer(100'000); };
        recipe.rest = [](asn1::Writer& out) { out.integer(16); };
        CHECK(recipe.read());
    }

    TEST_CASE("S06 what is beyond a limit or not known is refused by its name") {
        struct Row {
            std::string_view what;
            std::function<void(Recipe&)> bend;
        };

        using W = asn1::Writer;
        const Row rows[]{
            {"PBKDF2 with 100001 iterations, the limit is 100000",
             [](Recipe& r) { r.count = [](W& out) { out.integer(100'001); }; }},
            {"PBKDF2 with 2147483647 iterations, the limit is 100000",
             [](Recipe& r) { r.count = [](W& out) { out.integer(2147483647); }; }},
            {"PBKDF2 with 4294967295 iterations or more, the limit is 100000",
             [](Recipe& r) { r.count = [](W& out) { out.unsigned_integer(Buffer(40, 0xff)); }; }},
            {"PBKDF2 with no iterations",
             [](Recipe& r) { r.count = [](W& out) { out.integer(0); }; }},
            {"PBKDF2 with a salt of 65 octets, the limit is 64",
             [](Recipe& r) { r.salt = [](W& out) { out.octet_string(Buffer(65, 1)); }; }},
            {"PBKDF2 with a salt of 1000000 octets, the limit is 64",
             [](Recipe& r) { r.salt = [](W& out) { out.octet_string(Buffer(1'000'000, 1)); }; }},
            {"PBKDF2 with a salt from elsewhere, want one in place",
             [](Recipe& r) { r.salt = [](W& out) { out.algorithm(oid::kSha256, false); }; }},
            {"PBKDF2 with a key length that differs from the cipher's 16 octets",
             [](Recipe& r) { r.rest = [](W& out) { out.integer(32); }; }},
            {"PBKDF2 with PRF MD5, which is not known",
             [](Recipe& r) { r.rest = [](W& out) { out.algorithm(oid::kMd5, true); }; }},
            {"PBKDF2 with PRF id-hmacWithSHA256 and parameters",
             [](Recipe& r) {
                 r.rest = [](W& out) {
                     out.sequence([&] {
                         out.oid(oid::kHmacSha256);
                         out.integer(1);
                     });
                 };
             }},
            {"key derivation 1.2.840.113549.1.5.10 is not known, want PBKDF2",
             [](Recipe& r) { r.derivation = asn1::Oid("1.2.840.113549.1.5.10"); }},
            {"a password without key derivation, want PBKDF2",
             [](Recipe& r) { r.derivation = std::nullopt; }},
            {"key encryption id-aes128-wrap under a password is not known",
             [](Recipe& r) { r.encryption = oid::kAes128Wrap; }},
            {"id-alg-PWRI-KEK over DES-EDE3-CBC, want AES-CBC",
             [](Recipe& r) { r.cipher = oid::kDesEde3Cbc; }},
            {"id-alg-PWRI-KEK over RC2-CBC, want AES-CBC",
             [](Recipe& r) { r.cipher = oid::kRc2Cbc; }},
            {"AES-128-CBC without its IV", [](Recipe& r) { r.iv = 15; }}};
        for (const Row& row : rows) {
            CAPTURE(row.what);
            Recipe recipe;
            row.bend(recipe);
            const auto refused = recipe.read();
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::Protocol);
            CHECK(refused.error().what == row.what);
        }
    }

    TEST_CASE("S04 octets left over in the parameters are refused") {
        Recipe recipe;
        recipe.rest = [](asn1::Writer& out) {
            out.algorithm(oid::kHmacSha256, true);
            out.null();
        };
        CHECK_FALSE(recipe.read());
    }
}
