// The rules for a live server: what each makes of what was shown.
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "core/check/judge.hpp"
#include "core/check/rule.hpp"
#include "support/pki.hpp"

namespace {

using namespace scep;
using scep::test::kNow;
using Ids = std::set<std::string>;

constexpr std::chrono::hours kDay{24};

struct Row {
    std::string_view name;
    Ids ids{};
    std::string message{};  // of the first finding, in part
    void (*change)(check::Probe&) = [](check::Probe&) {};
};

struct Pki {
    test::Identity ca = test::make_ca(test::ec_key());
    test::Identity ra = test::make_ra(test::shared_rsa_key(), ca);
    test::Identity tls = test::make_identity(
        {.subject = "CN=localhost",
         .subject_alt_names = {test::must(x509::general_name_from_text("dns:localhost"))}},
        test::ec_key(),
        &ca);
};

const Pki& pki() {
    static const Pki out;
    return out;
}

x509::Certificate tls_like(test::CertificateRecipe recipe) {
    recipe.subject_alt_names = {test::must(x509::general_name_from_text("dns:*.example")),
                                test::must(x509::general_name_from_text("dns:LOCALHOST"))};
    return test::make_identity(recipe, test::ec_key(), &pki().ca).certificate;
}

x509::Certificate ra_like(const test::CertificateRecipe& recipe, const test::Key& key) {
    return test::make_identity(recipe, key, &pki().ca).certificate;
}

check::Probe good() {
    return {.url = "https://localhost:8443/scep/corp",
            .host = "localhost",
            .tls = true,
            .trust_known = true,
            .tls_version = "TLSv1.3",
            .tls_chain = {pki().tls.certificate},
            .capabilities =
                Capabilities{
                    .post_pki_operation = true, .sha256 = true, .aes = true, .scep_standard = true},
            .certificates = {pki().ra.certificate, pki().ca.certificate},
            .mtls_url = "https://localhost:8443/scep-mtls/corp",
            .mtls_status = 401};
}

const std::vector<Row>& rows() {
    static const std::vector<Row> table{
        {.name = "a server that does not answer",
         .ids = {"url-reachable"},
         .message = "cannot connect",
         .change =
             [](check::Probe& p) {
                 p = {.url = p.url,
                      .tls = true,
                      .unreachable = Error{.code = Errc::Network, .what = "cannot connect"}};
             }},
        {.name = "TLS 1.2",
         .ids = {"url-tls-version"},
         .message = "the server chose TLSv1.2",
         .change = [](check::Probe& p) { p.tls_version = "TLSv1.2"; }},
        {.name = "a TLS certificate of another CA",
         .ids = {"url-tls-trust"},
         .message = "does not verify",
         .change =
             [](check::Probe& p) {
                 p.untrusted = Error{.code = Errc::Network, .what = "does not verify"};
             }},
        {.name = "a TLS certificate for another host",
         .ids = {"url-tls-host"},
         .message = "the TLS certificate is not for 192.0.2.1",
         .change = [](check::Probe& p) { p.host = "192.0.2.1"; }},
        {.name = "an expired TLS certificate",
         .ids = {"url-tls-valid"},
         .message = "the certificate has expired",
         .change = [](check::Probe& p) { p.tls_chain = {tls_like({.not_after = kNow - kDay})}; }},
        {.name = "a TLS certificate that ends soon",
         .ids = {"url-tls-expiry"},
         .message = "the certificate expires in 3 days",
         .change =
             [](check::Probe& p) { p.tls_chain = {tls_like({.not_after = kNow + 3 * kDay})}; }},
        {.name = "a TLS certificate signed with SHA-1",
         .ids = {"url-tls-signature"},
         .message = "signed with SHA-1",
         .change =
             [](check::Probe& p) { p.tls_chain = {tls_like({.digest = crypto::Digest::Sha1})}; }},
        {.name = "no capabilities",
         .ids = {"url-capabilities"},
         .message = "GetCACaps: HTTP 404",
         .change =
             [](check::Probe& p) {
                 p.capabilities.reset();
                 p.capabilities_refusal = "HTTP 404";
             }},
        {.name = "capabilities of long ago",
         .ids = {"url-caps-post",
                 "url-caps-aes",
                 "url-caps-sha256",
                 "url-caps-standard",
                 "url-caps-weak"},
         .message = "GetCACaps lacks POSTPKIOperation",
         .change =
             [](check::Probe& p) { p.capabilities = Capabilities{.sha1 = true, .des3 = true}; }},
        {.name = "a profile for client certificates only",
         .ids = {"url-mtls-only"},
         .message = "is closed (HTTP 403), and https://localhost:8443/scep-mtls/corp asks for",
         .change =
             [](check::Probe& p) {
                 p.status = 403;
                 p.capabilities.reset();
                 p.capabilities_refusal = "HTTP 403";
                 p.certificates.clear();
                 p.certificates_refusal = "HTTP 403";
             }},
        {.name = "a door that is closed without a sibling",
         .ids = {"url-capabilities", "url-certificates"},
         .message = "GetCACaps: HTTP 403",
         .change =
             [](check::Probe& p) {
                 p.status = 403;
                 p.mtls_status = 404;
                 p.capabilities.reset();
                 p.capabilities_refusal = "HTTP 403";
                 p.certificates.clear();
                 p.certificates_refusal = "HTTP 403";
             }},
        {.name = "no certificates",
         .ids = {"url-certificates"},
         .message = "GetCACert: HTTP 500",
         .change =
             [](check::Probe& p) {
                 p.certificates.clear();
                 p.certificates_refusal = "HTTP 500";
             }},
        {.name = "an EC CA without an RA",
         .ids = {"url-ra-encrypts"},
         .message = "no certificate of GetCACert can be encrypted to",
         .change = [](check::Probe& p) { p.certificates = {pki().ca.certificate}; }},
        {.name = "an RA that does not say what it is for",
         .ids = {"url-ra-encrypts"},
         .message = "no certificate of GetCACert says keyEncipherment",
         .change =
             [](check::Probe& p) {
                 p.certificates = {ra_like({.key_usage = 0}, test::shared_rsa_key()),
                                   pki().ca.certificate};
             }},
        {.name = "nothing that may sign",
         .ids = {"url-ra-signs", "url-chain"},
         .message = "no certificate of GetCACert may sign",
         .change =
             [](check::Probe& p) {
                 p.certificates = {
                     ra_like({.key_usage = x509::kKeyEncipherment}, test::shared_rsa_key())};
             }},
        {.name = "an expired RA",
         .ids = {"url-valid"},
         .message = "the certificate has expired",
         .change =
             [](check::Probe& p) {
                 p.certificates = {ra_like({.not_after = kNow - kDay}, test::shared_rsa_key()),
                                   pki().ca.certificate};
             }},
        {.name = "an RA that ends soon",
         .ids = {"url-expiry"},
         .message = "the certificate expires in 9 days",
         .change =
             [](check::Probe& p) {
                 p.certificates = {ra_like({.not_after = kNow + 9 * kDay}, test::shared_rsa_key()),
                                   pki().ca.certificate};
             }},
        {.name = "an RA signed with SHA-1",
         .ids = {"url-signature"},
         .message = "signed with SHA-1",
         .change =
             [](check::Probe& p) {
                 p.certificates = {
                     ra_like({.digest = crypto::Digest::Sha1}, test::shared_rsa_key()),
                     pki().ca.certificate};
             }},
        {.name = "an RA of nobody's",
         .ids = {"url-chain"},
         .message = "chains to no CA certificate of GetCACert",
         .change = [](check::Probe& p) { p.certificates = {pki().ra.certificate}; }},
        {.name = "an open gate",
         .ids = {"url-mtls"},
         .message = "the gate is open",
         .change = [](check::Probe& p) { p.mtls_status = 200; }},
        {.name = "a gate that hangs up",
         .ids = {"url-mtls"},
         .message = "ends the connection",
         .change = [](check::Probe& p) { p.mtls_status = 0; }},
        {.name = "a server as it should be", .ids = {}, .message = ""},
        {.name = "no such route",
         .ids = {},
         .message = "",
         .change = [](check::Probe& p) { p.mtls_status = 404; }},
        {.name = "plain HTTP", .ids = {}, .message = "", .change = [](check::Probe& p) {
             p = {.url = "http://localhost/scep",
                  .capabilities = p.capabilities,
                  .certificates = p.certificates};
         }}};
    return table;
}

check::Report judge(const Row& row) {
    check::Probe probe = good();
    row.change(probe);
    return check::judge(probe, {.now = kNow});
}

}  // namespace

