#include <doctest/doctest.h>

#include "core/crypto/content_cipher.hpp"
#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using scep::crypto::test::hex;

namespace {

constexpr std::string_view kPlain =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
constexpr std::string_view kIv = "000102030405060708090a0b0c0d0e0f";

struct Vector {
    Cipher cipher;
    std::string_view key;
    std::string_view ciphertext;  // of the first two blocks
};

// NIST SP 800-38A, sections F.2.1, F.2.3 and F.2.5.
constexpr std::array kVectors{
    Vector{Cipher::Aes128Cbc,
           "2b7e151628aed2a6abf7158809cf4f3c",
           "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
    Vector{Cipher::Aes192Cbc,
           "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
           "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"},
    Vector{Cipher::Aes256Cbc,
           "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
           "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"},
};

Buffer padded(std::size_t plain, std::uint8_t count) {
    Buffer out(plain, 0x41);
    out.insert(out.end(), count, count);
    return out;
}

}  // namespace

TEST_SUITE("core/crypto content cipher") {
    TEST_CASE("AES-CBC agrees with NIST's vectors") {
        for (const Vector& v : kVectors) {
            CAPTURE(info(v.cipher).name);
            const Buffer out =
                encrypt_content(Library::standard(), v.cipher, hex(v.key), hex(kIv), hex(kPlain))
                    .value();
            REQUIRE(out.size() == 48);  // a whole block of padding
            CHECK(to_hex(Bytes(out).first(32)) == v.ciphertext);
        }
    }

    TEST_CASE("what is encrypted decrypts to itself and its padding") {
        const auto legacy = Library::with_legacy().value();
        SeededRandom random(1);
        for (const Cipher cipher : {Cipher::DesCbc,
                                    Cipher::DesEde3Cbc,
                                    Cipher::Aes128Cbc,
                                    Cipher::Aes192Cbc,
                                    Cipher::Aes256Cbc})
            for (const std::size_t size : {0U, 1U, 7U, 8U, 15U, 16U, 17U, 1000U}) {
                CAPTURE(info(cipher).name);
                CAPTURE(size);
                const std::size_t block = info(cipher).block_size;
                const Buffer key = random.bytes(info(cipher).key_size);
                const Buffer iv = random.bytes(block);
                const Buffer plain = random.bytes(size);
                const Buffer sealed = encrypt_content(*legacy, cipher, key, iv, plain).value();
                CHECK(sealed.size() == (size / block + 1) * block);
                const SecretBytes opened =
                    decrypt_content_padded(*legacy, cipher, key, iv, sealed).value();
                CHECK(opened.size() == sealed.size());
                REQUIRE(unpadded_size(opened, block) == size);
                CHECK(equal(Bytes(opened).first(size), plain));
            }
    }

    TEST_CASE("bad padding is no error of decryption") {
        const Buffer key = hex(kVectors[0].key);
        const Buffer sealed = hex(kVectors[0].ciphertext);  // decrypts to no padding at all
        const Result<SecretBytes> opened =
            decrypt_content_padded(Library::standard(), Cipher::Aes128Cbc, key, hex(kIv), sealed);
        REQUIRE(opened);
        CHECK(equal(*opened, hex(kPlain)));
        CHECK_FALSE(unpadded_size(*opened, 16));
    }

    TEST_CASE("lengths that cannot be are Protocol errors") {
        const Buffer key(16);
        const Library& library = Library::standard();
        for (const auto& [iv, content] :
             {std::pair{15, 16}, {17, 16}, {16, 0}, {16, 15}, {16, 17}}) {
            const Result<SecretBytes> opened =
                decrypt_content_padded(library,
                                       Cipher::Aes128Cbc,
                                       key,
                                       Buffer(static_cast<std::size_t>(iv)),
                                       Buffer(static_cast<std::size_t>(content)));
            REQUIRE_FALSE(opened);
            CHECK(opened.error().code == Errc::Protocol);
        }
    }

    TEST_CASE("single DES is refused by the standard library, by name") {
        const Result<SecretBytes> opened = decrypt_content_padded(
            Library::standard(), Cipher::DesCbc, Buffer(8), Buffer(8), Buffer(8));
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == Errc::Policy);
        CHECK(opened.error().what == "content cipher DES-CBC is refused");
        CHECK_FALSE(
            encrypt_content(Library::standard(), Cipher::DesCbc, Buffer(8), Buffer(8), Buffer(8)));
    }

    TEST_CASE("S01 padding is one to one block of its own count, each octet looked at") {
        for (unsigned count = 1; count <= 16; ++count) {
            CAPTURE(count);
            const Buffer good = padded(32 - count, static_cast<std::uint8_t>(count));
            CHECK(unpadded_size(good, 16) == 32 - count);
            for (std::size_t i = 32 - count; i < 32; ++i) {
                Buffer bad = good;
                bad[i] ^= 0x40U;
                CHECK_FALSE(unpadded_size(bad, 16));
            }
        }
        CHECK_FALSE(unpadded_size(padded(15, 17), 16));
        CHECK_FALSE(unpadded_size(padded(16, 0), 16));
        CHECK_FALSE(unpadded_size(Buffer(16, 0), 16));
        CHECK_FALSE(unpadded_size(Buffer(16, 0xff), 16));
        CHECK_FALSE(unpadded_size(Buffer(32, 32), 16));
        CHECK_FALSE(unpadded_size({}, 16));
        CHECK_FALSE(unpadded_size(Buffer(15, 1), 16));
        CHECK(unpadded_size(Buffer(8, 8), 8) == 0);
        CHECK_FALSE(unpadded_size(Buffer(16, 16), 8));
    }
}
