#include <doctest/doctest.h>

#include "core/crypto/key_wrap.hpp"
#include "keys.hpp"

using namespace scep;
using namespace scep::crypto;
using namespace scep::crypto::test;

namespace {

struct Row {
    std::string_view name;
    KeyWrap wrap;
    std::string_view kek, key, wrapped;
};

// RFC 3394 section 4
constexpr Row kRows[]{
    {"4.1 128 bits under 128",
     KeyWrap::Aes128,
     "000102030405060708090a0b0c0d0e0f",
     "00112233445566778899aabbccddeeff",
     "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
    {"4.2 128 bits under 192",
     KeyWrap::Aes192,
     "000102030405060708090a0b0c0d0e0f1011121314151617",
     "00112233445566778899aabbccddeeff",
     "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"},
    {"4.3 128 bits under 256",
     KeyWrap::Aes256,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff",
     "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
    {"4.4 192 bits under 192",
     KeyWrap::Aes192,
     "000102030405060708090a0b0c0d0e0f1011121314151617",
     "00112233445566778899aabbccddeeff0001020304050607",
     "031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2"},
    {"4.5 192 bits under 256",
     KeyWrap::Aes256,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff0001020304050607",
     "a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1"},
    {"4.6 256 bits under 256",
     KeyWrap::Aes256,
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
     "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"}};

}  // namespace

TEST_SUITE("core/crypto key wrap") {
    TEST_CASE("the vectors of RFC 3394") {
        for (const Row& row : kRows) {
            CAPTURE(row.name);
            CHECK(wrap_aes(row.wrap, hex(row.kek), hex(row.key)) == hex(row.wrapped));
            const Unwrapped opened = unwrap_aes(row.wrap, hex(row.kek), hex(row.wrapped));
            CHECK(opened.good == ~Mask{0});
            CHECK(equal(opened.key, hex(row.key)));
        }
    }

    TEST_CASE("any bit that is turned over breaks the check value") {
        for (const Row& row : kRows) {
            CAPTURE(row.name);
            const Buffer wrapped = hex(row.wrapped);
            for (std::size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
                Buffer bent = wrapped;
                bent[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
                CHECK(unwrap_aes(row.wrap, hex(row.kek), bent).good == 0);
            }
        }
    }

    TEST_CASE("two or more blocks can be wrapped") {
        for (const std::size_t size : {16U, 24U, 32U, 64U})
            CHECK(can_wrap(size));
        for (const std::size_t size : {0U, 8U, 15U, 17U})
            CHECK_FALSE(can_wrap(size));
    }
}
