#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/base/random.hpp"

using namespace scep;

namespace {

// The decoded text, or "(refused)".
std::string base64(std::string_view text) {
    const std::optional<Buffer> out = from_base64(text);
    return out ? to_string(*out) : "(refused)";
}

std::string hex(std::string_view text) {
    const std::optional<Buffer> out = from_hex(text);
    return out ? to_hex(*out) : "(refused)";
}

}  // namespace

TEST_SUITE("core/base encoding") {
    TEST_CASE("hex is written three ways") {
        const Buffer bytes{0x00, 0x0f, 0xa0, 0xff};
        CHECK(to_hex(bytes) == "000fa0ff");
        CHECK(to_hex_upper(bytes) == "000FA0FF");
        CHECK(to_hex_colons(bytes) == "00:0F:A0:FF");
        CHECK(to_hex({}).empty());
        CHECK(to_hex_colons({}).empty());
    }

    TEST_CASE("hex is read in either case, with separators between octets") {
        CHECK(hex("000fA0Ff") == "000fa0ff");
        CHECK(hex("00:0F:A0:FF") == "000fa0ff");
        CHECK(hex("0x00 0f a0 ff") == "000fa0ff");
        CHECK(hex("0X0a") == "0a");
        CHECK(hex("") == "");
        for (const std::string_view bad :
             {"0", "000", "0g", "0:0", "00-11", "00\n11", "0x0", "x0"}) {
            CAPTURE(bad);
            CHECK(hex(bad) == "(refused)");
        }
    }

    TEST_CASE("base64 agrees with RFC 4648 section 10") {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kVectors{
            {{"", ""},
             {"f", "Zg=="},
             {"fo", "Zm8="},
             {"foo", "Zm9v"},
             {"foob", "Zm9vYg=="},
             {"fooba", "Zm9vYmE="},
             {"foobar", "Zm9vYmFy"}}};
        for (const auto& [plain, encoded] : kVectors) {
            CHECK(to_base64(as_bytes(plain)) == encoded);
            CHECK(base64(encoded) == plain);
        }
    }

    TEST_CASE("base64 survives a round trip at every length") {
        SeededRandom random(3);
        for (std::size_t size = 0; size < 200; ++size) {
            const Buffer bytes = random.bytes(size);
            CHECK(from_base64(to_base64(bytes)) == bytes);
        }
    }

    TEST_CASE("base64 is taken in the spellings of real clients") {
        const Buffer bytes{0xfb, 0xef, 0xff, 0xfb, 0xef};
        CHECK(from_base64("++//++8=") == bytes);
        CHECK(from_base64("--__--8=") == bytes);          // the URL alphabet
        CHECK(from_base64("--__--8") == bytes);           // and no padding
        CHECK(from_base64("+-/_ -8=") == bytes);          // all of it mixed
        CHECK(from_base64("++//\r\n++8=\r\n") == bytes);  // line ends
        CHECK(from_base64("++//\t++8=") == bytes);
        CHECK(from_base64("  //  8=") == bytes);  // '+' that a form decoder has turned into blanks
    }

    TEST_CASE("a blank at the end is '+' where it completes the last group") {
        CHECK(from_base64("AAA ") == Buffer{0x00, 0x00, 0x3e});
        CHECK(from_base64("AA  ") == Buffer{0x00, 0x0f, 0xbe});
        CHECK(from_base64("AAAA ") == Buffer{0x00, 0x00, 0x00});
        CHECK(from_base64("AAAA    ") == Buffer{0x00, 0x00, 0x00});
        CHECK(from_base64("AAA= ") == Buffer{0x00, 0x00});
        CHECK(from_base64("AAA  ") == Buffer{0x00, 0x00});
        CHECK(from_base64("AA ") == Buffer{0x00});
    }

    TEST_CASE("what is not base64 is refused") {
        for (const std::string_view bad : {"A",
                                           "AAAAA",
                                           "AA=A",
                                           "=AAA",
                                           "AA=",
                                           "AAA==",
                                           "AAAA=",
                                           "AAAA====",
                                           "=",
                                           "====",
                                           "AA*A",
                                           "AA%2B",
                                           "AA\x7f\x41",
                                           "AA\xc3\xa4"}) {
            CAPTURE(bad);
            CHECK_FALSE(from_base64(bad));
        }
        CHECK_FALSE(from_base64(std::string_view("AA\0A", 4)));
    }

    TEST_CASE("percent-encoding leaves RFC 3986's unreserved characters alone") {
        CHECK(percent_encode("AZaz09-._~") == "AZaz09-._~");
        CHECK(percent_encode("a+b/c=d e&f") == "a%2Bb%2Fc%3Dd%20e%26f");
        CHECK(percent_encode(std::string_view("\0\xff", 2)) == "%00%FF");
    }

    TEST_CASE("percent-decoding keeps '+' and refuses half an escape") {
        CHECK(percent_decode("a%2Bb%2fc+d") == "a+b/c+d");
        CHECK(percent_decode("") == "");
        CHECK(percent_decode("%00") == std::string(1, '\0'));
        for (const std::string_view bad : {"%", "%4", "a%", "a%4", "%4g", "%g4", "%%41", "%+1"}) {
            CAPTURE(bad);
            CHECK_FALSE(percent_decode(bad));
        }
    }

    TEST_CASE("every octet survives percent-encoding") {
        std::string all;
        for (int c = 0; c < 256; ++c)
            all += static_cast<char>(c);
        CHECK(percent_decode(percent_encode(all)) == all);
    }
}
