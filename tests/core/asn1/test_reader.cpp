#include <sys/resource.h>

#include <doctest/doctest.h>

#include "core/asn1/reader.hpp"
#include "core/base/encoding.hpp"

using namespace scep;
using namespace scep::asn1;

namespace {

Buffer hex(std::string_view text) {
    return from_hex(text).value();
}

// What the first element of the bytes is refused for, or "taken".
std::string refusal(const Buffer& bytes, Rules rules = Rules::Ber) {
    Reader in(bytes, rules);
    const Result<Element> element = in.next("value");
    if (element)
        return "taken";
    CHECK(element.error().code == Errc::Der);
    CHECK(element.error().where.offset == 0);
    CHECK(element.error().where.field == "value");
    CHECK(in.offset() == 0);  // the Reader stands where it stood
    return element.error().what;
}

std::string refusal(std::string_view text, Rules rules = Rules::Ber) {
    return refusal(hex(text), rules);
}

Buffer nested_definite(std::size_t depth) {
    Buffer out{0x05, 0x00};
    for (std::size_t i = 0; i < depth; ++i) {
        REQUIRE(out.size() < 128);
        out.insert(out.begin(), {0x30, static_cast<std::uint8_t>(out.size())});
    }
    return out;
}

Buffer nested_indefinite(std::size_t depth) {
    Buffer out;
    for (std::size_t i = 0; i < depth; ++i)
        out.insert(out.end(), {0x30, 0x80});
    out.resize(out.size() + 2 * depth);
    return out;
}

// How far down one can go.
std::size_t descend(const Buffer& bytes) {
    Reader in(bytes);
    std::size_t depth = 0;
    while (in.next_is(kSequence)) {
        const Result<Element> element = in.next("level");
        if (!element)
            return depth;
        const Result<Reader> inside = in.enter(*element, "level");
        if (!inside)
            return depth;
        in = *inside;
        ++depth;
    }
    return depth;
}

}  // namespace

TEST_SUITE("core/asn1 reader") {
    TEST_CASE("elements come one after another with absolute offsets") {
        const Buffer bytes = hex("020105 3003 0101ff 0500");
        Reader in(bytes, Rules::Der, 1000);
        const Element number = in.expect(kInteger, "number").value();
        CHECK(number.offset == 1000);
        CHECK(number.header_size == 2);
        CHECK(to_hex(number.tlv) == "020105");
        CHECK(to_hex(number.content) == "05");
        const Element sequence = in.expect(kSequence, "sequence").value();
        CHECK(sequence.offset == 1003);
        CHECK(sequence.content_offset() == 1005);
        Reader inside = in.enter(sequence).value();
        CHECK(inside.expect(kBoolean, "flag").value().offset == 1005);
        CHECK(inside.finish("sequence"));
        CHECK_FALSE(in.at_end());
        CHECK(in.expect(kNull, "null").value().offset == 1008);
        CHECK(in.at_end());
        CHECK(in.finish("all"));
        CHECK(in.next("more").error().what == "missing");
    }

    TEST_CASE("an unexpected tag is named, and left for the next call") {
        const Buffer bytes = hex("020105");
        Reader in(bytes);
        const Result<Element> wrong = in.expect(kSequence, "tbs");
        REQUIRE_FALSE(wrong);
        CHECK(to_text(wrong.error()) == "tbs at offset 0: got INTEGER, want SEQUENCE");
        CHECK(in.expect(context(3), "tbs").error().what == "got INTEGER, want [3]");
        CHECK_FALSE(in.optional(kSequence, "tbs").value());
        CHECK(in.optional(kInteger, "number").value()->content[0] == 5);
        CHECK_FALSE(in.optional(kInteger, "number").value());
    }

    TEST_CASE("leftover bytes are counted") {
        const Buffer bytes = hex("0500 0000");
        Reader in(bytes);
        REQUIRE(in.next("null"));
        const Status end = in.finish("message");
        REQUIRE_FALSE(end);
        CHECK(to_text(end.error()) == "message at offset 2: 2 bytes left over");
    }

    TEST_CASE("long tags and all classes are read") {
        const Buffer bytes = hex("9f1f00 7f8201 00 df87ffffff7f00");
        Reader in(bytes);
        CHECK(in.next("a").value().tag == Tag{Class::Context, 31});
        const Element application = in.next("b").value();
        CHECK(application.tag == Tag{Class::Application, 257});
        CHECK(application.constructed);
        CHECK(in.next("c").value().tag == Tag{Class::Private, 0x7fffffff});
        CHECK(tag_name(Tag{Class::Private, 5}) == "[PRIVATE 5]");
        CHECK(tag_name(Tag{Class::Application, 5}) == "[APPLICATION 5]");
        CHECK(tag_name(Tag{Class::Universal, 99}) == "[UNIVERSAL 99]");
        CHECK(tag_name(Tag{Class::Universal, 15}) == "[UNIVERSAL 15]");
    }

    TEST_CASE("malformed headers are refused under both rules") {
        for (const Rules rules : {Rules::Ber, Rules::Der}) {
            CHECK(refusal("", rules) == "missing");
            CHECK(refusal("30", rules) == "value is cut short");
            CHECK(refusal("3001", rules) == "value is cut short");
            CHECK(refusal("3081", rules) == "value is cut short");
            CHECK(refusal("308201", rules) == "value is cut short");
            CHECK(refusal("9f", rules) == "value is cut short");
            CHECK(refusal("9fff", rules) == "value is cut short");
            CHECK(refusal("9fffffffffff7f00", rules) == "tag number is too large");
            CHECK(refusal("30ff00", rules) == "reserved length octet 0xff");
            CHECK(refusal("04888000000000000000", rules) == "value is cut short");
            CHECK(refusal("0488ffffffffffffffff", rules) == "value is cut short");
            CHECK(refusal("0489010000000000000000", rules) == "length is beyond any message");
            CHECK(refusal("0480 0000", rules) == "indefinite length on a primitive value");
            CHECK(refusal("0000", rules) == "end-of-contents where a value was expected");
        }
    }

    TEST_CASE("lengths and tags longer than needed are BER, not DER") {
        constexpr std::string_view kLong = "tag or length is not in its shortest form, want DER";
        for (const std::string_view text :
             {"048101aa", "04820001aa", "0484 00000001 aa", "1f0400", "9f1e00", "9f801f00"}) {
            CAPTURE(text);
            CHECK(refusal(text) == "taken");
            CHECK(refusal(text, Rules::Der) == kLong);
        }
        Buffer whole = hex("048180");
        whole.resize(3 + 0x80);
        CHECK(refusal(whole, Rules::Der) == "taken");
        const Buffer bytes = hex("048101aa");
        CHECK_FALSE(Reader(bytes).next("value").value().minimal);
    }
}

