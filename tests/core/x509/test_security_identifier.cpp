#include <array>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/x509/security_identifier.hpp"
#include "fixtures.hpp"

using namespace scep;
using namespace scep::test;

TEST_SUITE_BEGIN("core/x509/security_identifier");

namespace {

// SEQUENCE { [0] { szOID_NTDS_OBJECTSID, [0] { OCTET STRING } } }, spelt by hand.
constexpr std::string_view kValue =
    "3025a02306"
    "0a2b060104018237190201"
    "a0150413532d312d352d32312d312d322d332d31313034";

std::string parsed(std::string_view hex) {
    const auto text = x509::parse_security_identifier(from_hex(hex).value());
    return text ? *text : "refused";
}

}  // namespace

TEST_CASE("S10 a security identifier is read and written to the octet") {
    CHECK(parsed(kValue) == "S-1-5-21-1-2-3-1104");
    asn1::Writer out;
    x509::write_security_identifier(out, "S-1-5-21-1-2-3-1104");
    CHECK(to_hex(out.bytes()) == kValue);
}

TEST_CASE("S10 an extension of another shape holds no security identifier") {
    struct Row {
        std::string_view name, hex;
    };

    const std::array rows{
        Row{"empty", "3000"},
        Row{"another otherName",
            "3024a02206092b0601040182371902a0150413532d312d352d32312d312d322d332d31313034"},
        Row{"a text of another type",
            "3025a023060a2b060104018237190201a0150c13532d312d352d32312d312d322d332d31313034"},
        Row{"a dNSName", "3003820161"},
        Row{"two names",
            "304aa023060a2b060104018237190201a0150413532d312d352d32312d312d322d332d31313034"
            "a023060a2b060104018237190201a0150413532d312d352d32312d312d322d332d31313034"},
        Row{"octets behind",
            "3025a023060a2b060104018237190201a0150413532d312d352d32312d312d322d332d3131303400"},
        Row{"no text", "3012a010060a2b060104018237190201a0020400"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(parsed(row.hex) == "refused");
    }
}

TEST_CASE("S10 the text of a security identifier has one form") {
    for (const std::string_view text : {"S-1-5-18",
                                        "S-1-5-21-1-2-3-1104",
                                        "S-1-12-1-4294967295-0-1-2",
                                        "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15"}) {
        CAPTURE(text);
        CHECK(x509::is_security_identifier(text));
    }
    for (const std::string_view text : {"",
                                        "S-1-5",
                                        "S-1-",
                                        "S-1-5-",
                                        "s-1-5-18",
                                        "S-2-5-18",
                                        "S-1-5-018",
                                        "S-1-5--18",
                                        "S-1-5-18 ",
                                        "S-1-5-+18",
                                        "S-1-5-4294967296",
                                        "S-1-5-18\n",
                                        "S-1-0x5-18",
                                        "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16"}) {
        CAPTURE(text);
        CHECK_FALSE(x509::is_security_identifier(text));
    }
}

TEST_SUITE_END();
