#include <array>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "fixtures.hpp"

using namespace scep;
using namespace scep::test;
using x509::Name;

TEST_SUITE_BEGIN("core/x509/name");

namespace {

struct Attribute {
    asn1::Oid type;
    asn1::Tag tag;
    std::string content;
};

// One RDN per attribute.
Buffer name_of(const std::vector<Attribute>& attributes) {
    asn1::Writer out;
    out.sequence([&] {
        for (const Attribute& attribute : attributes)
            out.set([&] {
                out.sequence([&] {
                    out.oid(attribute.type);
                    out.string(attribute.tag, attribute.content);
                });
            });
    });
    return std::move(out).take();
}

Name common_name(asn1::Tag tag, std::string_view content) {
    return must(Name::parse(name_of({{oid::kCommonName, tag, std::string(content)}}), "name"));
}

}  // namespace

TEST_CASE("names are read from text in both forms, with escapes") {
    struct Row {
        std::string_view name;
        std::string_view text;
        std::string_view want;  // to_text()
    };

    const std::array rows{
        Row{"RFC 4514", "CN=cam-1,O=Example", "CN=cam-1,O=Example"},
        Row{"openssl's form", "/O=Example/CN=cam-1", "CN=cam-1,O=Example"},
        Row{"blanks around", "CN = cam 1 , O = Example", "CN=cam 1,O=Example"},
        Row{"escaped separators", R"(CN=a\,b\+c\=d)", R"(CN=a\,b\+c=d)"},
        Row{"escaped slash", R"(/O=a\/b/CN=c)", "CN=c,O=a/b"},
        Row{"commas in openssl's form", "/O=Example, Ltd/CN=x", R"(CN=x,O=Example\, Ltd)"},
        Row{"hex escape", R"(CN=Gr\C3\BC\C3\9Fe)", "CN=Grüße"},
        Row{"control character", R"(CN=a\0Ab)", R"(CN=a\0Ab)"},
        Row{"edge blanks", R"(CN=\ a\ )", R"(CN=\ a\ )"},
        Row{"leading hash", R"(CN=\#1)", R"(CN=\#1)"},
        Row{"hash inside", "CN=a#1", "CN=a#1"},
        Row{"escaped quotes", R"(CN=\"a\")", R"(CN=\"a\")"},
        Row{"hash and quotes in openssl's form", R"(/O=#1/CN="a")", R"(CN=\"a\",O=\#1)"},
        Row{"several values", "CN=a+OU=b,O=c", "CN=a+OU=b,O=c"},
        Row{"case of types", "cn=a,o=b,emailaddress=c@d", "CN=a,O=b,emailAddress=c@d"},
        Row{"long names", "commonName=a,organizationName=b", "CN=a,O=b"},
        Row{"dotted type", "2.5.4.3=a,1.2.3.4=b", "CN=a,1.2.3.4=b"},
        Row{"empty", "", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Result<Name> name = Name::from_text(row.text);
        REQUIRE(name);
        CHECK(name->to_text() == row.want);
        CHECK(must(Name::parse(name->der(), "name")).to_text() == row.want);
        CHECK(must(Name::from_text(name->to_text())) == *name);
    }
}

TEST_CASE("malformed names from operators are refused with a hint") {
    const std::array rows{"cam-1",     "CN",       "CN=",        "XX=a",         "CN=a,",
                          "CN=a,,O=b", "/",        "=a",         R"(CN=a\)",     R"(CN=a\q)",
                          R"(CN=\ff)", "CN=#0403", "CN=a,O= #1", R"(CN="a, b")", R"(CN=a"b)",
                          "C=Germany", "C=D1?",    "DC=exämple", "CN=a/O=b,",    "/CN=a//O=b"};
    for (const std::string_view row : rows) {
        CAPTURE(row);
        const Result<Name> name = Name::from_text(row);
        if (row == "/") {
            CHECK(name);  // the empty name, as openssl takes it
            continue;
        }
        REQUIRE_FALSE(name);
        CHECK(name.error().code == Errc::Usage);
        CHECK_FALSE(name.error().hint.empty());
    }
    std::string many = "CN=a";
    for (int i = 0; i < 40; ++i)
        many += ",OU=b";
    CHECK_FALSE(Name::from_text(many));
    CHECK_FALSE(Name::from_text("CN=" + std::string(5000, 'a')));
}

TEST_CASE("string types are the narrowest that fit") {
    const Name name = must(Name::from_text("emailAddress=a@b,DC=example,CN=Grüße,O=Example"));
    CHECK(name.attributes().at(0).string_type == asn1::kPrintableString);
    CHECK(name.attributes().at(1).string_type == asn1::kUtf8String);
    CHECK(name.attributes().at(2).string_type == asn1::kIa5String);
    CHECK(name.attributes().at(3).string_type == asn1::kIa5String);
    CHECK(name.values(oid::kOrganizationName) == std::vector<std::string>{"Example"});
}

TEST_CASE("names match across string types, case and runs of blanks") {
    const Name plain = common_name(asn1::kPrintableString, "Old Root  CA");
    const Name utf8 = common_name(asn1::kUtf8String, " old root ca ");
    const Name bmp =
        common_name(asn1::kBmpString, std::string_view("\0O\0l\0d\0 \0R\0o\0o\0t\0 \0C\0A", 22));
    CHECK(plain.matches(utf8));
    CHECK(plain.matches(bmp));
    CHECK_FALSE(plain == utf8);
    CHECK_FALSE(plain.matches(common_name(asn1::kUtf8String, "Old RootCA")));
    const Name two = must(Name::from_text("CN=a,O=b"));
    CHECK_FALSE(two.matches(must(Name::from_text("O=b,CN=a"))));
    CHECK_FALSE(two.matches(must(Name::from_text("CN=a+O=b"))));
    CHECK(must(Name::from_text("CN=a+O=b")).matches(must(Name::from_text("O=b+CN=a"))));
}

