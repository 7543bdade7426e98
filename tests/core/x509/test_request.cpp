#include <array>

#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "fixtures.hpp"
#include "request_recipe.hpp"

using namespace scep;
using namespace scep::test;
using x509::CertificationRequest;

TEST_SUITE_BEGIN("core/x509/request");

namespace {

std::string challenge_of(const CertificationRequest& request) {
    return request.challenge() ? std::string(as_text(request.challenge()->value)) : "(none)";
}

std::string sans_of(const CertificationRequest& request) {
    std::string out;
    for (const x509::GeneralName& name : request.subject_alt_names())
        out += name.to_text() + " ";
    return out;
}

}  // namespace

TEST_CASE("what openssl wrote is read") {
    const CertificationRequest rsa = request("request-rsa");
    CHECK(rsa.subject().to_text() == "CN=cam-1,O=Example");
    CHECK(challenge_of(rsa) == "secret123");
    CHECK_FALSE(rsa.challenge()->nested);
    CHECK(sans_of(rsa) == "dns:cam-1.example ip:192.0.2.7 ");
    CHECK(rsa.requested_extensions().size() == 4);
    for (const std::string_view name : {"request-rsa", "request-ec", "request-pss"}) {
        CAPTURE(name);
        const CertificationRequest one = request(std::string(name));
        const crypto::PublicKey key = must(one.public_key(crypto::kStrictKeys));
        CHECK(one.verify_signature(crypto::Library::standard(), key));
        CHECK_FALSE(
            one.verify_signature(crypto::Library::standard(), shared_rsa_key()->public_key()));
    }
    CHECK_FALSE(request("request-ec").challenge());
    CHECK(must(request("request-pss").signature_algorithm()).kind == crypto::SignatureKind::RsaPss);
}

TEST_CASE("Gutmann's reference request is read") {
    const char* captures = std::getenv("SCEP_CAPTURES");
    if (captures == nullptr)
        return;
    const Buffer der = read_file(std::string(captures) + "/gutmann-sample-req-inner.der");
    const CertificationRequest request = must(CertificationRequest::parse(der));
    CHECK(challenge_of(request) == "NQ3C6-GS3ZN-2XPGL-SEJTQ");
    CHECK(sans_of(request) == "email:dave@wetas-r-us.com uri:http://www.wetas-r-us.com ");
    CHECK_FALSE(request.public_key(crypto::kStrictKeys));
    const crypto::PublicKey key = must(request.public_key(crypto::kDecodeKeys));
    CHECK(request.verify_signature(crypto::Library::standard(), key));
}

