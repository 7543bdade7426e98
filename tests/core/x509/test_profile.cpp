#include <array>

#include <doctest/doctest.h>

#include "core/x509/issue.hpp"
#include "core/x509/pattern.hpp"
#include "core/x509/security_identifier.hpp"
#include "fixtures.hpp"
#include "request_recipe.hpp"

using namespace scep;
using namespace scep::test;
using x509::CertificateProfile;
using x509::CertificationRequest;
using x509::Grant;

TEST_SUITE_BEGIN("core/x509/profile");

namespace {

struct Asked {
    std::string_view subject = "CN=cam-1,O=Example";
    std::vector<std::string_view> sans{};
    std::vector<Buffer> extensions{};
};

CertificationRequest ask(const Asked& asked) {
    std::vector<Buffer> extensions = asked.extensions;
    std::vector<x509::GeneralName> names;
    for (const std::string_view san : asked.sans)
        names.push_back(must(x509::general_name_from_text(san)));
    if (!names.empty())
        extensions.push_back(san_extension(names));
    RequestRecipe recipe{.subject = to_buffer(must(x509::Name::from_text(asked.subject)).der())};
    if (!extensions.empty())
        recipe.attributes.push_back(extension_request(extensions));
    return must(CertificationRequest::parse(write_request(recipe)));
}

Result<Grant> apply(const CertificateProfile& profile, const Asked& asked) {
    return x509::apply_profile(profile, ask(asked), shared_rsa_key()->public_key());
}

Buffer raw_subject(const asn1::Oid& type, asn1::Tag tag, std::string_view value) {
    asn1::Writer out;
    out.sequence([&] {
        out.set([&] {
            out.sequence([&] {
                out.oid(type);
                out.string(tag, value);
            });
        });
    });
    return std::move(out).take();
}

}  // namespace

TEST_CASE("S10 only subject, key and SANs come from the CSR") {
    const CertificationRequest asked = request("request-rsa");
    const crypto::PublicKey key = must(asked.public_key(crypto::kStrictKeys));
    const Grant grant = must(x509::apply_profile({}, asked, key));
    CHECK(grant.subject == asked.subject());
    CHECK(grant.key == key);
    CHECK(grant.subject_alt_names == asked.subject_alt_names());
    CHECK(grant.ignored == std::vector<std::string>{"basicConstraints", "keyUsage", "extKeyUsage"});
}

