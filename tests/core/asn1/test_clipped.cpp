#include <doctest/doctest.h>

#include "core/asn1/clipped.hpp"

using namespace scep;
using namespace scep::asn1;

TEST_SUITE("asn1/clipped") {
    TEST_CASE("a whole value is what a Reader says") {
        const Buffer bytes{0x30, 0x03, 0x02, 0x01, 0x05, 0xff};
        const auto first = first_clipped(bytes, 7);
        REQUIRE(first);
        CHECK(first->tag == kSequence);
        CHECK(first->offset == 7);
        CHECK(first->tlv.size() == 5);
        ClippedReader in(*first);
        CHECK(in.take(kOctetString) == std::nullopt);
        const auto inner = in.take(kInteger);
        REQUIRE(inner);
        CHECK(inner->offset == 9);
        CHECK(!in.next());
    }

    TEST_CASE("of a value that is cut, what is there") {
        struct Row {
            std::string_view what;
            Buffer bytes;
            std::size_t content;
        };

        const std::vector<Row> rows{{"definite", {0x04, 0x0a, 1, 2, 3}, 3},
                                    {"4 GiB", {0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x05, 0x00}, 2},
                                    {"indefinite without an end", {0x30, 0x80, 0x05, 0x00}, 2},
                                    {"nothing behind the header", {0x30, 0x05}, 0}};
        for (const Row& row : rows) {
            CAPTURE(row.what);
            const auto first = first_clipped(row.bytes, 0);
            REQUIRE(first);
            CHECK(first->content.size() == row.content);
            CHECK(first->tlv.size() == row.bytes.size());
        }
    }

    TEST_CASE("no header, no value") {
        for (const Buffer& bytes : {Buffer{},
                                    Buffer{0x30},
                                    Buffer{0x30, 0x82, 0x01},
                                    Buffer{0x00, 0x00},
                                    Buffer{0x04, 0x80},
                                    Buffer{0x30, 0xff}})
            CHECK(!first_clipped(bytes, 0));
    }

    TEST_CASE("pieces of a string are joined as far as they go") {
        const Buffer bytes{0x24, 0x80, 0x04, 0x02, 1, 2, 0x04, 0x05, 3};
        Joined joined;
        const Bytes octets = clipped_octets(*first_clipped(bytes, 0), joined);
        CHECK(equal(octets, Buffer{1, 2, 3}));
    }
}
