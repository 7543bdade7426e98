#include <doctest/doctest.h>
#include <openssl/rsa.h>

#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

constexpr KeyTransport kPkcs1{};
constexpr std::array kOaep{
    KeyTransport{.oaep = true},
    KeyTransport{.oaep = true, .digest = Digest::Sha224, .mgf1 = Digest::Sha224},
    KeyTransport{.oaep = true, .digest = Digest::Sha256, .mgf1 = Digest::Sha256},
    KeyTransport{.oaep = true, .digest = Digest::Sha256, .mgf1 = Digest::Sha1},
    KeyTransport{.oaep = true, .digest = Digest::Sha384, .mgf1 = Digest::Sha384},
    KeyTransport{.oaep = true, .digest = Digest::Sha512, .mgf1 = Digest::Sha512},
};

const Buffer kKey = hex("000102030405060708090a0b0c0d0e0f");

// The RSA operation over a block of the test's own making.
Buffer encrypt_raw(const PublicKey& key, Bytes block) {
    const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, &key.evp(), nullptr));
    REQUIRE(EVP_PKEY_encrypt_init(context.get()) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1);
    Buffer out(block.size());
    std::size_t size = out.size();
    REQUIRE(EVP_PKEY_encrypt(context.get(), out.data(), &size, block.data(), block.size()) == 1);
    return out;
}

// 00 02 nonzero 00 key, for a 2048-bit modulus.
Buffer block_of(Bytes key) {
    Buffer out(256, 0xa5);
    out[0] = 0x00;
    out[1] = 0x02;
    out[255 - key.size()] = 0x00;
    std::ranges::copy(key, out.end() - static_cast<std::ptrdiff_t>(key.size()));
    return out;
}

// OpenSSL's own decryption, with the padding that it takes off itself.
Buffer openssl_unwraps(EVP_PKEY& key, const KeyTransport& transport, Bytes wrapped) {
    const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, &key, nullptr));
    REQUIRE(EVP_PKEY_decrypt_init(context.get()) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(
                context.get(), transport.oaep ? RSA_PKCS1_OAEP_PADDING : RSA_PKCS1_PADDING) == 1);
    if (transport.oaep) {
        const char* digest = info(transport.digest).openssl.data();
        const char* mgf1 = info(transport.mgf1).openssl.data();
        REQUIRE(EVP_PKEY_CTX_set_rsa_oaep_md_name(context.get(), digest, nullptr) == 1);
        REQUIRE(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context.get(), mgf1, nullptr) == 1);
    }
    Buffer out(512);
    std::size_t size = out.size();
    REQUIRE(EVP_PKEY_decrypt(context.get(), out.data(), &size, wrapped.data(), wrapped.size()) ==
            1);
    out.resize(size);
    return out;
}

// A miss is a key of the right size that depends on the ciphertext and the object, nothing else.
void check_miss(PrivateKey& key, const KeyTransport& transport, Bytes wrapped, std::size_t size) {
    const SecretBytes first = key.unwrap_key(transport, wrapped, size);
    CHECK(first.size() == size);
    CHECK_FALSE(equal(first, kKey));
    CHECK(key.unwrap_key(transport, wrapped, size) == first);
    const auto twin = load(kRsa2048);
    CHECK_FALSE(twin->unwrap_key(transport, wrapped, size) == first);
    // The same function of the ciphertext whatever the reason: an EC key's is of that kind too.
    Buffer other = to_buffer(wrapped);
    other.push_back(0);
    CHECK_FALSE(key.unwrap_key(transport, other, size) == first);
}

}  // namespace

TEST_SUITE("core/crypto key transport") {
    TEST_CASE("a wrapped key opens, here and with OpenSSL") {
        const auto key = load(kRsa2048);
        SeededRandom random(2);
        std::vector<KeyTransport> transports(kOaep.begin(), kOaep.end());
        transports.push_back(kPkcs1);
        for (const KeyTransport& transport : transports)
            for (const std::size_t size : {8U, 16U, 24U, 32U}) {
                CAPTURE(size);
                const Buffer content_key = random.bytes(size);
                const Buffer wrapped = wrap_key(key->public_key(), transport, content_key).value();
                CHECK(wrapped.size() == 256);
                CHECK(equal(key->unwrap_key(transport, wrapped, size), content_key));
                CHECK(openssl_unwraps(key->evp(), transport, wrapped) == content_key);
            }
    }

    TEST_CASE("a ciphertext with leading zeros keeps the modulus' length") {
        const auto key = load(kRsa2048);
        Buffer block = block_of(kKey);
        for (unsigned i = 0; i < 4000; ++i) {
            block[2] = static_cast<std::uint8_t>(1 + i % 255);
            block[3] = static_cast<std::uint8_t>(1 + i / 255);
            const Buffer wrapped = encrypt_raw(key->public_key(), block);
            if (wrapped[0] != 0)
                continue;
            CHECK(equal(key->unwrap_key(kPkcs1, wrapped, 16), kKey));
            return;
        }
        FAIL("no such ciphertext was found");
    }

    TEST_CASE("keys that do not fit, and keys that are not RSA, are refused") {
        const auto key = load(kRsa2048);
        const Result<Buffer> long_key = wrap_key(key->public_key(), kPkcs1, Buffer(246));
        REQUIRE_FALSE(long_key);
        CHECK(long_key.error().code == Errc::Crypto);
        const Result<Buffer> ec = wrap_key(load(kP256)->public_key(), kPkcs1, kKey);
        REQUIRE_FALSE(ec);
        CHECK(ec.error().what == "key transport wants an RSA key, got EC P-256");
    }

    TEST_CASE("OAEP with MD5 is neither wrapped nor opened") {
        const auto key = load(kRsa2048);
        const KeyTransport md5{.oaep = true, .digest = Digest::Md5, .mgf1 = Digest::Md5};
        CHECK_FALSE(wrap_key(key->public_key(), md5, kKey));
        check_miss(*key, md5, encrypt_raw(key->public_key(), block_of(kKey)), 16);
    }
}

