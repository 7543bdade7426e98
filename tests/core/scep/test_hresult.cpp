#include <doctest/doctest.h>

#include "core/asn1/writer.hpp"
#include "core/scep/hresult.hpp"

using namespace scep;

namespace {

std::optional<std::uint32_t> parsed(asn1::Tag tag, Bytes content) {
    asn1::Writer out;
    out.primitive(tag, content);
    const Buffer der = std::move(out).take();
    asn1::Reader in(der);
    return parse_hresult(in.next("value").value());
}

std::optional<std::uint32_t> printed(std::string_view text) {
    return parsed(asn1::kPrintableString, as_bytes(text));
}

}  // namespace

TEST_SUITE("core/scep HRESULT") {
    TEST_CASE("NDES writes a signed decimal number in a PrintableString") {
        CHECK(printed("-2146877422") == 0x80094012);
        CHECK(printed("2148089874") == 0x80094012);
        CHECK(printed("0x80094012") == 0x80094012);
        CHECK(printed("0") == 0);
        for (const char* wrong : {"", "-", "0x", "12 ", "4294967296", "-2147483649", "ten"}) {
            CAPTURE(wrong);
            CHECK_FALSE(printed(wrong));
        }
    }

    TEST_CASE("a number as such is taken too") {
        const Buffer negative{0x80, 0x09, 0x40, 0x12}, padded{0, 0x80, 0x09, 0x40, 0x12};
        CHECK(parsed(asn1::kInteger, negative) == 0x80094012);
        CHECK(parsed(asn1::kInteger, padded) == 0x80094012);
        CHECK(parsed(asn1::kOctetString, negative) == 0x80094012);
        CHECK_FALSE(parsed(asn1::kOctetString, {}));
        CHECK_FALSE(parsed(asn1::kOctetString, Buffer{1, 2, 3, 4, 5}));
        CHECK_FALSE(parsed(asn1::kNull, {}));
    }

    TEST_CASE("known numbers have the name of winerror.h and words, others the number") {
        CHECK(hresult_text(0x80094012) ==
              "0x80094012 CERTSRV_E_TEMPLATE_DENIED: no permission for this template");
        CHECK(hresult_text(0x80131500) == "0x80131500");
        CHECK(find_hresult(0x80131500) == nullptr);
    }
}
