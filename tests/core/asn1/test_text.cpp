#include <doctest/doctest.h>

#include "core/asn1/reader.hpp"
#include "core/asn1/writer.hpp"
#include "core/base/encoding.hpp"

using namespace scep;
using namespace scep::asn1;

namespace {

Result<std::string> read(Tag tag, std::string_view hex) {
    Writer out;
    out.primitive(tag, from_hex(hex).value());
    return text(Reader(out.bytes()).next("s").value(), "s");
}

std::string utf8(Tag tag, std::string_view hex) {
    const Result<std::string> out = read(tag, hex);
    return out ? *out : "(" + out.error().what + ")";
}

Result<TimePoint> read_time(Tag tag, std::string_view digits) {
    Writer out;
    out.string(tag, digits);
    return time(Reader(out.bytes()).next("t").value(), "t");
}

std::string when(Tag tag, std::string_view digits) {
    const Result<TimePoint> out = read_time(tag, digits);
    return out ? to_rfc3339(*out) : "(refused)";
}

}  // namespace

TEST_SUITE("core/asn1 text") {
    TEST_CASE("every string type comes out as UTF-8") {
        CHECK(utf8(kPrintableString, "4142") == "AB");
        CHECK(utf8(kIa5String, "4140") == "A@");
        CHECK(utf8(kNumericString, "3132") == "12");
        CHECK(utf8(kVisibleString, "7e") == "~");
        CHECK(utf8(kUtf8String, "c3bc") == "ü");
        CHECK(utf8(kUtf8String, "f09f9491") == "\U0001F511");
        CHECK(utf8(kTeletexString, "fc41") == "üA");  // as Latin-1
        CHECK(utf8(kBmpString, "0041 00fc 65e5") == "Aü日");
        CHECK(utf8(kBmpString, "d83d dd11") == "\U0001F511");  // a surrogate pair
        CHECK(utf8(kUniversalString, "00000041 0001f511") == "A\U0001F511");
        CHECK(utf8(kUtf8String, "") == "");
        CHECK(utf8(kBmpString, "") == "");
    }

    TEST_CASE("octets that the type does not have are refused") {
        constexpr std::string_view kBmp = "(octets are not valid in a BMPString)";
        constexpr std::string_view kUtf = "(octets are not valid in a UTF8String)";
        CHECK(utf8(kBmpString, "00") == kBmp);
        CHECK(utf8(kBmpString, "d83d") == kBmp);
        CHECK(utf8(kBmpString, "d83d 0041") == kBmp);
        CHECK(utf8(kBmpString, "dd11 d83d") == kBmp);
        CHECK(utf8(kUniversalString, "000041") != "A");
        CHECK(utf8(kUniversalString, "00110000").starts_with("("));
        CHECK(utf8(kUniversalString, "0000d800").starts_with("("));
        for (const std::string_view bad : {"ff",
                                           "c3",
                                           "c328",
                                           "c0af",
                                           "80",
                                           "e0808a",
                                           "eda080",
                                           "f4908080",
                                           "f0808080",
                                           "f8888080",
                                           "41e282"}) {
            CAPTURE(bad);
            CHECK(utf8(kUtf8String, bad) == kUtf);
        }
        CHECK(utf8(kPrintableString, "c3bc") == "(octets are not valid in a PrintableString)");
        CHECK(utf8(kIa5String, "80") == "(octets are not valid in a IA5String)");
    }

    TEST_CASE("only string types are text, and only primitive ones") {
        CHECK(utf8(kOctetString, "41") == "(got OCTET STRING, want a character string)");
        CHECK(utf8(context(0), "41") == "(got [0], want a character string)");
        const Buffer constructed = from_hex("2c03 0c0141").value();
        CHECK(text(Reader(constructed).next("s").value(), "s").error().what ==
              "got constructed UTF8String, want a character string");
        CHECK(is_text(kBmpString));
        CHECK_FALSE(is_text(kInteger));
        CHECK_FALSE(is_text(Tag{Class::Context, 12}));
    }

    TEST_CASE("S07 strings have a limit") {
        Writer out;
        out.string(kUtf8String, std::string(limits::kMaxStringOctets, 'a'));
        out.string(kUtf8String, std::string(limits::kMaxStringOctets + 1, 'a'));
        Reader in(out.bytes());
        CHECK(text(in.next("s").value(), "s"));
        CHECK(text(in.next("s").value(), "s").error().what ==
              "string has 4097 octets, the limit is 4096");
    }
}

TEST_SUITE("core/asn1 time") {
    TEST_CASE("UTCTime turns the century at 50") {
        CHECK(when(kUtcTime, "261124030000Z") == "2026-11-24T03:00:00Z");
        CHECK(when(kUtcTime, "491231235959Z") == "2049-12-31T23:59:59Z");
        CHECK(when(kUtcTime, "500101000000Z") == "1950-01-01T00:00:00Z");
        CHECK(when(kUtcTime, "000229000000Z") == "2000-02-29T00:00:00Z");
    }

    TEST_CASE("GeneralizedTime has four digits of year, to the end of time") {
        CHECK(when(kGeneralizedTime, "20500101000000Z") == "2050-01-01T00:00:00Z");
        CHECK(when(kGeneralizedTime, "99991231235959Z") == "9999-12-31T23:59:59Z");
        CHECK(when(kGeneralizedTime, "18500101000000Z") == "1850-01-01T00:00:00Z");
    }

    TEST_CASE("every other form is refused") {
        for (const std::string_view bad : {"",
                                           "Z",
                                           "2611240300Z",
                                           "261124030000",
                                           "261124030000+0000",
                                           "261124030000z",
                                           "26112403000 Z",
                                           "-61124030000Z",
                                           "261324030000Z",
                                           "260229030000Z",
                                           "261124240000Z",
                                           "261124036000Z",
                                           "261124030060Z",
                                           "261100030000Z",
                                           "20261124030000Z"}) {
            CAPTURE(bad);
            CHECK(when(kUtcTime, bad) == "(refused)");
        }
        CHECK(when(kGeneralizedTime, "261124030000Z") == "(refused)");
        CHECK(when(kGeneralizedTime, "20261124030000.5Z") == "(refused)");
        CHECK(when(kPrintableString, "261124030000Z") == "(refused)");
        CHECK(read_time(kUtcTime, "x").error().what == "malformed UTCTime, want YYMMDDHHMMSSZ");
        CHECK(read_time(kUtcTime, "260230000000Z").error().where.offset == 0);
    }
}
