#include <array>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "fixtures.hpp"

using namespace scep;
using namespace scep::test;
using x509::GeneralName;
using x509::GeneralNameType;

TEST_SUITE_BEGIN("core/x509/general_name");

TEST_CASE("names from text survive writing and reading") {
    const std::array rows{"dns:host.example",
                          "dns:*.example",
                          "ip:192.0.2.1",
                          "ip:2001:db8::1",
                          "email:a@b.example",
                          "uri:https://b.example/x?y",
                          "upn:jürgen@corp.example"};
    std::vector<GeneralName> names;
    for (const std::string_view row : rows) {
        CAPTURE(row);
        const GeneralName name = must(x509::general_name_from_text(row));
        CHECK(name.to_text() == row);
        names.push_back(name);
    }
    asn1::Writer out;
    x509::write_general_names(out, names);
    CHECK(must(x509::parse_general_names(out.bytes())) == names);
}

TEST_CASE("malformed names from operators are refused") {
    const std::array rows{"host",
                          "dns:",
                          "host:x",
                          "ip:1.2.3",
                          "ip:1.2.3.256",
                          "ip:::g",
                          "dns:a b",
                          "email:ä@b",
                          "uri:\x01",
                          "upn:\xff@b",
                          ":x",
                          ""};
    for (const std::string_view row : rows) {
        CAPTURE(row);
        const auto name = x509::general_name_from_text(row);
        REQUIRE_FALSE(name);
        CHECK(name.error().code == Errc::Usage);
    }
}

TEST_CASE("every choice is read, those without a use for us as they stand") {
    struct Row {
        std::string_view name;
        std::string_view hex;
        std::string_view text;
    };

    const std::array rows{
        Row{"otherName", "a00a 06032a0304 a0030c0161", "othername:1.2.3.4:a"},
        Row{"otherName of no string",
            "a009 06032a0304 a0020500",
            "othername:1.2.3.4:#06032a0304a0020500"},
        Row{"rfc822Name", "810161", "email:a"},
        Row{"dNSName", "820161", "dns:a"},
        Row{"constructed dNSName", "a206 040161 040162", "dns:ab"},
        Row{"x400Address", "a3020500", "x400:#0500"},
        Row{"directoryName", "a40e 300c310a3008 0603550403 0c0161", "dirname:CN=a"},
        Row{"broken directoryName", "a4020500", "dirname:#0500"},
        Row{"ediPartyName", "a5020500", "edi:#0500"},
        Row{"URI", "860161", "uri:a"},
        Row{"iPAddress", "8704c0000201", "ip:192.0.2.1"},
        Row{"iPAddress of five octets", "8705c000020100", "ip:#c000020100"},
        Row{"registeredID", "88032a0304", "rid:1.2.3.4"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        asn1::Writer out;
        out.sequence([&] { out.raw(from_hex(row.hex).value()); });
        const auto names = x509::parse_general_names(out.bytes());
        REQUIRE(names);
        CHECK(names->size() == 1);
        CHECK(names->front().to_text() == row.text);
    }
}

TEST_CASE("malformed GeneralNames are refused with their offset") {
    struct Row {
        std::string_view name;
        std::string_view hex;
    };

    const std::array rows{
        Row{"none", "3000"},
        Row{"bytes left over", "3003820161 00"},
        Row{"[9]", "3003890161"},
        Row{"universal tag", "30030c0161"},
        Row{"primitive otherName", "3003800161"},
        Row{"otherName without value", "3007a00506032a0304"},
        Row{"otherName with two values", "300da00b06032a0304a00405000500"},
        Row{"otherName with an odd tag", "300ba00906032a0304a1020500"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto names = x509::parse_general_names(from_hex(row.hex).value(), 100);
        REQUIRE_FALSE(names);
        CHECK(names.error().code == Errc::Der);
        CHECK(names.error().where.offset.value_or(0) >= 100);
    }
    asn1::Writer out;
    x509::write_general_names(out,
                              std::vector(65, must(x509::general_name_from_text("dns:a.example"))));
    CHECK_FALSE(x509::parse_general_names(out.bytes()));
}

TEST_SUITE_END();
