// How hard challenges look, from above and from below.
#include <array>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/base/entropy.hpp"
#include "core/base/random.hpp"

using namespace scep;

namespace {

std::string drawn(std::string_view letters, std::size_t size, SeededRandom& random) {
    std::string out;
    for (const std::uint8_t octet : random.bytes(size * 2))
        if (octet < 256 / letters.size() * letters.size() && out.size() < size)
            out += letters[octet % letters.size()];
    return out;
}

}  // namespace

TEST_SUITE("core/base/entropy") {
    TEST_CASE("S06 what is short, repeats itself or is made of words has less than 128 bits") {
        struct Row {
            std::string_view name, text;
        };

        const std::array rows{
            Row{"nothing", ""},
            Row{"a word", "password"},
            Row{"21 letters and digits", "Ab7dQ1rUx5yTe3zWn8mKf"},
            Row{"31 hexadecimal digits", "3f9a0c7be1d24586a7f03b9c5d81e6a"},
            Row{"38 digits", "83920174652839104756382910475638291047"},
            Row{"24 small letters and digits", "ab7dq1rux5yte3zwn8mkf2gh"},
            Row{"27 small letters", "qwrtzpsdfghklyxcvbnmaeiougj"},
            Row{"words", "correct horse battery staple zebra piano cloud"},
            Row{"one letter", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
            Row{"a block three times", "Ab7dQ1rUx5Ab7dQ1rUx5Ab7dQ1rUx5"},
            Row{"the alphabet", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"},
            Row{"the alphabet and the digits", "abcdefghijklmnopqrstuvwxyz0123456789"},
            Row{"hexadecimal digits in order", "0123456789abcdef0123456789abcdef"},
            Row{"few letters", "aAbBaAbBbBaAbAaBaabbAABBabABbaBAaAbBb"},
            Row{"signs in the place of letters", "!!!!????....,,,,;;;;::::"},
        };
        for (const Row& row : rows) {
            CAPTURE(row.name);
            CHECK(least_bits(row.text) < 128);
        }
    }

    TEST_CASE("S06 what was drawn at random in the usual forms has 128 bits") {
        constexpr std::string_view kHex = "0123456789abcdef";
        constexpr std::string_view kBoth =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        constexpr std::string_view kBase64 =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
        SeededRandom random(11);
        for (int i = 0; i < 2000; ++i)
            for (const std::string& text : {drawn(kHex, 32, random),
                                            drawn(kBoth, 22, random),
                                            drawn(kBase64, 24, random) + "=="}) {
                CAPTURE(text);
                CHECK(least_bits(text) >= 128);
            }
        CHECK(least_bits("550e8400-e29b-41d4-a716-446655440000") >= 128);
    }

    TEST_CASE("the lower bound is never above the upper one but for the case of letters") {
        SeededRandom random(12);
        for (std::size_t size = 0; size < 64; ++size) {
            const std::string text = drawn("abcdefghijklmnopqrstuvwxyz0123456789", size, random);
            CHECK(least_bits(text) <= most_bits(text));
        }
        CHECK(most_bits("0123456789abcdef0123456789abcdef") >= 128);
        CHECK(most_bits("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") < 128);
    }
}