TEST_SUITE("core/check/url") {
    TEST_CASE("each rule finds what a client would stumble over") {
        for (const Row& row : rows()) {
            CAPTURE(row.name);
            const check::Report report = judge(row);
            Ids ids;
            for (const check::Finding& finding : report.findings)
                ids.insert(finding.id);
            CHECK(ids == row.ids);
            if (!report.findings.empty())
                CHECK(report.findings.front().message.find(row.message) != std::string::npos);
        }
    }

    TEST_CASE("every rule of a live server has a row for each of its verdicts") {
        std::map<std::string_view, std::set<check::Verdict>> seen;
        for (const Row& row : rows())
            for (const check::Check& check : judge(row).checks)
                seen[check.rule].insert(check.verdict);
        for (const check::Rule& rule : check::rules()) {
            if (rule.scope != check::Scope::Url)
                continue;
            CAPTURE(rule.id);
            CHECK(seen[rule.id].contains(check::Verdict::Failed));
            CHECK(seen[rule.id].contains(check::Verdict::Passed));
            CHECK(seen[rule.id].contains(check::Verdict::NotApplicable) ==
                  (rule.applies != nullptr));
        }
    }

    TEST_CASE("what was seen is told, certificates with the days they have left") {
        check::Probe probe = good();
        probe.tls_chain.clear();
        const std::string text =
            check::report_text(check::judge(probe, {.now = kNow}),
                               [](std::string_view word) { return std::string(word); });
        CHECK(text ==
              "  tls version      TLSv1.3\n"
              "  capabilities     POSTPKIOperation SHA-256 AES SCEPStandard\n"
              "  ra certificate   CN=Test RA, RSA 2048 bits, 365 days left\n"
              "  ca certificate   CN=Test CA, EC P-256, 365 days left\n"
              "  mtls route       HTTP 401\n"
              "\n"
              "checks: 18 passed, 4 not applicable\n"
              "0 errors, 0 warnings, 0 notices: clients can use the server\n");
    }

    TEST_CASE("the outcome is for clients") {
        CHECK(check::summary(judge(rows().back())) ==
              "0 errors, 0 warnings, 0 notices: clients can use the server");
        CHECK(check::summary(judge(rows().front())).ends_with(": clients would fail"));
    }
}