TEST_SUITE("core/crypto implicit rejection") {
    TEST_CASE("S02 the block is 00 02 nonzero 00 key and nothing less") {
        const auto key = load(kRsa2048);
        const Buffer good = block_of(kKey);
        CHECK(equal(key->unwrap_key(kPkcs1, encrypt_raw(key->public_key(), good), 16), kKey));

        const std::size_t separator = 255 - kKey.size();

        struct Row {
            std::string_view name;
            std::size_t at;
            std::uint8_t value;
        };

        for (const Row& row : {Row{"first octet is not 0", 0, 0x01},
                               Row{"block type 1", 1, 0x01},
                               Row{"block type 0", 1, 0x00},
                               Row{"block type 0x82", 1, 0x82},
                               Row{"zero at the start of the padding", 2, 0x00},
                               Row{"zero in the eighth octet of the padding", 9, 0x00},
                               Row{"zero in the middle of the padding", 100, 0x00},
                               Row{"zero at the end of the padding", separator - 1, 0x00},
                               Row{"no separator", separator, 0x01},
                               Row{"separator 0x80", separator, 0x80}}) {
            CAPTURE(row.name);
            Buffer bad = good;
            bad[row.at] = row.value;
            check_miss(*key, kPkcs1, encrypt_raw(key->public_key(), bad), 16);
        }
    }

    TEST_CASE("S02 a key of another size is a miss like any other") {
        const auto key = load(kRsa2048);
        for (const std::size_t size : {0U, 8U, 15U, 17U, 24U, 32U}) {
            CAPTURE(size);
            SeededRandom random(size);
            const Buffer wrapped = wrap_key(key->public_key(), kPkcs1, random.bytes(size)).value();
            check_miss(*key, kPkcs1, wrapped, 16);
        }
    }

    TEST_CASE("S02 a ciphertext that is no number below the modulus is a miss") {
        const auto key = load(kRsa2048);
        const Buffer good = wrap_key(key->public_key(), kPkcs1, kKey).value();
        Buffer longer = good;
        longer.insert(longer.begin(), 0x00);
        const Buffer shorter(good.begin() + 1, good.end());
        const Bytes modulus = key->public_key().key_octets().subspan(9, 256);
        for (const Buffer& wrapped : {longer,
                                      shorter,
                                      Buffer{},
                                      Buffer(256, 0xff),
                                      to_buffer(modulus),
                                      Buffer(256, 0x00),
                                      Buffer(5000, 0x01)}) {
            for (const KeyTransport& transport : {kPkcs1, kOaep[2]})
                check_miss(*key, transport, wrapped, 16);
        }
    }

    TEST_CASE("S02 OAEP failures select the same kind of key") {
        const auto key = load(kRsa2048);
        const Buffer wrapped = wrap_key(key->public_key(), kOaep[2], kKey).value();
        REQUIRE(equal(key->unwrap_key(kOaep[2], wrapped, 16), kKey));
        Buffer bent = wrapped;
        bent[200] ^= 1U;
        check_miss(*key, kOaep[2], bent, 16);
        check_miss(*key, kOaep[0], wrapped, 16);  // other digest
        check_miss(*key, kOaep[3], wrapped, 16);  // other mask generation
        check_miss(*key, kPkcs1, wrapped, 16);
        check_miss(*key, kOaep[2], wrapped, 15);
        check_miss(*key, kOaep[2], wrapped, 17);
        check_miss(*key, kOaep[2], wrap_key(key->public_key(), kPkcs1, kKey).value(), 16);
    }

    TEST_CASE("S02 an EC key opens nothing and says nothing") {
        const auto key = load(kP256);
        const SecretBytes out = key->unwrap_key(kPkcs1, Buffer(256, 1), 16);
        CHECK(out.size() == 16);
        CHECK(key->unwrap_key(kPkcs1, Buffer(256, 1), 16) == out);
        CHECK_FALSE(key->unwrap_key(kPkcs1, Buffer(256, 2), 16) == out);
    }

    TEST_CASE("S02 one miss gives the same octets for every key size and transport") {
        const auto key = load(kRsa2048);
        const Buffer junk(256, 0x11);
        const SecretBytes longest = key->unwrap_key(kPkcs1, junk, 80);
        CHECK(longest.size() == 80);
        for (const std::size_t size : {0U, 1U, 8U, 16U, 24U, 32U, 33U, 64U})
            for (const KeyTransport& transport : {kPkcs1, kOaep[0]})
                CHECK(equal(key->unwrap_key(transport, junk, size), Bytes(longest).first(size)));
    }

    TEST_CASE("S02 sizes no block has room for are misses") {
        const auto key = load(kRsa2048);
        const Buffer wrapped = wrap_key(key->public_key(), kPkcs1, Buffer(245, 7)).value();
        CHECK(equal(key->unwrap_key(kPkcs1, wrapped, 245), Buffer(245, 7)));
        Buffer short_padding = block_of(Buffer(246, 7));  // seven octets of padding
        check_miss(*key, kPkcs1, encrypt_raw(key->public_key(), short_padding), 246);
        check_miss(*key, kPkcs1, wrapped, 300);
    }
}