TEST_SUITE("core/asn1 indefinite lengths") {
    TEST_CASE("an indefinite length ends at its own end-of-contents") {
        const Buffer bytes = hex("3080 020105 3080 0000 3002 0500 0000 0500");
        Reader in(bytes);
        const Element outer = in.expect(kSequence, "outer").value();
        CHECK(outer.indefinite);
        CHECK(outer.tlv.size() == bytes.size() - 2);
        CHECK(outer.content.size() == bytes.size() - 6);
        Reader inside = in.enter(outer).value();
        CHECK(inside.next("number"));
        const Element inner = inside.next("inner").value();
        CHECK(inner.indefinite);
        CHECK(inner.content.empty());
        CHECK(inner.tlv.size() == 4);
        CHECK(inside.next("definite"));
        CHECK(inside.finish("outer"));
        CHECK(in.next("after").value().tag == kNull);
    }

    TEST_CASE("zero octets inside a value end nothing") {
        const Buffer bytes = hex("3080 0404 00000000 0000");
        Reader in(bytes);
        const Element outer = in.next("outer").value();
        CHECK(outer.content.size() == 6);
        CHECK(in.at_end());
    }

    TEST_CASE("DER refuses it") {
        CHECK(refusal("3080 0000", Rules::Der) == "indefinite length, want DER");
        const Buffer bytes = hex("3004 3080 0000");
        Reader in(bytes, Rules::Der);
        Reader inside = in.expect_into(kSequence, "outer").value();
        CHECK_FALSE(inside.next("inner"));
    }

    TEST_CASE("an end that is missing, or odd, is refused") {
        CHECK(refusal("3080") == "indefinite length without end-of-contents");
        CHECK(refusal("3080 00") == "indefinite length without end-of-contents");
        CHECK(refusal("3080 020105") == "indefinite length without end-of-contents");
        CHECK(refusal("3080 3080 0000") == "indefinite length without end-of-contents");
        CHECK(refusal("3080 0001 00 0000") == "end-of-contents is not two zero octets");
        CHECK(refusal("3080 008100") == "end-of-contents is not two zero octets");
        CHECK(refusal("3080 1f0000 0000") == "end-of-contents is not two zero octets");
        CHECK(refusal("3080 0480 0000 0000") == "indefinite length on a primitive value");
    }

    TEST_CASE("S04 the end of the outer value cannot come from the inside") {
        // A definite value that runs over the end-of-contents takes it with it.
        CHECK(refusal("3080 0404 0000") == "indefinite length without end-of-contents");
        const Buffer stray = hex("3004 0500 0000");
        Reader in(stray);
        Reader inside = in.expect_into(kSequence, "outer").value();
        REQUIRE(inside.next("null"));
        CHECK(inside.next("stray").error().what == "end-of-contents where a value was expected");
    }
}

