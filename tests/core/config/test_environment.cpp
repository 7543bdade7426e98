#include <doctest/doctest.h>

#include "core/config/config.hpp"
#include "support.hpp"

namespace {

using namespace scep;
using config::Environment;
using config::Reading;
using scep::test::kGood;

const Environment kServer{{"CERTCTL_SERVER_TLS_CERT_PATH", "/tls.crt"},
                          {"CERTCTL_SERVER_TLS_KEY_PATH", "/tls.key"},
                          {"CERTCTL_CA_CERT_PATH", "/ca.crt"},
                          {"CERTCTL_CA_KEY_PATH", "/ca.key"}};

Environment operator+(Environment one, const Environment& other) {
    one.insert(one.end(), other.begin(), other.end());
    return one;
}

Reading read(const Environment& environment, std::string_view toml = {}) {
    return config::read_config(toml, toml.empty() ? "" : "/etc/x/c.toml", environment);
}

config::Config good(const Environment& environment, std::string_view toml = {}) {
    Reading reading = read(environment, toml);
    for (const Error& error : reading.errors)
        FAIL_CHECK(to_text(error));
    for (const Error& warning : reading.warnings)
        FAIL_CHECK(to_text(warning));
    return std::move(reading.config);
}

std::vector<std::string> texts(const std::vector<Error>& errors) {
    std::vector<std::string> out;
    out.reserve(errors.size());
    for (const Error& error : errors)
        out.push_back(to_text(error) + (error.hint.empty() ? "" : " | " + error.hint));
    return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_SUITE("core/config/environment") {
    TEST_CASE("two spellings of one setting must agree, and one name must mean one table") {
        const auto errors = [](const Environment& environment, const std::string& toml) {
            return texts(read(environment, toml).errors);
        };
        std::string toml(kGood);
        toml.replace(toml.find("[scep.corp]"), 11, "[scep.a-b]");
        CHECK(errors({{"CERTCTL_SCEP_PROFILE_A_B_PROFILE_ID", "devices"},
                      {"CERTCTL_SCEP_PROFILE_A-B_PROFILE_ID", "devices"}},
                     toml)
                  .empty());
        CHECK(errors({{"CERTCTL_SCEP_PROFILE_A_B_PROFILE_ID", ""},
                      {"CERTCTL_SCEP_PROFILE_A-B_PROFILE_ID", "devices"}},
                     toml)
                  .empty());
        CHECK(
            errors({{"CERTCTL_SCEP_PROFILE_A_B_CHALLENGE_PASSWORD", "one"},
                    {"CERTCTL_SCEP_PROFILE_A-B_CHALLENGE_PASSWORD", "two"}},
                   toml) ==
            Texts{"CERTCTL_SCEP_PROFILE_A-B_CHALLENGE_PASSWORD: "
                  "CERTCTL_SCEP_PROFILE_A_B_CHALLENGE_PASSWORD has another value, and both set one "
                  "setting | keep CERTCTL_SCEP_PROFILE_A_B_CHALLENGE_PASSWORD alone"});
        toml += "[scep.a_b]\npath_id = \"other\"\nissuer_id = \"iss-local\"\n";
        CHECK(errors({}, toml).empty());
        CHECK(
            errors({{"CERTCTL_SCEP_PROFILE_A_B_PROFILE_ID", "devices"}}, toml) ==
            Texts{"CERTCTL_SCEP_PROFILE_A_B_...: may be meant for [scep.a-b] and for [scep.a_b] | "
                  "rename one of the tables; path_id keeps its path"});
    }

    TEST_CASE("the content of a file in the place of its path is not repeated") {
        const std::string key =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n";
        for (const std::string& content : {key, " " + key}) {
            for (const config::EffectiveSetting& setting :
                 read({{"CERTCTL_CA_KEY_PATH", content}}, kGood).config.settings)
                CHECK(setting.value.find("MC4CAQ") == std::string::npos);
            CHECK(texts(read({{"CERTCTL_SCEP_PROFILE_CORP_RA_KEY_PATH", content},
                              {"CERTCTL_CA_KEY_PATH", content}},
                             kGood)
                            .errors) ==
                  Texts{"CERTCTL_CA_KEY_PATH: issuer.iss-local.ca_key_path: holds the content of a "
                        "file, want its path | write the content to a file of mode 0600, and name "
                        "that",
                        "CERTCTL_SCEP_PROFILE_CORP_RA_KEY_PATH: scep.corp.ra_key_path: holds the "
                        "content of a file, want its path | write the content to a file of mode "
                        "0600, and name that"});
        }
    }

    TEST_CASE("certctl's flat form is one profile at the root path") {
        const config::Config config =
            good(kServer + Environment{{"CERTCTL_SCEP_ENABLED", "true"},
                                       {"CERTCTL_SCEP_CHALLENGE_PASSWORD", "Zk4mS0pTq8"},
                                       {"CERTCTL_SCEP_RA_CERT_PATH", "/ra.crt"},
                                       {"CERTCTL_SCEP_RA_KEY_PATH", "/ra.key"}});
        REQUIRE(config.profiles.size() == 1);
        const config::Profile& profile = config.profiles[0];
        CHECK(profile.path_id.empty());
        CHECK(profile.issuer_id == "iss-local");
        CHECK(as_text(profile.challenge_password) == "Zk4mS0pTq8");
        CHECK(profile.ra.at(0).cert_path == "/ra.crt");
        CHECK(profile.ra.at(0).key_path == "/ra.key");
        CHECK(config.server.tls_cert_path == "/tls.crt");
        CHECK(config.issuer("iss-local")->ca_key_path == "/ca.key");
    }

    TEST_CASE("certctl's indexed form is one profile for each name") {
        const config::Config config =
            good(kServer + Environment{{"CERTCTL_SCEP_ENABLED", "true"},
                                       {"CERTCTL_SCEP_PROFILES", "Corp, ,iot-cams"},
                                       {"CERTCTL_SCEP_PROFILE_CORP_ISSUER_ID", "iss-local"},
                                       {"CERTCTL_SCEP_PROFILE_CORP_RA_CERT_PATH", "/c.crt"},
                                       {"CERTCTL_SCEP_PROFILE_CORP_RA_KEY_PATH", "/c.key"},
                                       {"CERTCTL_SCEP_PROFILE_CORP_REQUIRE_SIGNER_KEY", "1"},
                                       {"CERTCTL_SCEP_PROFILE_CORP_MTLS_ENABLED", "false"},
                                       {"CERTCTL_SCEP_PROFILE_IOT_CAMS_ISSUER_ID", "iss-local"},
                                       {"CERTCTL_SCEP_PROFILE_IOT-CAMS_CHAIN", "full"},
                                       {"CERTCTL_SCEP_PROFILE_IOT_CAMS_CHALLENGE_PASSWORD", "x"}});
        REQUIRE(config.profiles.size() == 2);
        CHECK(config.profiles[0].path_id == "corp");
        CHECK(config.profiles[0].ra.at(0).key_path == "/c.key");
        CHECK(config.profiles[0].require_signer_key);
        CHECK(config.profiles[1].path_id == "iot-cams");
        CHECK(config.profiles[1].chain == config::Chain::Full);
        CHECK(as_text(config.profiles[1].challenge_password) == "x");
    }

    TEST_CASE("variables override the file, one by one") {
        const config::Config config = good({{"CERTCTL_SERVER_PORT", "9443"},
                                            {"CERTCTL_MAX_BODY_SIZE", " 65536 "},
                                            {"CERTCTL_SCEP_STATE_PATH", "state.db"},
                                            {"CERTCTL_SCEP_PROFILE_CORP_CHALLENGE_PASSWORD", "x"},
                                            {"CERTCTL_SCEP_PROFILE_CORP_RA_KEY_PATH", "../ra.key"},
                                            {"CERTCTL_SCEP_CONFIG", "/etc/x/c.toml"},
                                            {"PATH", "/bin"}},
                                           kGood);
        CHECK(config::to_text(config.server.listen) == "127.0.0.1:9443");
        CHECK(config.server.max_body_size == 65536);
        CHECK(config.server.state_path == "state.db");  // relative to where it was said
        CHECK(config.server.tls_cert_path == "/etc/x/tls.crt");
        const config::Profile& corp = config.profiles.at(0);
        CHECK(corp.challenge_password_file.empty());
        CHECK(as_text(corp.challenge_password) == "x");
        CHECK(corp.ra.at(0).cert_path == "/etc/x/ra.crt");
        CHECK(corp.ra.at(0).key_path == "../ra.key");
    }

    TEST_CASE("host and port meet in one address") {
        const auto listen = [](const Environment& environment) {
            return config::to_text(good(environment, kGood).server.listen);
        };
        CHECK(listen({{"CERTCTL_SERVER_HOST", "0.0.0.0"}}) == "0.0.0.0:8443");
        CHECK(listen({{"CERTCTL_SERVER_HOST", "::1"}, {"CERTCTL_SERVER_PORT", "1"}}) == "[::1]:1");
        CHECK(texts(read({{"CERTCTL_SERVER_PORT", "http"}}, kGood).errors) ==
              Texts{"CERTCTL_SERVER_PORT: server.listen: \"127.0.0.1:http\" is not an address to "
                    "listen on, want a form like \"127.0.0.1:8443\" or \"[::1]:8443\""});
    }

    TEST_CASE("the list replaces the set of profiles, and keeps tables of the same name") {
        const std::string file = std::string(kGood) + "[scep.other]\nissuer_id = \"iss-local\"\n";
        const config::Config config = good({{"CERTCTL_SCEP_PROFILES", "corp,new"},
                                            {"CERTCTL_SCEP_PROFILE_NEW_ISSUER_ID", "iss-local"}},
                                           file);
        REQUIRE(config.profiles.size() == 2);
        const auto corp = std::ranges::find(config.profiles, "corp", &config::Profile::path_id);
        REQUIRE(corp != config.profiles.end());
        CHECK(corp->profile_id == "devices");
        CHECK(std::ranges::count(config.profiles, "new", &config::Profile::path_id) == 1);
        CHECK(good({{"CERTCTL_SCEP_PROFILES", " , "}}, file).profiles.size() == 2);
    }

    TEST_CASE("a variable belongs to the profile with the longest name") {
        const config::Config config =
            good(kServer + Environment{{"CERTCTL_SCEP_PROFILES", "a,a-issuer"},
                                       {"CERTCTL_SCEP_PROFILE_A_ISSUER_ID", "iss-local"},
                                       {"CERTCTL_SCEP_PROFILE_A_ISSUER_ISSUER_ID", "iss-local"},
                                       {"CERTCTL_SCEP_PROFILE_A_ISSUER_CHAIN", "none"}});
        REQUIRE(config.profiles.size() == 2);
        CHECK(config.profiles[0].chain == config::Chain::Ca);
        CHECK(config.profiles[1].chain == config::Chain::None);
    }

    TEST_CASE("what is wrong names the variable and the setting") {
        struct Row {
            std::string_view name;
            Environment environment;
            Texts errors;
        };

        const std::array rows{
            Row{"a misspelt variable",
                {{"CERTCTL_SCEP_STATE_PTH", "x"}},
                {"CERTCTL_SCEP_STATE_PTH: unknown variable | did you mean "
                 "CERTCTL_SCEP_STATE_PATH?"}},
            Row{"a misspelt setting",
                {{"CERTCTL_SCEP_PROFILE_CORP_ISUER_ID", "x"}},
                {"CERTCTL_SCEP_PROFILE_CORP_ISUER_ID: unknown variable | did you mean "
                 "CERTCTL_SCEP_PROFILE_CORP_ISSUER_ID?"}},
            Row{"nobody's",
                {{"CERTCTL_SCEP_PROFILE_LAB_ISSUER_ID", "x"}},
                {"CERTCTL_SCEP_PROFILE_LAB_ISSUER_ID: belongs to no profile that is served | "
                 "CERTCTL_SCEP_PROFILES names the profiles, or a table [scep.NAME] of the "
                 "configuration file"}},
            Row{"no number",
                {{"CERTCTL_MAX_BODY_SIZE", "1M"}},
                {"CERTCTL_MAX_BODY_SIZE: server.max_body_size: want a whole number"}},
            Row{"no flag",
                {{"CERTCTL_SCEP_PROFILE_CORP_REQUIRE_SIGNER_KEY", "yes"}},
                {"CERTCTL_SCEP_PROFILE_CORP_REQUIRE_SIGNER_KEY: scep.corp.require_signer_key: want "
                 "true or false"}},
            Row{"no such issuer",
                {{"CERTCTL_SCEP_PROFILE_CORP_ISSUER_ID", "iss-locl"}},
                {"CERTCTL_SCEP_PROFILE_CORP_ISSUER_ID: scep.corp.issuer_id: there is no "
                 "[issuer.iss-locl] | did you mean iss-local?"}},
            Row{"a profile without an issuer",
                {{"CERTCTL_SCEP_PROFILES", "lab"}},
                {"CERTCTL_SCEP_PROFILES: scep.lab.issuer_id: is not set, want the name of an "
                 "[issuer.NAME] | CERTCTL_SCEP_PROFILE_LAB_ISSUER_ID=iss-local"}},
            Row{"a list with a bad and a doubled name",
                {{"CERTCTL_SCEP_PROFILES", "corp,a_b,Corp"}},
                {"CERTCTL_SCEP_PROFILES: \"a_b\" cannot be a part of the path, want letters, "
                 "digits and inner hyphens",
                 "CERTCTL_SCEP_PROFILES: names corp twice"}},
            Row{"half an RA pair",
                {{"CERTCTL_SCEP_PROFILES", "lab"},
                 {"CERTCTL_SCEP_PROFILE_LAB_ISSUER_ID", "iss-local"},
                 {"CERTCTL_SCEP_PROFILE_LAB_RA_KEY_PATH", "x"}},
                {"CERTCTL_SCEP_PROFILE_LAB_RA_KEY_PATH: scep.lab.ra_key_path: ra_cert_path is "
                 "missing beside it"}},
            Row{"switched off",
                {{"CERTCTL_SCEP_ENABLED", "false"}},
                {"CERTCTL_SCEP_ENABLED: switches SCEP off, and this program serves nothing else | "
                 "remove it, or set it to true"}},
            Row{"a list with an unknown word",
                {{"CERTCTL_SCEP_PROFILE_CORP_ALLOW_LEGACY", "sha1,des"}},
                {"CERTCTL_SCEP_PROFILE_CORP_ALLOW_LEGACY: scep.corp.allow_legacy: \"des\" is never "
                 "accepted | remove it; devices that know nothing better need new firmware"}},
            Row{"S15 Intune",
                {{"CERTCTL_SCEP_PROFILE_CORP_INTUNE_ENABLED", "true"}},
                {"CERTCTL_SCEP_PROFILE_CORP_INTUNE_ENABLED: signed challenges of Intune are not "
                 "supported yet (SECURITY S15) | remove it, or set it to false"}},
            Row{"S15 Intune in the flat form",
                {{"CERTCTL_SCEP_INTUNE_ENABLED", "true"}},
                {"CERTCTL_SCEP_INTUNE_ENABLED: signed challenges of Intune are not supported yet "
                 "(SECURITY S15) | remove it, or set it to false"}}};
        for (const Row& row : rows) {
            CAPTURE(row.name);
            CHECK(texts(read(row.environment, kGood).errors) == row.errors);
        }
    }

    TEST_CASE("every setting of a profile has its variable") {
        const config::Profile corp =
            good({{"CERTCTL_SCEP_PROFILE_CORP_APPROVAL", "manual"},
                  {"CERTCTL_SCEP_PROFILE_CORP_PENDING_TTL", "2d"},
                  {"CERTCTL_SCEP_PROFILE_CORP_REPEAT_WINDOW", "2h"},
                  {"CERTCTL_SCEP_PROFILE_CORP_RENEWAL_WINDOW", "any"},
                  {"CERTCTL_SCEP_PROFILE_CORP_RENEWAL_GRACE", "3d"},
                  {"CERTCTL_SCEP_PROFILE_CORP_RENEWAL_REQUIRES_CHALLENGE", "true"},
                  {"CERTCTL_SCEP_PROFILE_CORP_ALLOW_SUBJECT_CHANGE", "true"},
                  {"CERTCTL_SCEP_PROFILE_CORP_SIGNING_TIME_WINDOW", "10m"},
                  {"CERTCTL_SCEP_PROFILE_CORP_RAW_CSR", "true"},
                  {"CERTCTL_SCEP_PROFILE_CORP_ALLOW_LEGACY", "sha1, rsa1024"},
                  {"CERTCTL_SCEP_PROFILE_CORP_PASSWORD_RECIPIENTS", "true"}},
                 kGood)
                .profiles.at(0);
        CHECK(corp.approval == config::Approval::Manual);
        CHECK(corp.pending_ttl == std::chrono::hours(48));
        CHECK(corp.repeat_window == std::chrono::hours(2));
        CHECK(corp.renewal_window == std::nullopt);
        CHECK(corp.renewal_grace == std::chrono::hours(72));
        CHECK(corp.renewal_requires_challenge);
        CHECK(corp.allow_subject_change);
        CHECK(corp.signing_time_window == std::chrono::minutes(10));
        CHECK(corp.raw_csr);
        CHECK(corp.allow_legacy == std::vector<std::string>{"sha1", "rsa1024"});
        CHECK(corp.password_recipients);
    }

    TEST_CASE("raw CSRs are open where the environment alone makes the profile") {
        const Environment lab{{"CERTCTL_SCEP_PROFILES", "lab,corp"},
                              {"CERTCTL_SCEP_PROFILE_LAB_ISSUER_ID", "iss-local"}};
        const auto raw_csr = [](const Environment& environment, std::string_view name) {
            const config::Config config = good(environment, kGood);
            const auto found = std::ranges::find(config.profiles, name, &config::Profile::name);
            REQUIRE(found != config.profiles.end());
            return found->raw_csr;
        };
        CHECK(raw_csr(lab, "lab"));
        CHECK_FALSE(raw_csr(lab, "corp"));
        CHECK_FALSE(
            raw_csr(lab + Environment{{"CERTCTL_SCEP_PROFILE_LAB_RAW_CSR", "false"}}, "lab"));
        const Environment flat{{"CERTCTL_SCEP_ENABLED", "true"},
                               {"CERTCTL_SCEP_CHALLENGE_PASSWORD", "x"}};
        CHECK(raw_csr(flat, "default"));
        CHECK_FALSE(
            raw_csr(flat + Environment{{"CERTCTL_SCEP_PROFILE_DEFAULT_RAW_CSR", "0"}}, "default"));
        CHECK_FALSE(good(flat, std::string(kGood) + "path_id = \"\"\n").profiles.at(0).raw_csr);
    }

    TEST_CASE("what means nothing here is a warning") {
        const Reading reading = read({{"CERTCTL_RATE_LIMIT_BACKEND", "memory"},
                                      {"CERTCTL_AUDIT_FLUSH_TIMEOUT_SECONDS", "30"},
                                      {"CERTCTL_SCEP_PROFILE_CORP_INTUNE_ENABLED", "false"},
                                      {"CERTCTL_SCEP_PROFILE_CORP_INTUNE_AUDIENCE", "x"},
                                      {"CERTCTL_SCEP_CHALLENGE_PASSWORD", "s3cret"}},
                                     kGood);
        CHECK(reading.errors.empty());
        CHECK(texts(reading.warnings) ==
              Texts{"CERTCTL_SCEP_CHALLENGE_PASSWORD: means nothing without "
                    "CERTCTL_SCEP_ENABLED=true",
                    "CERTCTL_SCEP_PROFILE_CORP_INTUNE_AUDIENCE: means nothing here: signed "
                    "challenges of Intune are not supported yet",
                    "CERTCTL_AUDIT_FLUSH_TIMEOUT_SECONDS: means nothing here",
                    "CERTCTL_RATE_LIMIT_BACKEND: means nothing here"});
        CHECK(texts(read({{"CERTCTL_SCEP_ENABLED", "true"},
                          {"CERTCTL_SCEP_PROFILES", "corp"},
                          {"CERTCTL_SCEP_ISSUER_ID", "x"}},
                         kGood)
                        .warnings) ==
              Texts{"CERTCTL_SCEP_ISSUER_ID: means nothing beside CERTCTL_SCEP_PROFILES"});
    }

    TEST_CASE("an empty variable is one that is not set") {
        const config::Config config = good({{"CERTCTL_SERVER_PORT", ""},
                                            {"CERTCTL_SCEP_ENABLED", ""},
                                            {"CERTCTL_SCEP_UNKNOWN", ""},
                                            {"CERTCTL_SCEP_PROFILE_CORP_CHALLENGE_PASSWORD", ""}},
                                           kGood);
        CHECK(config.profiles.at(0).challenge_password_file == "/etc/x/challenge");
    }

    TEST_CASE("the flat form finds the file's root profile, and leaves a name of its own") {
        const Environment flat{{"CERTCTL_SCEP_ENABLED", "true"},
                               {"CERTCTL_SCEP_CHALLENGE_PASSWORD", "x"}};
        const std::string root = std::string(kGood) + "path_id = \"\"\n";
        const config::Config merged = good(flat, root);
        REQUIRE(merged.profiles.size() == 1);
        CHECK(merged.profiles[0].name == "corp");
        CHECK(as_text(merged.profiles[0].challenge_password) == "x");
        std::string taken(kGood);
        taken.replace(taken.find("[scep.corp]"), 11, "[scep.default]");
        const config::Config beside = good(flat, taken);
        REQUIRE(beside.profiles.size() == 2);
        CHECK(std::ranges::count(beside.profiles, "root", &config::Profile::name) == 1);
    }
}