TEST_CASE("challengePassword is read in every spelling that clients use") {
    struct Row {
        std::string_view name;
        std::string_view value;  // hex: what the SET holds
        std::string_view want;
        asn1::Tag type{};
        bool nested = false;
    };

    const std::array rows{
        Row{"PrintableString", "1303616263", "abc", asn1::kPrintableString},
        Row{"UTF8String", "0c04 61c3a462", "aäb", asn1::kUtf8String},
        Row{"BMPString", "1e06 0061 00e4 20ac", "aä€", asn1::kBmpString},
        Row{"BMPString with a surrogate pair", "1e04 d83d de00", "😀", asn1::kBmpString},
        Row{"T61String", "1402 61e4", "aä", asn1::kTeletexString},
        Row{"IA5String", "1603616263", "abc", asn1::kIa5String},
        Row{"UniversalString", "1c08 00000061 000020ac", "a€", asn1::kUniversalString},
        Row{"in a SEQUENCE", "30051303616263", "abc", asn1::kPrintableString, true},
        Row{"in a SET", "31050c03616263", "abc", asn1::kUtf8String, true},
        Row{"longer than any small string",
            "1320 3031323334353637383930313233343536373839303132333435363738393031",
            "01234567890123456789012345678901",
            asn1::kPrintableString},
        Row{"an empty string", "1300", "(none)"},
        Row{"an empty SET", "", "(none)"},
        Row{"an empty SEQUENCE", "3000", "(none)"},
        Row{"an empty string in a SEQUENCE", "30020c00", "(none)"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto request = CertificationRequest::parse(
            write_request({.attributes = {attribute(oid::kChallengePassword, row.value)}}));
        REQUIRE(request);
        CHECK(challenge_of(*request) == row.want);
        if (!request->challenge())
            continue;
        CHECK(request->challenge()->string_type == row.type);
        CHECK(request->challenge()->nested == row.nested);
    }
}

TEST_CASE("a challengePassword of another shape is refused") {
    const std::string long_challenge = "13820401" + to_hex(Buffer(1025, 'a'));

    struct Row {
        std::string_view name;
        std::string_view value;
    };

    const std::array rows{Row{"two values", "130161 130162"},
                          Row{"two in a SEQUENCE", "3006130161130162"},
                          Row{"three deep", "30053003130161"},
                          Row{"a number", "020101"},
                          Row{"an empty number", "0200"},
                          Row{"an odd BMPString", "1e03006100"},
                          Row{"half a surrogate pair", "1e02d83d"},
                          Row{"bad UTF-8", "0c01ff"},
                          Row{"too long", long_challenge},
                          Row{"constructed", "2c03040161"}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK_FALSE(CertificationRequest::parse(
            write_request({.attributes = {attribute(oid::kChallengePassword, row.value)}})));
    }
}

TEST_CASE("requested extensions are read under all three attribute types") {
    // Extensions with one SAN, dns:a
    constexpr std::string_view kSan = "300e 300c 0603551d11 0405 3003820161";
    for (const asn1::Oid& type :
         {oid::kExtensionRequest, oid::kMicrosoftExtensionRequest, oid::kExtensionReq}) {
        CAPTURE(asn1::name(type));
        const auto request =
            CertificationRequest::parse(write_request({.attributes = {attribute(type, kSan)}}));
        REQUIRE(request);
        CHECK(sans_of(*request) == "dns:a ");
    }
    const auto both = CertificationRequest::parse(
        write_request({.attributes = {attribute(oid::kExtensionRequest, kSan),
                                      attribute(oid::kMicrosoftExtensionRequest, kSan)}}));
    REQUIRE_FALSE(both);
    CHECK(both.error().what == "extension subjectAltName is there twice");
    const auto none = CertificationRequest::parse(
        write_request({.attributes = {attribute(oid::kExtensionRequest, "")}}));
    REQUIRE(none);
    CHECK(none->requested_extensions().empty());
}

TEST_CASE("S04 an attribute twice is refused") {
    const auto request = CertificationRequest::parse(
        write_request({.attributes = {attribute(oid::kChallengePassword, "130161"),
                                      attribute(oid::kChallengePassword, "130161")}}));
    REQUIRE_FALSE(request);
    CHECK(request.error().code == Errc::Protocol);
    CHECK(request.error().where.offset.value_or(0) > 0);
    std::vector<Buffer> many;
    many.reserve(limits::kMaxAttributes + 1);
    for (int i = 0; i < 65; ++i)
        many.push_back(attribute(must(asn1::parse_oid("1.2.3." + std::to_string(i))), ""));
    CHECK_FALSE(CertificationRequest::parse(write_request({.attributes = many})));
}

TEST_CASE("requests of another shape are refused, forms that clients use are not") {
    struct Row {
        std::string_view name;
        RequestRecipe recipe;
        bool good;
    };

    const Row rows[]{
        {"plain", {}, true},
        {"no attributes at all", {.no_attributes = true}, true},
        {"version 2, as OpenSSL's callers write", {.version = 2}, true},
        {"version 3", {.version = 3}, false},
        {"bytes after it", {.after = {0}}, false},
        {"a second request after it", {.after = write_request({})}, false},
        {"bytes inside it", {.inside = {5, 0}}, false},
        {"bytes in the info", {.info_end = {5, 0}}, false},
        {"an empty SAN list",
         {.attributes = {attribute(oid::kExtensionRequest, "300b 3009 0603551d11 0402 3000")}},
         false},
        {"an attribute without values",
         {.attributes = {from_hex("30050603550403").value()}},
         false},
        {"an attribute of three parts",
         {.attributes = {from_hex("3009 0603550403 3100 0500").value()}},
         false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(CertificationRequest::parse(write_request(row.recipe)).has_value() == row.good);
    }
}

TEST_CASE("a request in BER is read, and its signature is over the octets as they came") {
    const Key key = ec_key();
    const SecretBytes der = must(x509::build_request(
        {.subject = must(x509::Name::from_text("CN=a"))}, *key, crypto::Digest::Sha256));
    REQUIRE(der[1] == 0x81);  // one length octet follows
    Buffer ber{0x30, 0x80};
    ber.insert(ber.end(), der.begin() + 3, der.end());
    ber.insert(ber.end(), {0, 0});
    const CertificationRequest request = must(CertificationRequest::parse(ber));
    CHECK(request.verify_signature(crypto::Library::standard(), key->public_key()));
    ber.push_back(0);
    CHECK_FALSE(CertificationRequest::parse(ber));
}

TEST_CASE("the request keeps its own copy and offsets count from outside") {
    std::optional<CertificationRequest> request;
    {
        const Buffer der =
            write_request({.attributes = {attribute(oid::kChallengePassword, "13")}});
        const auto bad = CertificationRequest::parse(der, 5000);
        REQUIRE_FALSE(bad);
        CHECK(bad.error().where.offset.value_or(0) > 5000);
    }
    {
        const Buffer der =
            write_request({.attributes = {attribute(oid::kChallengePassword, "130161")}});
        request = must(CertificationRequest::parse(der));
    }
    CHECK(challenge_of(*request) == "a");
    CHECK(request->spki().data() > request->der().data());
    CHECK_FALSE(request->signature_algorithm().has_value());
}

TEST_CASE("requests we build are what openssl expects, and come back") {
    for (const Key& key : {shared_rsa_key(), ec_key(), ec_key(crypto::Curve::P521)}) {
        for (const crypto::Digest digest :
             {crypto::Digest::Sha1, crypto::Digest::Sha256, crypto::Digest::Sha512}) {
            const x509::RequestFields fields{
                .subject = must(x509::Name::from_text("CN=cam-1,O=Grüße")),
                .subject_alt_names = {must(x509::general_name_from_text("dns:cam-1.example")),
                                      must(x509::general_name_from_text("upn:a@b.example"))},
                .challenge = to_secret("sesame 42")};
            const SecretBytes der = must(x509::build_request(fields, *key, digest));
            const X509ReqPtr referee = referee_request(der);
            REQUIRE(referee);
            CHECK(X509_REQ_verify(referee.get(), X509_REQ_get0_pubkey(referee.get())) == 1);
            CHECK(X509_REQ_get_attr_by_NID(referee.get(), NID_pkcs9_challengePassword, -1) >= 0);

            const CertificationRequest back = must(CertificationRequest::parse(der));
            CHECK(back.subject() == fields.subject);
            CHECK(challenge_of(back) == "sesame 42");
            CHECK(back.challenge()->string_type == asn1::kPrintableString);
            CHECK(sans_of(back) == "dns:cam-1.example upn:a@b.example ");
            CHECK(back.verify_signature(crypto::Library::standard(), key->public_key()));
        }
    }
}

TEST_CASE("a request without challenge and SANs has no attributes") {
    const x509::RequestFields fields{.subject = must(x509::Name::from_text("CN=x"))};
    const SecretBytes der = must(x509::build_request(fields, *ec_key(), crypto::Digest::Sha256));
    CHECK(X509_REQ_get_attr_count(referee_request(der).get()) == 0);
    x509::RequestFields umlaut = fields;
    umlaut.challenge = to_secret("Schlüssel");
    const SecretBytes other = must(x509::build_request(umlaut, *ec_key(), crypto::Digest::Sha256));
    CHECK(must(CertificationRequest::parse(other)).challenge()->string_type == asn1::kUtf8String);
    umlaut.challenge = to_secret("\xff");
    CHECK_FALSE(x509::build_request(umlaut, *ec_key(), crypto::Digest::Sha256));
}

TEST_SUITE_END();