TEST_SUITE("core/asn1 depth") {
    TEST_CASE("S07 values nest to the limit and no further") {
        CHECK(descend(nested_definite(limits::kMaxDepth)) == limits::kMaxDepth);
        CHECK(descend(nested_definite(limits::kMaxDepth + 1)) == limits::kMaxDepth);
        CHECK(descend(nested_indefinite(limits::kMaxDepth)) == limits::kMaxDepth);
        CHECK(descend(nested_indefinite(limits::kMaxDepth + 1)) == 0);
        CHECK(refusal(nested_indefinite(limits::kMaxDepth + 1)) == "values are nested too deep");
    }

    TEST_CASE("S07 the depth around a Reader counts") {
        const Buffer bytes = nested_indefinite(2);
        CHECK(Reader(bytes, Rules::Ber, 0, limits::kMaxDepth - 2).next("value"));
        CHECK_FALSE(Reader(bytes, Rules::Ber, 0, limits::kMaxDepth - 1).next("value"));
        const Buffer one = hex("3000");
        Reader deepest(one, Rules::Ber, 0, limits::kMaxDepth);
        CHECK(deepest.expect_into(kSequence, "value").error().what == "values are nested too deep");
    }

    TEST_CASE("S07 400,000 nested indefinite lengths cost nothing") {
        const Buffer bytes = nested_indefinite(400'000);
        rusage before{};
        getrusage(RUSAGE_SELF, &before);
        CHECK(refusal(bytes) == "values are nested too deep");
        rusage after{};
        getrusage(RUSAGE_SELF, &after);
        CHECK(after.ru_maxrss - before.ru_maxrss < 1024);  // KiB
        for (int i = 0; i < 1000; ++i)  // a minute's work if each were walked to its end
            REQUIRE(refusal(bytes) == "values are nested too deep");
        CHECK(descend(bytes) == 0);
    }

    TEST_CASE("S07 the same as a constructed string is refused as well") {
        Buffer bytes;
        for (int i = 0; i < 400'000; ++i)
            bytes.insert(bytes.end(), {0x24, 0x80});
        bytes.resize(bytes.size() * 2);
        CHECK(refusal(bytes) == "values are nested too deep");
    }

    TEST_CASE("S07 many siblings of indefinite length are no depth") {
        Buffer bytes{0x30, 0x80};
        for (int i = 0; i < 100'000; ++i)
            bytes.insert(bytes.end(), {0x30, 0x80, 0x00, 0x00});
        bytes.insert(bytes.end(), {0x00, 0x00});
        Reader in(bytes);
        Reader inside = in.expect_into(kSequence, "outer").value();
        std::size_t count = 0;
        while (!inside.at_end()) {
            REQUIRE(inside.next("inner"));
            ++count;
        }
        CHECK(count == 100'000);
    }
}

TEST_SUITE("core/asn1 hostile bytes") {
    TEST_CASE("every truncation and every flipped bit ends in a value or an error") {
        const Buffer whole =
            hex("3080 0609 2a864886f70d010702 a080 3080 020101 310d 300b 0609 608648016503040201"
                " 0000 0000 0000");
        const auto walk = [](auto&& self, Reader in) -> void {
            while (!in.at_end()) {
                const Result<Element> element = in.next("any");
                if (!element)
                    return;
                if (!element->constructed)
                    continue;
                const Result<Reader> inside = in.enter(*element);
                if (!inside)
                    return;
                self(self, *inside);
            }
        };
        walk(walk, Reader(whole));
        for (std::size_t i = 0; i < whole.size(); ++i) {
            const Buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i));
            walk(walk, Reader(cut));
            CHECK_FALSE(Reader(cut).next("cut"));
            for (unsigned bit = 0; bit < 8; ++bit) {
                Buffer bent = whole;
                bent[i] = static_cast<std::uint8_t>(bent[i] ^ (1U << bit));
                walk(walk, Reader(bent));
                walk(walk, Reader(bent, Rules::Der));
            }
        }
    }
}
