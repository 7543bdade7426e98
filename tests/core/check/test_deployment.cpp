#include <doctest/doctest.h>

#include "world.hpp"

namespace {

using namespace scep;
using scep::test::ids_of;
using scep::test::judge;
using scep::test::kDay;
using scep::test::kNow;
using scep::test::World;

}  // namespace

TEST_SUITE("core/check") {
    TEST_CASE("everything that was configured is loaded") {
        const World world;
        world.write();
        const check::Deployment deployment = world.load();
        CHECK(deployment.load_findings.empty());
        REQUIRE(deployment.issuers.size() == 1);
        CHECK(*deployment.issuers[0].certificate == world.ca.certificate);
        REQUIRE(deployment.profiles.size() == 1);
        const check::LoadedProfile& profile = deployment.profiles[0];
        CHECK(*profile.ra.at(0).certificate == world.ra.certificate);
        CHECK(profile.ra[0].key->public_key() == world.ra.key->public_key());
        CHECK(as_text(profile.challenge) == world.challenge);
        CHECK(profile.certificate_profile.name == "devices");
        CHECK(profile.issuer == 0);
        CHECK(deployment.tls_chain.at(0) == world.tls.certificate);
        CHECK_FALSE(deployment.state.mode.has_value());
    }

    TEST_CASE("a key that several profiles name is held once") {
        World world;
        const auto table = world.config.find("[scep.");
        std::string second = world.config.substr(table);
        second.replace(0, second.find(']'), "[scep.second");
        world.config += "\n" + second;
        world.write();
        const check::Deployment deployment = world.load();
        REQUIRE(deployment.profiles.size() == 2);
        CHECK(deployment.profiles[0].ra.at(0).key == deployment.profiles[1].ra.at(0).key);
    }

    TEST_CASE("the state database is probed with the audit key, once both are there") {
        World world;
        world.write();
        const check::StateProbe refuse = [](const std::filesystem::path& path, const SecretBytes&) {
            return Status(
                fail(Error{.code = Errc::Store, .what = "no", .where = {.source = path.string()}}));
        };
        CHECK(judge(world.load({}, refuse)).empty());
        world.dir.write("audit.key", std::string(64, 'a'));
        CHECK(judge(world.load({}, refuse)).empty());
        world.dir.write("state.db", "of another program", 0644);
        const auto others = judge(world.load({}, refuse));
        REQUIRE(others.size() == 1);  // and no advice to change the mode of what is not ours
        CHECK(others[0].id == "state-database");
        CHECK(others[0].message == "cannot open: file is not a database");
        world.dir.write("state.db", std::string("SQLite format 3\0", 16));
        const auto findings = judge(world.load({}, refuse));
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].id == "state-database");
        CHECK(check::to_text(findings[0]) ==
              (world.dir / "state.db").string() + ": no (SECURITY S27)");
        CHECK(world.load().audit_key == SecretBytes(32, 0xaa));
    }

    TEST_CASE("the built-in certificate profile serves where none is named") {
        World world;
        world.config.replace(world.config.find("profile_id = \"devices\""), 22, "");
        world.write();
        CHECK(world.load().profiles.at(0).certificate_profile.name == "default");
    }

    TEST_CASE("all that is wrong is found in one run, in the order of the table") {
        World world;
        world.challenge = "secret-word";
        world.write();
        world.set_mode("ca.key", 0644);
        world.dir.write("ra.crt", "nonsense");
        std::filesystem::remove(world.dir / "ra.key");
        world.dir.write("tls.key", as_text(test::ec_key()->to_pkcs8_pem()));
        world.dir.write("state.db", "", 0640);
        world.dir.write("audit.key", "x", 0640);
        std::vector<std::string> ids;
        for (const check::Finding& finding : judge(world.load())) {
            ids.push_back(finding.id);
            CAPTURE(finding.id);
            CHECK(check::to_text(finding).find("secret-word") == std::string::npos);
        }
        CHECK(ids == std::vector<std::string>{"ca-key-mode",
                                              "ra-certificate",
                                              "ra-key",
                                              "challenge-strength",
                                              "tls-key-match",
                                              "state-mode",
                                              "audit-key"});
    }

    TEST_CASE("S28 keys in the credentials directory may have any mode") {
        const World world;
        world.write();
        for (const std::string_view name : {"ca.key", "ra.key", "tls.key", "challenge"})
            world.set_mode(name, 0444);
        CHECK(check::has_error(judge(world.load())));
        CHECK(judge(world.load(world.dir.path())).empty());
    }

    TEST_CASE("S28 a key in a file of certificates has the mode of a key") {
        World world;
        world.write();
        const auto add_key = [&](std::string_view name, const test::Identity& identity) {
            world.dir.write(std::string(name),
                            x509::to_pem(identity.certificate) +
                                std::string(as_text(identity.key->to_pkcs8_pem())),
                            0644);
        };
        add_key("ca.crt", world.ca);
        add_key("ra.crt", world.ra);
        add_key("tls.crt", world.tls);
        const std::string directory = world.dir.path().string();
        const std::vector<check::Finding> findings = judge(world.load());
        REQUIRE(findings.size() == 3);
        CHECK(ids_of(findings) ==
              std::set<std::string>{"ca-key-mode", "ra-key-mode", "tls-key-mode"});
        CHECK(check::to_text(findings[1]) ==
              directory +
                  "/ra.crt: holds a private key, and its mode is 0644, want 0600 (SECURITY S28; "
                  "/scep/corp)");
        CHECK(findings[1].hint == "chmod 0600 " + directory + "/ra.crt");
        CHECK(judge(world.load(world.dir.path())).empty());
        world.change_config("\"ra.key\"", "\"ra.crt\"");
        CHECK(judge(world.load()).size() == 3);
        for (const std::string_view name : {"ca.crt", "ra.crt", "tls.crt"})
            world.set_mode(name, 0600);
        CHECK(judge(world.load()).empty());
    }

    TEST_CASE("findings say which endpoint, the server's own say none") {
        World world;
        world.write();
        world.set_mode("ra.key", 0644);
        world.set_mode("tls.key", 0644);
        const std::string directory = world.dir.path().string();
        std::vector<check::Finding> findings = judge(world.load());
        REQUIRE(findings.size() == 2);
        CHECK(findings[0].profile == "corp");
        CHECK(check::to_text(findings[0]) ==
              directory + "/ra.key: mode is 0644, want 0600 (SECURITY S28; /scep/corp)");
        CHECK(findings[0].hint == "chmod 0600 " + directory + "/ra.key");
        CHECK(findings[1].profile == "-");
        CHECK(check::to_text(findings[1]) ==
              directory + "/tls.key: mode is 0644, want 0600 (SECURITY S28)");
        world.change_config("[scep.corp]", "[scep.corp]\npath_id = \"\"");
        findings = judge(world.load());
        CHECK(check::to_text(findings.at(0)).ends_with("; /scep)"));
    }

    TEST_CASE("what the system refuses is told from what is configured wrong") {
        World world;
        world.config.replace(world.config.find("\"state.db\""), 10, "\"none/state.db\"");
        world.write();
        const std::vector<check::Finding> findings = judge(world.load());
        REQUIRE(findings.size() == 1);
        CHECK(findings[0].code == Errc::Io);
        std::filesystem::remove(world.dir / "ra.key");
        CHECK(judge(world.load()).at(0).code == Errc::Config);
    }

    TEST_CASE("the border of soon is the number of days given") {
        World world;
        world.replace_ra({.not_after = kNow + 30 * kDay});
        world.write();
        const check::Deployment deployment = world.load();
        CHECK(check::check_deployment(deployment, kNow, 30 * kDay).empty());
        CHECK(ids_of(check::check_deployment(deployment, kNow, 31 * kDay)) ==
              std::set<std::string>{"ra-expiry"});
        CHECK(ids_of(check::check_deployment(deployment, kNow + 30 * kDay, 30 * kDay)) ==
              std::set<std::string>{"ra-expiry"});
        CHECK(ids_of(check::check_deployment(deployment, kNow + 30 * kDay + Seconds(1), 30 * kDay))
                  .contains("ra-valid"));
    }

    TEST_CASE("a chain in order is passed, with or without the CA itself") {
        World world;
        const test::Identity root =
            test::make_identity({.subject = "CN=Root",
                                 .key_usage = x509::kKeyCertSign,
                                 .basic_constraints = x509::BasicConstraints{.ca = true}},
                                test::ec_key(),
                                nullptr);
        world.ca = test::make_identity({.subject = "CN=Test CA",
                                        .key_usage = x509::kKeyCertSign | x509::kCrlSign,
                                        .basic_constraints = x509::BasicConstraints{.ca = true}},
                                       test::ec_key(),
                                       &root);
        world.ra = test::make_ra(test::shared_rsa_key(), world.ca);
        world.tls = world.make_tls({});
        world.config.insert(world.config.find("ca_key_path"), "chain_path = \"chain.pem\"\n");
        world.write();
        const std::string above = x509::to_pem(root.certificate);
        world.dir.write("chain.pem", above, 0644);
        CHECK(judge(world.load()).empty());
        world.dir.write("chain.pem", x509::to_pem(world.ca.certificate) + above, 0644);
        CHECK(judge(world.load()).empty());
    }

    TEST_CASE(
        "S05 rsa1024 opens the certificate profile too, unless that says which keys it wants") {
        World world;
        world.write();
        const auto least = [&] {
            return world.load().profiles.at(0).certificate_profile.min_rsa_bits;
        };
        CHECK(least() == 2048);
        world.change_config("require_signer_key",
                            "allow_legacy = [\"rsa1024\"]\nrequire_signer_key");
        CHECK(least() == 1024);
        world.change_config("max_ttl", "min_rsa_bits = 2048\nmax_ttl");
        CHECK(least() == 2048);
        world.change_config("profile_id = \"devices\"\n", "");
        CHECK(least() == 1024);
    }

    TEST_CASE("the environment that opened raw CSRs is told how to close them") {
        const config::Reading reading =
            config::read_config({}, {}, {{"CERTCTL_SCEP_PROFILES", "lab"}});
        const std::vector<check::Finding> findings =
            judge(check::load_deployment(reading.config, {}));
        const auto found = std::ranges::find(findings, "raw-csr", &check::Finding::id);
        REQUIRE(found != findings.end());
        CHECK(found->severity == check::Severity::Warning);
        CHECK(found->where.source == "CERTCTL_SCEP_PROFILES");
        CHECK(found->hint ==
              "CERTCTL_SCEP_PROFILE_LAB_RAW_CSR=false, unless certctl's own clients enrol here");
    }

    TEST_CASE("severities have names, and only errors are errors") {
        CHECK(check::name(check::Severity::Notice) == "notice");
        CHECK(check::name(check::Severity::Warning) == "warning");
        CHECK(check::name(check::Severity::Error) == "error");
        CHECK_FALSE(check::has_error({}));
        CHECK_FALSE(check::has_error({{.severity = check::Severity::Warning}}));
        CHECK(check::has_error({{.severity = check::Severity::Error}}));
    }
}
