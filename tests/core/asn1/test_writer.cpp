#include <doctest/doctest.h>

#include "core/asn1/writer.hpp"
#include "core/base/encoding.hpp"

using namespace scep;
using namespace scep::asn1;

namespace {

template <class Body>
std::string written(Body&& body) {
    Writer out;
    body(out);
    return to_hex(out.bytes());
}

std::string number(std::uint64_t value) {
    return written([value](Writer& out) { out.integer(value); });
}

std::string named(std::uint32_t bits) {
    return written([bits](Writer& out) { out.named_bits(bits); });
}

TimePoint at(std::string_view text) {
    return parse_rfc3339(text).value();
}

}  // namespace

TEST_SUITE("core/asn1 writer") {
    TEST_CASE("integers are minimal and never negative") {
        CHECK(number(0) == "020100");
        CHECK(number(127) == "02017f");
        CHECK(number(128) == "02020080");
        CHECK(number(256) == "02020100");
        CHECK(number(UINT64_MAX) == "020900ffffffffffffffff");
        CHECK(written([](Writer& out) { out.unsigned_integer({}); }) == "020100");
        CHECK(written([](Writer& out) {
                  out.unsigned_integer(Buffer{0x00, 0x00, 0x80});
              }) == "02020080");
        CHECK(written([](Writer& out) { out.signed_integer(Buffer{0xff, 0x7f}); }) == "0202ff7f");
    }

    TEST_CASE("lengths are in their shortest form around every step") {
        for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
            CAPTURE(size);
            const Buffer content(size, 0x5a);
            Writer primitive;
            primitive.octet_string(content);
            Reader in(primitive.bytes(), Rules::Der);
            CHECK(in.expect(kOctetString, "s").value().content.size() == size);
            CHECK(in.finish("s"));

            Writer nested;
            nested.sequence([&] {
                nested.explicit_tag(0, [&] { nested.octet_string(content); });
                nested.null();
            });
            Reader outer(nested.bytes(), Rules::Der);
            Reader inside = outer.expect_into(kSequence, "outer").value();
            Reader tagged = inside.expect_into(context(0), "tagged").value();
            CHECK(equal(tagged.expect(kOctetString, "s").value().content, content));
            CHECK(tagged.finish("tagged"));
            CHECK(inside.expect(kNull, "null"));
            CHECK(inside.finish("outer"));
            CHECK(outer.finish("all"));
        }
    }

    TEST_CASE("long tags are written in their shortest form") {
        for (const std::uint32_t tag : {0U, 30U, 31U, 127U, 128U, 16383U, 16384U, 0xffffffffU}) {
            CAPTURE(tag);
            Writer out;
            out.constructed(context(tag), [&] { out.octet_string(Buffer(200)); });
            Reader in(out.bytes(), Rules::Der);
            if (tag <= UINT32_MAX >> 4U)
                CHECK(in.expect(context(tag), "tag"));
        }
    }

    TEST_CASE("values that wrap DER of their own") {
        CHECK(written([](Writer& out) { out.octet_string_of([&] { out.boolean(true); }); }) ==
              "04030101ff");
        CHECK(written([](Writer& out) { out.bit_string_of([&] { out.null(); }); }) == "0303000500");
        CHECK(written([](Writer& out) { out.boolean(false); }) == "010100");
        CHECK(written([](Writer& out) { out.bit_string(Buffer{0xa0}, 5); }) == "030205a0");
        CHECK(written([](Writer& out) { out.algorithm(oid::kSha1, true); }) ==
              "300906052b0e03021a0500");
        CHECK(written([](Writer& out) { out.algorithm(oid::kSha1, false); }) ==
              "300706052b0e03021a");
    }

    TEST_CASE("named bits lose their trailing zeros") {
        CHECK(named(0) == "030100");
        CHECK(named(1U << 0U) == "03020780");
        CHECK(named(1U << 5U | 1U << 6U) == "03020106");  // keyCertSign, cRLSign
        CHECK(named(1U << 0U | 1U << 2U) == "030205a0");  // digitalSignature, keyEncipherment
        CHECK(named(1U << 7U) == "03020001");
        CHECK(named(1U << 8U) == "0303070080");  // decipherOnly
        CHECK(named(1U << 31U) == "03050000000001");
    }

    TEST_CASE("times change their type with the years 1950 and 2050") {
        const auto time = [](std::string_view text) {
            Writer out;
            out.time(at(text));
            Reader in(out.bytes());
            const Element element = in.next("t").value();
            return tag_name(element.tag) + " " + to_string(element.content);
        };
        CHECK(time("2026-11-24T03:00:00Z") == "UTCTime 261124030000Z");
        CHECK(time("2049-12-31T23:59:59Z") == "UTCTime 491231235959Z");
        CHECK(time("2050-01-01T00:00:00Z") == "GeneralizedTime 20500101000000Z");
        CHECK(time("1950-01-01T00:00:00Z") == "UTCTime 500101000000Z");
        CHECK(time("1949-12-31T23:59:59Z") == "GeneralizedTime 19491231235959Z");
        CHECK(time("9999-12-31T23:59:59Z") == "GeneralizedTime 99991231235959Z");
    }

    TEST_CASE("SET OF is sorted by its encodings, whatever order it came in") {
        const Buffer a{0x02, 0x01, 0x05};
        const Buffer b{0x02, 0x01, 0x7f};
        const Buffer c{0x02, 0x02, 0x00, 0x80};
        const Buffer d{0x30, 0x00};
        std::vector<Buffer> order{a, b, c, d};
        do {
            Writer out;
            out.set_of(order);
            CHECK(to_hex(out.bytes()) == "310c02010502017f020200803000");
        } while (std::ranges::next_permutation(order).found);
        Writer tagged;
        tagged.set_of({b, a}, context(0));
        CHECK(to_hex(tagged.bytes()) == "a00602010502017f");
        Writer empty;
        empty.set_of({});
        CHECK(to_hex(empty.bytes()) == "3100");
        Writer twice;
        twice.set_of({a, a});
        CHECK(to_hex(twice.bytes()) == "3106020105020105");
    }

    TEST_CASE("octets above 0x7f sort after those below") {
        std::vector<Buffer> elements{
            {0xa0, 0x00}, {0x30, 0x00}, {0x04, 0x01, 0xff}, {0x04, 0x01, 0x00}};
        sort_set_of(elements);
        CHECK(elements[0] == Buffer{0x04, 0x01, 0x00});
        CHECK(elements[1] == Buffer{0x04, 0x01, 0xff});
        CHECK(elements[3] == Buffer{0xa0, 0x00});
    }

    TEST_CASE("text takes the narrowest common type") {
        CHECK(string_type_for("Example CA (test), 1+2=3?") == kPrintableString);
        CHECK(string_type_for("") == kPrintableString);
        for (const std::string_view text :
             {"a@b", "a_b", "a*b", "ü", "a&b", "a\"b", "a#b", "a\nb"}) {
            CAPTURE(text);
            CHECK(string_type_for(text) == kUtf8String);
        }
    }
}
