#include <array>

#include <doctest/doctest.h>

#include "core/x509/issue.hpp"
#include "core/x509/security_identifier.hpp"
#include "fixtures.hpp"
#include "request_recipe.hpp"

using namespace scep;
using namespace scep::test;
using x509::RequestedIdentity;

TEST_SUITE_BEGIN("core/x509/identity");

namespace {

RequestedIdentity identity(std::string_view subject,
                           std::initializer_list<std::string_view> sans = {},
                           std::string_view sid = {}) {
    RequestedIdentity out{.subject = must(x509::Name::from_text(subject)),
                          .security_identifier = std::string(sid)};
    for (const std::string_view san : sans)
        out.subject_alt_names.push_back(must(x509::general_name_from_text(san)));
    return out;
}

}  // namespace

TEST_CASE("what a request asks for is subject, SANs and security identifier") {
    asn1::Writer sid;
    x509::write_security_identifier(sid, "S-1-5-21-7");
    const auto names = std::vector{must(x509::general_name_from_text("dns:a.example"))};
    RequestRecipe recipe{.subject = to_buffer(must(x509::Name::from_text("CN=a")).der())};
    recipe.attributes.push_back(
        extension_request({san_extension(names), extension(oid::kMicrosoftSid, sid.bytes())}));
    const auto request = must(x509::CertificationRequest::parse(write_request(recipe)));
    const RequestedIdentity asked = must(x509::requested_identity(request));
    CHECK(x509::same_identity(asked, identity("CN=a", {"dns:a.example"}, "S-1-5-21-7")));
}

TEST_CASE("a certificate names whom its request asked for") {
    const RequestedIdentity asked =
        identity("CN=a,O=Example", {"dns:a.example", "upn:a@b"}, "S-1-5-21-7");
    const auto ca = ec_key();
    const x509::CertificateFields fields{.serial = {1},
                                         .issuer = must(x509::Name::from_text("CN=ca")),
                                         .subject = asked.subject,
                                         .not_after = TimePoint(std::chrono::hours(1)),
                                         .key = ca->public_key(),
                                         .subject_alt_names = asked.subject_alt_names,
                                         .security_identifier = asked.security_identifier};
    const Buffer der = must(x509::sign_enrolled_certificate(fields, *ca, crypto::Digest::Sha256));
    const auto certificate = must(x509::Certificate::parse(der));
    CHECK(x509::same_identity(must(x509::certified_identity(certificate)), asked));
    const x509::Extension* sid = certificate.extension(oid::kMicrosoftSid);
    REQUIRE(sid != nullptr);
    CHECK_FALSE(sid->critical);
    CHECK(to_hex(sid->value) == "301ca01a060a2b060104018237190201a00c040a532d312d352d32312d37");
}

TEST_CASE("S09 two identities are the same whatever their spelling, and only then") {
    struct Row {
        std::string_view name;
        RequestedIdentity one, other;
        bool same;
    };

    const std::array rows{
        Row{"equal", identity("CN=a"), identity("CN=a"), true},
        Row{"case of the subject", identity("CN=Cam 1"), identity("CN=cam  1"), true},
        Row{"another subject", identity("CN=a"), identity("CN=b"), false},
        Row{"SANs in another order",
            identity("CN=a", {"dns:a", "dns:b"}),
            identity("CN=a", {"dns:b", "dns:a"}),
            true},
        Row{"one SAN more",
            identity("CN=a", {"dns:a"}),
            identity("CN=a", {"dns:a", "dns:b"}),
            false},
        Row{"one SAN twice",
            identity("CN=a", {"dns:a", "dns:b"}),
            identity("CN=a", {"dns:a", "dns:a"}),
            false},
        Row{"a SAN of another type",
            identity("CN=a", {"email:a@b.c"}),
            identity("CN=a", {"upn:a@b.c"}),
            false},
        Row{"another security identifier",
            identity("CN=a", {}, "S-1-5-21-1"),
            identity("CN=a", {}, "S-1-5-21-2"),
            false},
        Row{"a security identifier more",
            identity("CN=a"),
            identity("CN=a", {}, "S-1-5-21-2"),
            false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(x509::same_identity(row.one, row.other) == row.same);
        CHECK(x509::same_identity(row.other, row.one) == row.same);
    }
}

TEST_SUITE_END();
