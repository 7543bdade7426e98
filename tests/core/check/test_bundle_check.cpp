// A device's chain link by link, and bundles as files.
#include <algorithm>

#include <doctest/doctest.h>

#include "core/check/bundle_check.hpp"
#include "mtls_world.hpp"

namespace {

using namespace scep;
using namespace scep::test;
using check::PlacedCertificate;

// A root with an intermediate for CAs below it, and one for devices.
struct Lab {
    Identity root = make_bootstrap({.subject = "CN=root"});
    Identity above = make_bootstrap({.subject = "CN=issuing"}, &root);

    x509::Certificate device(CertificateRecipe recipe = {}) const {
        recipe.subject = "CN=device";
        if (recipe.ekus.empty())
            recipe.ekus = {oid::kClientAuth};
        return make_identity(recipe, ec_key(), &above).certificate;
    }
};

std::vector<PlacedCertificate> placed(const std::vector<Identity>& identities,
                                      const std::string& source) {
    std::vector<PlacedCertificate> out;
    out.reserve(identities.size());
    for (const Identity& identity : identities)
        out.push_back({identity.certificate, source, out.size() * 10 + 1});
    return out;
}

std::vector<x509::Crl> crls_of(const std::vector<std::string>& pems) {
    std::vector<x509::Crl> out;
    out.reserve(pems.size());
    for (const std::string& pem : pems)
        out.push_back(must(x509::parse_crls(as_bytes(pem), "test.crl")).front());
    return out;
}

// "CN=device: revocation", of every check that failed.
std::vector<std::string> failures(const check::DeviceVerdict& device) {
    std::vector<std::string> out;
    for (const check::ChainLink& link : device.links)
        for (const check::LinkCheck& check : link.checks)
            if (!check.good)
                out.push_back(link.certificate.certificate.subject_text() + ": " +
                              std::string(check.name));
    return out;
}

using Failures = std::vector<std::string>;

struct DeviceRow {
    std::string_view name;
    x509::Trust trust;
    Failures failures;
    std::size_t links;
    check::DeviceVerdict (*judge)(const Lab&);
};

check::DeviceVerdict judge(const x509::Certificate& leaf,
                           const std::vector<Identity>& sent,
                           const std::vector<Identity>& anchors,
                           std::vector<x509::Crl> crls = {},
                           std::vector<x509::Fingerprint> denied = {}) {
    return must(
        check::check_device({.leaf = {leaf, "device.pem", 1}, .chain = placed(sent, "chain.pem")},
                            {.anchors = placed(anchors, "bundle.pem"),
                             .crls = std::move(crls),
                             .denied = std::move(denied)},
                            kNow));
}

const std::vector<DeviceRow>& device_rows() {
    using x509::Trust;
    static const std::vector<DeviceRow> table{
        {"a device with its intermediate",
         Trust::Good,
         {},
         3,
         [](const Lab& l) { return judge(l.device(), {l.above}, {l.root}); }},
        {"an intermediate as the anchor",
         Trust::Good,
         {},
         2,
         [](const Lab& l) { return judge(l.device(), {l.root}, {l.above}); }},
        {"both as anchors: the lower one ends the chain",
         Trust::Good,
         {},
         2,
         [](const Lab& l) {
             return judge(l.device(), {}, {l.root, l.above});
         }},
        {"an intermediate that was not sent",
         Trust::Untrusted,
         {"CN=device: issuer"},
         1,
         [](const Lab& l) { return judge(l.device(), {}, {l.root}); }},
        {"a root that is not in the bundle",
         Trust::Untrusted,
         {"CN=root: issuer"},
         3,
         [](const Lab& l) {
             return judge(l.device(), {l.above, l.root}, {make_bootstrap({.subject = "CN=x"})});
         }},
        {"a namesake of the issuer",
         Trust::Untrusted,
         {"CN=device: issuer"},
         1,
         [](const Lab& l) {
             return judge(l.device(), {}, {make_bootstrap({.subject = "CN=issuing"})});
         }},
        {"an expired device",
         Trust::NotValidNow,
         {"CN=device: dates"},
         3,
         [](const Lab& l) {
             return judge(l.device({.not_before = kNow - 9 * kDay, .not_after = kNow - kDay}),
                          {l.above},
                          {l.root});
         }},
        {"a device of the future",
         Trust::NotValidNow,
         {"CN=device: dates"},
         2,
         [](const Lab& l) { return judge(l.device({.not_before = kNow + kDay}), {}, {l.above}); }},
        {"a server's certificate",
         Trust::Unfit,
         {"CN=device: extended-key-usage"},
         2,
         [](const Lab& l) { return judge(l.device({.ekus = {oid::kServerAuth}}), {}, {l.above}); }},
        {"a CA without CA:TRUE",
         Trust::Untrusted,
         {"CN=issuing: ca"},
         3,
         [](const Lab& l) {
             const Identity odd =
                 make_bootstrap({.subject = "CN=issuing", .basic_constraints = std::nullopt},
                                &l.root,
                                l.above.key);
             return judge(l.device(), {odd}, {l.root});
         }},
        {"a CA without keyCertSign",
         Trust::Untrusted,
         {"CN=issuing: key-usage"},
         3,
         [](const Lab& l) {
             const Identity odd = make_bootstrap(
                 {.subject = "CN=issuing", .key_usage = x509::kCrlSign}, &l.root, l.above.key);
             return judge(l.device(), {odd}, {l.root});
         }},
        {"a path that is too long",
         Trust::Untrusted,
         {"CN=root: path-length"},
         3,
         [](const Lab& l) {
             const Identity root = make_bootstrap(
                 {.subject = "CN=root", .basic_constraints = x509::BasicConstraints{true, 0}},
                 nullptr,
                 l.root.key);
             return judge(l.device(), {l.above}, {root});
         }},
        {"a device that is not revoked",
         Trust::Good,
         {},
         3,
         [](const Lab& l) {
             return judge(
                 l.device(), {l.above}, {l.root}, crls_of({crl_pem(l.root), crl_pem(l.above)}));
         }},
        {"a revoked device",
         Trust::Revoked,
         {"CN=device: revocation"},
         2,
         [](const Lab& l) {
             const x509::Certificate device = l.device();
             return judge(
                 device, {}, {l.above}, crls_of({crl_pem(l.above, {.revoked = {device}})}));
         }},
        {"a revoked intermediate",
         Trust::Revoked,
         {"CN=issuing: revocation"},
         3,
         [](const Lab& l) {
             return judge(
                 l.device(),
                 {l.above},
                 {l.root},
                 crls_of({crl_pem(l.root, {.revoked = {l.above.certificate}}), crl_pem(l.above)}));
         }},
        {"no list of the intermediate",
         Trust::NoCurrentCrl,
         {"CN=device: revocation"},
         3,
         [](const Lab& l) {
             return judge(l.device(), {l.above}, {l.root}, crls_of({crl_pem(l.root)}));
         }},
        {"a stale list",
         Trust::NoCurrentCrl,
         {"CN=device: revocation"},
         2,
         [](const Lab& l) {
             return judge(
                 l.device(),
                 {},
                 {l.above},
                 crls_of({crl_pem(l.above, {.from = kNow - 9 * kDay, .until = kNow - kDay})}));
         }},
        {"an issuer's certificates, the first of them expired",
         Trust::Good,
         {},
         2,
         [](const Lab& l) {
             const Identity old = make_bootstrap(
                 {.subject = "CN=issuing", .not_before = kNow - 9 * kDay, .not_after = kNow - kDay},
                 &l.root,
                 l.above.key);
             return judge(l.device(), {}, {old, l.above});
         }},
        {"an issuer's certificates, the first of them unfit: the verifier takes that",
         Trust::Untrusted,
         {"CN=issuing: key-usage"},
         2,
         [](const Lab& l) {
             const Identity mute = make_bootstrap(
                 {.subject = "CN=issuing", .key_usage = x509::kCrlSign}, &l.root, l.above.key);
             return judge(l.device(), {}, {mute, l.above});
         }},
        {"a denied device",
         Trust::Denied,
         {"CN=device: denied"},
         2,
         [](const Lab& l) {
             const x509::Certificate device = l.device();
             return judge(device, {}, {l.above}, {}, {device.fingerprint()});
         }},
        {"a denied anchor",
         Trust::Denied,
         {"CN=issuing: denied"},
         2,
         [](const Lab& l) {
             return judge(l.device(), {}, {l.above}, {}, {l.above.certificate.fingerprint()});
         }},
        {"a loop of intermediates that ends",
         Trust::Untrusted,
         {"CN=root: issuer"},
         3,
         [](const Lab& l) {
             const Identity crossed = make_bootstrap({.subject = "CN=root"}, &l.above, l.root.key);
             return judge(l.device(), {l.above, crossed}, {make_bootstrap({.subject = "CN=x"})});
         }},
    };
    return table;
}

check::BundleFile file_of(const std::string& path, const std::vector<Identity>& cas) {
    std::string text;
    for (const Identity& ca : cas)
        text += x509::to_pem(ca.certificate);
    return {.path = path, .reading = x509::read_bundle(as_bytes(text), path)};
}

check::BundleAnswer answer(check::BundleQuestion question) {
    question.now = kNow;
    question.min_remaining = 30 * kDay;
    return must(check::check_bundles(question));
}

}  // namespace