TEST_CASE("issuer and serial compare normalised") {
    const Name printable = common_name(asn1::kPrintableString, "CA");
    const Name bmp = common_name(asn1::kBmpString, std::string_view("\0C\0A", 4));
    const Buffer serial{0x00, 0x81};
    const Buffer cut{0x81};
    const std::string key = x509::issuer_serial_key(printable.der(), serial);
    CHECK(key == x509::issuer_serial_key(bmp.der(), cut));
    CHECK(key != x509::issuer_serial_key(bmp.der(), Buffer{0x82}));
    CHECK(key != x509::issuer_serial_key(common_name(asn1::kUtf8String, "CB").der(), serial));
    const Buffer broken{0x30, 0x05, 0x01};
    CHECK(x509::issuer_serial_key(broken, cut) == x509::issuer_serial_key(broken, serial));
}

TEST_CASE("a value that is no string is shown as hex and survives") {
    const Name name =
        must(Name::parse(name_of({{oid::kCommonName, asn1::kPrintableString, "a"},
                                  {oid::kDnQualifier, asn1::kBitString, std::string("\0\x80", 2)}}),
                         "name"));
    CHECK(name.to_text() == "dnQualifier=#03020080,CN=a");
}

TEST_CASE("S07 values of any type are refused beyond the limit of a string") {
    struct Row {
        std::string_view name;
        asn1::Tag tag;
        std::string content;
        bool good;
    };

    const std::size_t limit = limits::kMaxStringOctets;
    const std::array rows{
        Row{"no string", asn1::kOctetString, std::string(limit, 'a'), true},
        Row{"no string, one more", asn1::kOctetString, std::string(limit + 1, 'a'), false},
        Row{"UTF8String", asn1::kUtf8String, std::string(limit, 'a'), true},
        Row{"UTF8String, one more", asn1::kUtf8String, std::string(limit + 1, 'a'), false},
        Row{"T61String", asn1::kTeletexString, std::string(limit / 2, '\xfc'), true},
        Row{"T61String, beyond it in UTF-8",
            asn1::kTeletexString,
            std::string(limit / 2 + 1, '\xfc'),
            false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Result<Name> name =
            Name::parse(name_of({{oid::kCommonName, row.tag, row.content}}), "subject", 100);
        CHECK(name.has_value() == row.good);
        if (name) {
            CHECK(Name::parse(name->canonical().der(), "subject").has_value());
            continue;
        }
        CHECK(name.error().code == Errc::Der);
        CHECK(name.error().what.ends_with("the limit is 4096"));
        CHECK(name.error().where.offset.value_or(0) > 100);
        CHECK(name.error().where.field == "subject");
    }
}

TEST_CASE("a name that is not DER is written anew") {
    const Name clean = must(Name::from_text("CN=a,O=b"));
    CHECK(clean.canonical() == clean);
    // indefinite lengths, a constructed UTF8String
    const Buffer ber =
        from_hex("3080 3180 3080 0603550403 2c80 040163 0400 040161 0000 0000 0000 0000").value();
    const Name odd = must(Name::parse(ber, "name"));
    CHECK(odd.to_text() == "CN=ca");
    CHECK(odd.canonical() == common_name(asn1::kUtf8String, "ca"));  // the type stays
    // a SET OF in the wrong order
    const Buffer unsorted =
        from_hex("301a 3118 300a 0603550403 0c0378797a 300a 060355040a 0c03616263").value();
    CHECK(must(Name::parse(unsorted, "name")).canonical().der().size() == unsorted.size());
    const Buffer swapped =
        from_hex("301a 3118 300a 060355040a 0c0378797a 300a 0603550403 0c03616263").value();
    const Name sorted = must(Name::parse(swapped, "name")).canonical();
    CHECK_FALSE(equal(sorted.der(), swapped));
    CHECK(sorted.matches(must(Name::parse(swapped, "name"))));
}

TEST_CASE("malformed names are refused with their offset") {
    struct Row {
        std::string_view name;
        std::string_view hex;
    };

    const std::array rows{
        Row{"empty RDN", "30023100"},
        Row{"not a SET", "30023000"},
        Row{"no value", "300931073005 0603550403"},
        Row{"three parts", "300d310b3009 0603550403 0500 0500"},
        Row{"bytes after the name", "3000 00"},
        Row{"bad UTF-8", "300c310a3008 0603550403 0c01ff"},
        Row{"odd BMPString", "300c310a3008 0603550403 1e0141"},
        Row{"not a name", "3100"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Result<Name> name = Name::parse(from_hex(row.hex).value(), "subject", 100);
        REQUIRE_FALSE(name);
        CHECK(name.error().code == Errc::Der);
        CHECK(name.error().where.offset.value_or(0) >= 100);
        CHECK(name.error().where.field == "subject");
    }
    CHECK_FALSE(Name::parse(
        name_of(std::vector(33, Attribute{oid::kCommonName, asn1::kUtf8String, "a"})), "name"));
}

TEST_SUITE_END();
