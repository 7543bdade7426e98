// From a configuration to a report: what is said once, for whom, and how it counts.
#include <doctest/doctest.h>

#include "world.hpp"

namespace {

using namespace scep;
using scep::test::ids_of;
using scep::test::kNow;
using scep::test::report_on;
using scep::test::World;

const check::Check* find(const check::Report& report,
                         std::string_view rule,
                         std::string_view profile) {
    for (const check::Check& check : report.checks)
        if (check.rule == rule && check.profile == profile)
            return &check;
    return nullptr;
}

}  // namespace

TEST_SUITE("core/check/judge") {
    TEST_CASE("a configuration in order passes, and serve would start") {
        const World world;
        world.write();
        const check::Report report = report_on(world);
        CHECK(report.findings.empty());
        CHECK(report.would_start);
        CHECK(check::summary(report) == "0 errors, 0 warnings, 0 notices: serve would start");
        CHECK(report.target == (world.dir / "certctl-scep.toml").string());
    }

    TEST_CASE("seven faults of all kinds are told in one run") {
        World world;
        world.challenge = "password";
        world.replace_ra({.not_before = kNow - 10 * test::kDay, .not_after = kNow - test::kDay});
        world.write();
        world.set_mode("ca.key", 0644);
        world.change_config("tls_cert_path", "lisen = \"127.0.0.1:1\"\ntls_cert_path");
        world.change_config("max_ttl = \"30d\"", "max_ttl = \"30 days\"");
        world.change_config("issuer_id = \"iss-local\"", "issuer_id = \"iss-locl\"");
        world.dir.write("tls.key", as_text(test::ec_key()->to_pkcs8_pem()));
        const check::Report report = report_on(world);
        CHECK(
            ids_of(report.findings) ==
            std::set<std::string>{
                "configuration", "ca-key-mode", "ra-valid", "challenge-strength", "tls-key-match"});
        CHECK(report.findings.size() == 7);
        CHECK(check::count(report, check::Severity::Error) == 6);
        CHECK_FALSE(report.would_start);
    }

    TEST_CASE("a mistake in the configuration names its profile, and what follows is not said") {
        World world;
        world.write();
        world.change_config("[scep.corp]", "[scep.corp]\npath_id = \"site\"");
        world.change_config("ra_cert_path", "ra_crt_path");
        const check::Report report = report_on(world);
        CHECK(ids_of(report.findings) == std::set<std::string>{"configuration"});
        for (const check::Finding& finding : report.findings)
            CHECK(finding.profile == "site");
        REQUIRE(find(report, "configuration", "site") != nullptr);
        CHECK(find(report, "configuration", "site")->verdict == check::Verdict::Failed);
    }

    TEST_CASE("one fault of a profile hides none of its others") {
        World world;
        world.write();
        const auto judged = [&](const std::string& tables, const config::Environment& environment) {
            world.write_config(world.config.substr(0, world.config.find("[scep.")) + tables);
            const config::Reading reading =
                config::read_config_file(world.dir / "certctl-scep.toml", environment);
            std::set<std::string> out;
            for (const check::Finding& finding :
                 check::judge(reading, check::load_deployment(reading.config, {}), {.now = kNow})
                     .findings)
                if (finding.severity == check::Severity::Error)
                    out.insert(finding.where.field + " " + finding.id + " | " + finding.hint);
            return out;
        };
        const auto count = [](const std::set<std::string>& texts, std::string_view begin) {
            return std::ranges::count_if(
                texts, [&](const std::string& text) { return text.starts_with(begin); });
        };
        const auto four = judged("[scep.corp]\nmtls_enabled = true\n", {});
        CHECK(four.size() == 4);
        CHECK(four.contains("scep.corp.issuer_id configuration | issuer_id = \"iss-local\""));
        CHECK(count(four, "scep.corp.challenge_password_file challenge-present") == 1);
        CHECK(count(four, "scep.corp.ra_cert_path ra-present") == 1);
        CHECK(count(four, "scep.corp.mtls_client_ca_trust_bundle_path trust-bundle") == 1);
        const auto three = judged("", {{"CERTCTL_SCEP_PROFILES", "c"}});
        CHECK(three.size() == 3);
        CHECK(three.contains(
            "scep.c.issuer_id configuration | CERTCTL_SCEP_PROFILE_C_ISSUER_ID=iss-local"));
        CHECK(count(three,
                    "scep.c.challenge_password_file challenge-present | set "
                    "CERTCTL_SCEP_PROFILE_C_CHALLENGE_PASSWORD_FILE; ") == 1);
        CHECK(count(three,
                    "scep.c.ra_cert_path ra-present | set "
                    "CERTCTL_SCEP_PROFILE_C_RA_CERT_PATH; ") == 1);
        const auto twins = judged(
            "[scep.a]\nissuer_id = \"iss-local\"\n[scep.b]\nissuer_id = \"iss-local\"\npath_id = "
            "\"a\"\n",
            {});
        CHECK(twins.size() == 5);
        CHECK(count(twins, "scep.a.") == 2);
        CHECK(count(twins, "scep.b.") == 3);
    }

    TEST_CASE("a value that cannot be read is not missing too") {
        World world;
        world.write();
        world.change_config("\"challenge\"", "3");
        world.change_config("ra_cert_path = \"ra.crt\"", "ra_cert_path = \"\"");
        CHECK(ids_of(report_on(world).findings) == std::set<std::string>{"configuration"});
    }

    TEST_CASE("the hint for devices with old algorithms names the setting that admits them") {
        const World world;
        world.write();
        const check::Report report =
            report_on(world, {.now = kNow, .clients = {check::client_family("cisco-classic")}});
        const auto found =
            std::ranges::find(report.findings, "client-algorithms", &check::Finding::id);
        REQUIRE(found != report.findings.end());
        CHECK(found->hint ==
              "configure SHA-2 and AES on the devices, or set allow_legacy = [\"sha1\", \"3des\"] "
              "in a profile of their own");
    }

    TEST_CASE("a file that is no TOML is one finding, and nothing else is judged") {
        const World world;
        world.write();
        world.write_config("[server\n");
        const check::Report report = report_on(world);
        CHECK(report.findings.size() == 1);
        CHECK(check::count(report, check::Verdict::Passed) == 1);  // the environment
        CHECK(find(report, "tls-valid", "-")->verdict == check::Verdict::NotApplicable);
    }

    TEST_CASE("a variable that means nothing is a warning of its own") {
        const World world;
        world.write();
        const config::Reading reading = config::read_config_file(
            world.dir / "certctl-scep.toml", {{"CERTCTL_RATE_LIMIT_BACKEND", "memory"}});
        const check::Report report =
            check::judge(reading, check::load_deployment(reading.config, {}), {.now = kNow});
        REQUIRE(report.findings.size() == 1);
        CHECK(report.findings[0].id == "environment");
        CHECK(report.findings[0].severity == check::Severity::Warning);
        CHECK(report.findings[0].where.source == "CERTCTL_RATE_LIMIT_BACKEND");
    }

    TEST_CASE("strict makes errors of warnings, and says so") {
        World world;
        world.challenge = "password";
        world.write();
        const check::Report report = report_on(world, {.now = kNow, .strict = true});
        REQUIRE(report.findings.size() == 1);
        CHECK(report.findings[0].severity == check::Severity::Error);
        CHECK(check::summary(report) ==
              "1 error (1 by --strict), 0 warnings, 0 notices: serve would start");
    }

    TEST_CASE("each profile is judged on its own, and one can be asked for") {
        World world;
        world.add_profile("lab", "other");
        world.add_profile("old", "none");
        world.write();
        world.dir.write("other", "password\n");
        const check::Report all = report_on(world);
        CHECK(find(all, "challenge-strength", "corp")->verdict == check::Verdict::Passed);
        CHECK(find(all, "challenge-strength", "lab")->verdict == check::Verdict::Failed);
        CHECK(find(all, "challenge-strength", "old")->verdict == check::Verdict::NotApplicable);
        CHECK(find(all, "challenge-present", "old")->verdict == check::Verdict::Failed);
        const check::Report one = report_on(world, {.now = kNow, .profiles = {"lab"}});
        CHECK(check::endpoints(one) == std::vector<std::string>{"-", "lab"});
        CHECK(ids_of(one.findings) == std::set<std::string>{"challenge-strength"});
        CHECK(check::summary(one) ==
              "0 errors, 1 warning, 0 notices: serve would not start, for other profiles' sake");
    }

    TEST_CASE("a challenge from the environment is no business of the file's mode") {
        const World world;
        world.write();
        world.set_mode("certctl-scep.toml", 0644);
        const config::Reading reading = config::read_config_file(
            world.dir / "certctl-scep.toml",
            {{"CERTCTL_SCEP_PROFILE_CORP_CHALLENGE_PASSWORD", "Zk4mS0pTq8vWc2yRb6nLd9xHgA"}});
        const check::Report report =
            check::judge(reading, check::load_deployment(reading.config, {}), {.now = kNow});
        CHECK(ids_of(report.findings).empty());
    }

    TEST_CASE("client families are found by name and by brand") {
        CHECK(check::client_family("windows")->name == "windows");
        CHECK(check::client_family("intune")->name == "windows");
        CHECK(check::client_family("vax") == nullptr);
        for (const check::ClientFamily& family : check::client_families())
            CHECK_FALSE(family.devices.empty());
    }
}