TEST_SUITE("core/check/bundle_check") {
    TEST_CASE("the links of a device's chain fail where the verdict says, and nowhere else") {
        const Lab lab;
        for (const DeviceRow& row : device_rows()) {
            CAPTURE(row.name);
            const check::DeviceVerdict device = row.judge(lab);
            CAPTURE(device.verdict.reason);
            CHECK(device.verdict.trust == row.trust);
            CHECK(failures(device) == row.failures);
            CHECK(device.links.size() == row.links);
            CHECK(device.good() == row.failures.empty());
            if (device.good())
                CHECK(device.links.back().anchor);
        }
    }

    TEST_CASE("a link names where its issuer stands") {
        const Lab lab;
        const check::DeviceVerdict device =
            judge(lab.device(), {lab.above}, {make_bootstrap({.subject = "CN=x"}), lab.root});
        REQUIRE(device.links.size() == 3);
        CHECK(device.links[0].checks.back().text == "issued by CN=issuing (chain.pem:1)");
        CHECK(device.links[1].checks.back().text == "issued by CN=root (bundle.pem:11)");
        CHECK(device.links[2].certificate.place() == "bundle.pem:11");
    }

    TEST_CASE("what only the verifier refuses is told at the certificate it refused") {
        const Identity ca = make_bootstrap({}, nullptr, shared_rsa_key());
        const check::DeviceVerdict device =
            judge(made_by_openssl(nullptr, ca, EVP_md5()), {}, {ca});
        CHECK_FALSE(device.good());
        CHECK(failures(device) == Failures{"CN=model: verification"});
        CHECK(device.links[0].checks.back().text.find("too weak") != std::string::npos);
    }

    TEST_CASE("a bundle is judged by the rules of preflight") {
        const Lab lab;
        const Identity old = make_bootstrap(
            {.subject = "CN=old", .not_before = kNow - 9 * kDay, .not_after = kNow - kDay});
        const check::BundleAnswer good = answer({.files = {file_of("a.pem", {lab.root})}});
        CHECK(good.good());
        CHECK(good.findings().empty());
        const check::BundleAnswer bad =
            answer({.files = {file_of("a.pem", {lab.root, old, lab.root})}});
        CHECK_FALSE(bad.good());
        CHECK(ids_of(bad.findings()) == std::set<std::string>{"trust-valid", "trust-duplicate"});
        CHECK(bad.findings().front().where.source == "a.pem");
        CHECK(bad.findings().front().where.subject == "CN=old");
    }

    TEST_CASE("what cannot be read of a bundle is an error with its line and a hint") {
        const Lab lab;
        const std::string text =
            x509::to_pem(lab.root.certificate) + std::string(as_text(lab.root.key->to_pkcs8_pem()));
        const check::BundleAnswer bad = answer(
            {.files = {{.path = "a.pem", .reading = x509::read_bundle(as_bytes(text), "a.pem")}}});
        CHECK_FALSE(bad.good());
        REQUIRE(bad.findings().size() == 1);
        CHECK(bad.findings()[0].id == "trust-bundle");
        CHECK(bad.findings()[0].where.line > 1);
        CHECK_FALSE(bad.findings()[0].hint.empty());
    }

    TEST_CASE("lists are looked at once for all files, but missing for each") {
        const Lab lab;
        const Identity other = make_bootstrap({.subject = "CN=other"});
        const std::string text = crl_pem(lab.root);
        const check::BundleAnswer both =
            answer({.files = {file_of("a.pem", {lab.root}), file_of("b.pem", {other})},
                    .crl_path = "list.crl",
                    .crls = must(x509::parse_crls(as_bytes(text), "list.crl"))});
        CHECK(both.shared.empty());
        CHECK(both.files[0].findings.empty());
        CHECK(ids_of(both.files[1].findings) == std::set<std::string>{"trust-crl-missing"});
        CHECK_FALSE(both.good());
    }

    TEST_CASE("a device passes by the union and not by one file") {
        const Lab lab;
        const Identity other = make_bootstrap({.subject = "CN=other"});
        const check::BundleAnswer both =
            answer({.files = {file_of("a.pem", {other, lab.above}), file_of("b.pem", {other})},
                    .device = check::Device{.leaf = {lab.device(), "device.pem", 1}}});
        REQUIRE(both.together);
        CHECK(both.together->good());
        CHECK(both.files[0].device->good());
        CHECK_FALSE(both.files[1].device->good());
        CHECK_FALSE(both.good());
        REQUIRE(both.partial.size() == 1);
        CHECK(both.partial[0].certificate == lab.above.certificate);
        CHECK(both.partial[0].has == std::vector<bool>{true, false});
        CHECK(both.partial[0].lines[0] > 1);
    }
}