TEST_CASE("S10 SANs are granted by type, form and pattern") {
    struct Row {
        std::string_view name;
        std::vector<std::string> types;
        std::vector<std::string> patterns;
        std::string_view san;
        bool granted;
    };

    const std::vector<std::string> usual{"dns", "email", "ip"};
    const std::vector<std::string> all{"dns", "email", "ip", "uri", "upn"};
    const std::string sid = "uri:tag:microsoft.com,2022-09-14:sid:S-1-5-21-1";
    const std::array rows{
        Row{"dns", usual, {}, "dns:a.example", true},
        Row{"email", usual, {}, "email:a.b+c@mail.example", true},
        Row{"ip", usual, {}, "ip:192.0.2.1", true},
        Row{"ip, version 6", usual, {}, "ip:2001:db8::1", true},
        Row{"a type not in the list", {"dns"}, {}, "ip:192.0.2.1", false},
        Row{"uri by default", usual, {}, "uri:https://a.example/", false},
        Row{"uri without a pattern", all, {}, "uri:https://a.example/", false},
        Row{"uri with a pattern", all, {"uri:https://*"}, "uri:https://a.example/", true},
        Row{"uri with a pattern but not in the list",
            usual,
            {"uri:https://*"},
            "uri:https://a.example/",
            false},
        Row{"uri in another case", all, {"uri:urn:a"}, "uri:urn:A", false},
        Row{"upn by default", usual, {}, "upn:a@b.example", false},
        Row{"upn without a pattern", all, {}, "upn:a@b.example", false},
        Row{"upn under a pattern of another type", all, {"*"}, "upn:a@b.example", false},
        Row{"upn with a pattern", all, {"upn:*@b.example"}, "upn:a@b.example", true},
        Row{"upn of another domain", all, {"upn:*@b.example"}, "upn:a@c.example", false},
        Row{"upn without a domain", all, {"upn:*"}, "upn:a", false},
        Row{"upn with two signs", all, {"upn:*"}, "upn:a@b@c", false},
        Row{"a security identifier under a wide pattern", all, {"uri:*"}, sid, false},
        Row{"a security identifier under its own pattern",
            all,
            {"uri:tag:microsoft.com,2022-09-14:sid:S-1-5-21-*"},
            sid,
            true},
        Row{"a security identifier in another case",
            all,
            {"uri:*"},
            "uri:TAG:Microsoft.com,2022-09-14:SID:S-1-5-21-1",
            false},
        Row{"dns in the pattern", usual, {"dns:*.dev.example"}, "dns:a.dev.example", true},
        Row{"dns in the pattern, other case",
            usual,
            {"dns:*.dev.example"},
            "dns:A.DEV.example",
            true},
        Row{"dns beside the pattern", usual, {"dns:*.dev.example"}, "dns:dev.example", false},
        Row{"dns that only ends alike",
            usual,
            {"dns:*.dev.example"},
            "dns:a.dev.example.org",
            false},
        Row{"ip where only dns has patterns", usual, {"dns:*"}, "ip:192.0.2.1", false},
        Row{"the second pattern", usual, {"dns:*", "ip:192.0.2.*"}, "ip:192.0.2.1", true},
        Row{"wildcard without a pattern", usual, {}, "dns:*.example", false},
        Row{"wildcard under a wide pattern", usual, {"dns:*"}, "dns:*.example", false},
        Row{"wildcard under its own pattern", usual, {R"(dns:\*.example)"}, "dns:*.example", true},
        Row{"wildcard inside", usual, {R"(dns:\*.*)"}, "dns:*.*.example", false},
        Row{"half a wildcard", usual, {}, "dns:a*.example", false},
        // no host name of RFC 952, but devices are called so and DNS takes it (RFC 2181 section 11)
        Row{"underscore", usual, {}, "dns:a_b.example", true},
        Row{"underscore in front", usual, {}, "dns:_dev.example", true},
        Row{"one label of digits, an IMEI", usual, {}, "dns:490154203237518", true},
        Row{"hyphen in front", usual, {}, "dns:-a.example", false},
        Row{"hyphen behind", usual, {}, "dns:a-.example", false},
        Row{"empty label", usual, {}, "dns:a..example", false},
        Row{"dot behind", usual, {}, "dns:a.example.", false},
        Row{"an address as a name", usual, {}, "dns:192.0.2.1", false},
        Row{"an address of less labels", usual, {}, "dns:10.1", false},
        Row{"a number behind", usual, {}, "dns:a.4", false},
        Row{"a number and a dot behind", usual, {}, "dns:4.", false},
        Row{"wildcard over a number", usual, {R"(dns:\*.*)"}, "dns:*.4", false},
        Row{"email at a number", usual, {}, "email:a@4", false},
        Row{"digits in front", usual, {}, "dns:4.example", true},
        Row{"email without sign", usual, {}, "email:a.example", false},
        Row{"email of two signs", usual, {}, "email:a@b@c.example", false},
        Row{"email without local part", usual, {}, "email:@b.example", false},
        Row{"email with a quoted part", usual, {}, "email:\"a\"@b.example", false},
        Row{"email with an address", usual, {}, "email:a@[192.0.2.1]", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const CertificateProfile profile{.san_types = row.types, .san_pattern = row.patterns};
        const Result<Grant> grant = apply(profile, {.sans = {row.san}});
        CHECK(grant.has_value() == row.granted);
        if (!grant)
            CHECK(grant.error().code == Errc::Policy);
    }
}

TEST_CASE("S10 SANs that text cannot spell are refused") {
    using x509::GeneralName;
    using x509::GeneralNameType;

    struct Row {
        std::string_view name;
        GeneralName san;
    };

    const auto bytes = [](std::string_view text) { return to_buffer(as_bytes(text)); };
    const std::array rows{
        Row{"NUL in a dns name",
            {.type = GeneralNameType::DnsName, .content = bytes({"a.example\0.org", 14})}},
        Row{"newline in a dns name",
            {.type = GeneralNameType::DnsName, .content = bytes("a.example\n")}},
        Row{"empty dns name", {.type = GeneralNameType::DnsName}},
        Row{"dns name of 254 octets",
            {.type = GeneralNameType::DnsName, .content = Buffer(254, 'a')}},
        Row{"label of 64 octets", {.type = GeneralNameType::DnsName, .content = Buffer(64, 'a')}},
        Row{"bytes beyond ASCII",
            {.type = GeneralNameType::DnsName, .content = bytes("ä.example")}},
        Row{"ip of 8 octets", {.type = GeneralNameType::IpAddress, .content = Buffer(8, 1)}},
        Row{"empty ip", {.type = GeneralNameType::IpAddress}},
        Row{"NUL in an email",
            {.type = GeneralNameType::Rfc822Name, .content = bytes({"a@b.example\0c", 13})}},
        Row{"blank in a uri", {.type = GeneralNameType::Uri, .content = bytes("urn:a b")}},
        Row{"uri without scheme", {.type = GeneralNameType::Uri, .content = bytes("//a")}},
        Row{"NUL in a upn", x509::user_principal_name({"a@b\0c", 5})},
        Row{"directoryName", {.type = GeneralNameType::DirectoryName, .content = {0x30, 0x00}}},
        Row{"registeredID", {.type = GeneralNameType::RegisteredId, .content = {0x2a, 0x03}}},
        Row{"x400Address", {.type = GeneralNameType::X400Address, .content = {0x05, 0x00}}},
        Row{"ediPartyName", {.type = GeneralNameType::EdiPartyName, .content = {0x05, 0x00}}},
        Row{"another otherName",
            {.type = GeneralNameType::OtherName,
             .content = {0x06, 0x01, 0x2a, 0xa0, 0x03, 0x0c, 0x01, 'a'}}},
    };
    const CertificateProfile profile{.san_types = {"dns", "email", "ip", "uri", "upn"},
                                     .san_pattern = {"dns:*", "email:*", "ip:*", "uri:*", "upn:*"}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Result<Grant> grant = apply(profile, {.extensions = {san_extension({row.san})}});
        REQUIRE_FALSE(grant);
        CHECK(grant.error().code == Errc::Policy);
    }
    CHECK(apply(profile, {.sans = {"dns:a.example", "upn:a@b"}}));
}

TEST_CASE(
    "S10 Microsoft's SID extension is granted by a pattern of its own, or the request refused") {
    struct Row {
        std::string_view name;
        std::vector<std::string> patterns;
        bool granted;
    };

    const std::array rows{
        Row{"no pattern", {}, false},
        Row{"patterns of all other types", {"dns:*", "uri:*", "upn:*"}, false},
        Row{"a star alone", {"*"}, false},
        Row{"the pattern of the URI", {"uri:tag:microsoft.com,2022-09-14:sid:S-1-5-21-*"}, false},
        Row{"another domain", {"sid:S-1-5-21-9-9-9-*"}, false},
        Row{"other case", {"sid:s-1-5-21-1-2-3-1104"}, false},
        Row{"this one", {"sid:S-1-5-21-1-2-3-1104"}, true},
        Row{"its domain", {"dns:*", "sid:S-1-5-21-1-2-3-*"}, true},
    };
    asn1::Writer value;
    x509::write_security_identifier(value, "S-1-5-21-1-2-3-1104");
    const Asked asked{.extensions = {extension(oid::kMicrosoftSid, value.bytes())}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Result<Grant> grant =
            apply({.san_types = {"dns", "uri"}, .san_pattern = row.patterns}, asked);
        CHECK(grant.has_value() == row.granted);
        if (grant) {
            CHECK(grant->security_identifier == "S-1-5-21-1-2-3-1104");
            CHECK(grant->ignored.empty());
        } else {
            CHECK(grant.error().code == Errc::Policy);
            CHECK(grant.error().hint.find("san_pattern") != std::string::npos);
        }
    }
}

TEST_CASE("S10 a SID extension of another shape is refused, whatever is allowed") {
    for (const std::string_view hex :
         {"3000", "", "3012a010060a2b060104018237190201a0020400", "0408532d312d352d3138"}) {
        CAPTURE(hex);
        const Result<Grant> grant =
            apply({.san_pattern = {"sid:*"}},
                  {.extensions = {extension(oid::kMicrosoftSid, from_hex(hex).value())}});
        REQUIRE_FALSE(grant);
        CHECK(grant.error().code == Errc::Policy);
    }
}

TEST_CASE("S13 a request that was kept is judged as the CSR was") {
    const auto identity = [](std::string_view subject, std::string_view sid) {
        return x509::RequestedIdentity{
            .subject = must(x509::Name::from_text(subject)),
            .subject_alt_names = {must(x509::general_name_from_text("dns:a.example"))},
            .security_identifier = std::string(sid)};
    };
    const CertificateProfile profile{.san_pattern = {"dns:*.example", "sid:S-1-5-21-1-*"},
                                     .subject_pattern = {"CN=cam-*"}};
    const crypto::PublicKey key = shared_rsa_key()->public_key();
    const Grant grant =
        must(x509::apply_profile(profile, identity("CN=cam-1", "S-1-5-21-1-2"), key));
    CHECK(grant.subject.to_text() == "CN=cam-1");
    CHECK(grant.key == key);
    CHECK(grant.subject_alt_names.at(0).to_text() == "dns:a.example");
    CHECK(grant.security_identifier == "S-1-5-21-1-2");
    CHECK(x509::apply_profile(profile, identity("CN=cam-1", ""), key));
    CHECK_FALSE(x509::apply_profile(profile, identity("CN=door-1", ""), key));
    CHECK_FALSE(x509::apply_profile(profile, identity("CN=cam-1", "S-1-5-21-2-2"), key));
    CHECK_FALSE(x509::apply_profile(profile, identity("CN=cam-1", "S-1-5-21-1-x"), key));
    const auto curve = x509::apply_profile(
        profile, identity("CN=cam-1", ""), ec_key(crypto::Curve::P521)->public_key());
    REQUIRE_FALSE(curve);
    CHECK(curve.error().code == Errc::Crypto);
}

TEST_CASE("S10 a refused SAN names the setting that would allow it") {
    const auto hint = [](const CertificateProfile& profile, std::string_view san) {
        const Result<Grant> grant = apply(profile, {.sans = {san}});
        return grant ? "granted" : grant.error().hint;
    };
    const CertificateProfile all{.san_types = {"dns", "uri", "upn"}, .san_pattern = {"dns:*"}};
    CHECK(hint({}, "upn:a@b.example") == "add \"upn\" to san_types");
    CHECK(hint({}, "uri:urn:a") == "add \"uri\" to san_types");
    CHECK(hint(all, "upn:a@b.example") == "it needs a san_pattern that begins with \"upn:\"");
    CHECK(hint(all, "uri:urn:a") == "it needs a san_pattern that begins with \"uri:\"");
    CHECK(hint(all, "uri:tag:microsoft.com,2022-09-14:sid:S-1-5-18") ==
          "it needs a san_pattern that begins with \"uri:tag:microsoft.com,2022-09-14:sid:\"");
}

TEST_CASE("S10 a userPrincipalName is written anew, whatever its string type was") {
    const Buffer content = [] {
        asn1::Writer out;
        out.oid(oid::kUserPrincipalName);
        out.explicit_tag(0, [&] { out.string(asn1::kIa5String, "a@b.example"); });
        return std::move(out).take();
    }();
    const x509::GeneralName name{.type = x509::GeneralNameType::OtherName, .content = content};
    const CertificateProfile profile{.san_types = {"upn"}, .san_pattern = {"upn:*"}};
    const Grant grant = must(apply(profile, {.extensions = {san_extension({name})}}));
    CHECK(grant.subject_alt_names.at(0) == x509::user_principal_name("a@b.example"));
}

TEST_CASE("S10 subjects that deceive or name nobody are refused") {
    struct Row {
        std::string_view name;
        Buffer subject;
        bool granted = false;
    };

    const auto text = [](std::string_view name) {
        return to_buffer(must(x509::Name::from_text(name)).der());
    };
    const std::array rows{
        Row{"plain", text("CN=a"), true},
        Row{"without a common name", text("O=a"), true},
        Row{"several common names", text("CN=a,CN=b")},
        Row{"several in one RDN", text("CN=a+CN=b")},
        Row{"NUL", raw_subject(oid::kCommonName, asn1::kUtf8String, {"a\0b", 3})},
        Row{"newline", raw_subject(oid::kOrganizationName, asn1::kPrintableString, "a\nb")},
        Row{"DEL", raw_subject(oid::kCommonName, asn1::kUtf8String, "a\x7f")},
        Row{"C1 control", raw_subject(oid::kCommonName, asn1::kUtf8String, "a\xc2\x85")},
        Row{"C1 control in T61", raw_subject(oid::kCommonName, asn1::kTeletexString, "a\x85")},
        Row{"NUL in a BMPString", raw_subject(oid::kCommonName, asn1::kBmpString, {"\0a\0\0", 4})},
        Row{"not a string", raw_subject(oid::kCommonName, asn1::kOctetString, "a")},
        Row{"empty", text("")},
        Row{"blanks", raw_subject(oid::kCommonName, asn1::kUtf8String, "  ")},
        Row{"an empty string", raw_subject(oid::kCommonName, asn1::kUtf8String, "")},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const CertificationRequest asked =
            must(CertificationRequest::parse(write_request({.subject = row.subject})));
        const Result<Grant> grant = x509::apply_profile({}, asked, shared_rsa_key()->public_key());
        CHECK(grant.has_value() == row.granted);
        if (!grant)
            CHECK(grant.error().code == Errc::Policy);
    }
    CHECK(apply({}, {.subject = "", .sans = {"dns:a.example"}}));
}

TEST_CASE("S10 the subject must match a pattern where there is one") {
    struct Row {
        std::string_view name;
        std::string_view pattern;
        std::string_view subject;
        bool match;
    };

    const std::array rows{
        Row{"same", "CN=cam-1,O=Example", "CN=cam-1,O=Example", true},
        Row{"star", "CN=cam-*,O=Example", "CN=cam-17,O=Example", true},
        Row{"star takes nothing", "CN=cam-*,O=Example", "CN=cam-,O=Example", true},
        Row{"star stays in its attribute", "CN=cam-*,O=Example", "CN=cam-1,OU=x,O=Example", false},
        Row{"star meets an escaped comma",
            "CN=cam-*,O=Example",
            R"(CN=cam-\,OU=x,O=Example)",
            true},
        Row{"other order", "CN=cam-*,O=Example", "O=Example,CN=cam-1", false},
        Row{"one more", "CN=cam-*", "CN=cam-1,O=Example", false},
        Row{"one less", "CN=cam-*,O=Example", "CN=cam-1", false},
        Row{"other type", "CN=cam-*,OU=Example", "CN=cam-1,O=Example", false},
        Row{"other case", "CN=cam-*", "CN=CAM-1", false},
        Row{"two stars", "CN=*-*", "CN=a-b-c", true},
        Row{"escaped star", R"(CN=\*)", "CN=a", false},
        Row{"escaped star, a star", R"(CN=\*)", "CN=*", true},
        Row{"escaped comma", R"(CN=a\,b)", R"(CN=a\,b)", true},
        Row{"type in another spelling", "commonName=a, 2.5.4.10=b", "CN=a,O=b", true},
        Row{"one RDN of two", "CN=a+OU=*,O=c", "CN=a+OU=b,O=c", true},
        Row{"two RDNs for one", "CN=a,OU=b", "CN=a+OU=b", false},
        Row{"star alone", "*", "CN=a", false},
        Row{"empty", "", "CN=a", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const CertificateProfile profile{.subject_pattern = {"CN=other", std::string(row.pattern)}};
        const Result<Grant> grant = apply(profile, {.subject = row.subject});
        CHECK(grant.has_value() == row.match);
        if (!grant)
            CHECK(grant.error().code == Errc::Policy);
    }
}

TEST_CASE("a pattern full of stars costs no more than the product of the lengths") {
    std::string pattern;
    for (int i = 0; i < 2000; ++i)
        pattern += "a*";
    CHECK_FALSE(x509::glob_matches(pattern + "b", std::string(4000, 'a'), false));
    CHECK(x509::glob_matches(pattern, std::string(4000, 'a'), true));
}

TEST_CASE("S10 a key that the profile does not allow is the algorithm's fault") {
    struct Row {
        std::string_view name;
        CertificateProfile profile;
        Key key;
        bool granted;
    };

    const Row rows[]{
        {"RSA 2048", {}, shared_rsa_key(), true},
        {"RSA 2048 where 3072 is wanted", {.min_rsa_bits = 3072}, shared_rsa_key(), false},
        {"P-256", {}, ec_key(), true},
        {"P-521 by default", {}, ec_key(crypto::Curve::P521), false},
        {"P-521 where allowed",
         {.curves = {crypto::Curve::P521}},
         ec_key(crypto::Curve::P521),
         true},
        {"no curves", {.curves = {}}, ec_key(), false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Result<Grant> grant =
            x509::apply_profile(row.profile, ask({}), row.key->public_key());
        CHECK(grant.has_value() == row.granted);
        if (!grant)
            CHECK(grant.error().code == Errc::Crypto);
    }
}

TEST_CASE("the subject keeps its octets when they are DER and of types that strict parsers read") {
    struct Row {
        std::string_view name;
        asn1::Oid type;
        asn1::Tag came;
        std::string_view content;
        asn1::Tag want;
        std::string_view value;
    };

    const std::array rows{
        Row{"PrintableString",
            oid::kCommonName,
            asn1::kPrintableString,
            "dev-1",
            asn1::kPrintableString,
            "dev-1"},
        Row{"UTF8String", oid::kCommonName, asn1::kUtf8String, "dev", asn1::kUtf8String, "dev"},
        Row{"IA5String", oid::kCommonName, asn1::kIa5String, "a@b", asn1::kIa5String, "a@b"},
        Row{"NumericString",
            oid::kCommonName,
            asn1::kNumericString,
            "49 01",
            asn1::kNumericString,
            "49 01"},
        Row{"PrintableString with other signs",
            oid::kCommonName,
            asn1::kPrintableString,
            "dev_1@x",
            asn1::kUtf8String,
            "dev_1@x"},
        Row{"NumericString with letters",
            oid::kCommonName,
            asn1::kNumericString,
            "abc",
            asn1::kPrintableString,
            "abc"},
        Row{"NumericString with other signs",
            oid::kCommonName,
            asn1::kNumericString,
            "a_b",
            asn1::kUtf8String,
            "a_b"},
        Row{"VisibleString",
            oid::kCommonName,
            asn1::kVisibleString,
            "dev",
            asn1::kPrintableString,
            "dev"},
        Row{"T61String",
            oid::kCommonName,
            asn1::kTeletexString,
            "gr\xfc\xdf",
            asn1::kUtf8String,
            "grüß"},
        Row{"T61String that is printable",
            oid::kOrganizationName,
            asn1::kTeletexString,
            "Example",
            asn1::kPrintableString,
            "Example"},
        Row{"BMPString",
            oid::kCommonName,
            asn1::kBmpString,
            {"\0a\0\xfc", 4},
            asn1::kUtf8String,
            "aü"},
        Row{"UniversalString",
            oid::kCommonName,
            asn1::kUniversalString,
            {"\0\0\0a", 4},
            asn1::kPrintableString,
            "a"},
        Row{"emailAddress as PrintableString",
            oid::kEmailAddress,
            asn1::kPrintableString,
            "a@b.example",
            asn1::kIa5String,
            "a@b.example"},
        Row{"emailAddress beyond ASCII",
            oid::kEmailAddress,
            asn1::kTeletexString,
            "\xfc@b.example",
            asn1::kUtf8String,
            "ü@b.example"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Buffer subject = raw_subject(row.type, row.came, row.content);
        const CertificationRequest asked =
            must(CertificationRequest::parse(write_request({.subject = subject})));
        const Grant grant = must(x509::apply_profile({}, asked, shared_rsa_key()->public_key()));
        CHECK(equal(grant.subject.der(), raw_subject(row.type, row.want, row.value)));
        CHECK(grant.subject.matches(asked.subject()));
    }
}

TEST_SUITE_END();
