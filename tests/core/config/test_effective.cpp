// The settings as they take effect, each with its origin.
#include <doctest/doctest.h>

#include "core/config/config.hpp"
#include "core/config/settings.hpp"
#include "support.hpp"

namespace {

using namespace scep;
using config::EffectiveSetting;

const EffectiveSetting& setting(const config::Config& config,
                                std::string_view table,
                                std::string_view key) {
    for (const EffectiveSetting& entry : config.settings)
        if (entry.table == table && entry.key == key)
            return entry;
    FAIL("no setting " << table << "." << key);
    throw std::logic_error("not reached");
}

}  // namespace

TEST_SUITE("core/config/effective") {
    TEST_CASE("every setting has a value and an origin") {
        const config::Config config =
            config::read_config(test::kGood,
                                "/etc/x/c.toml",
                                {{"CERTCTL_SERVER_PORT", "1"},
                                 {"CERTCTL_SCEP_PROFILE_CORP_RA_KEY_PATH", "here/ra.key"}})
                .config;
        const EffectiveSetting& cert = setting(config, "server", "tls_cert_path");
        CHECK(cert.value == R"("/etc/x/tls.crt")");
        CHECK(cert.source == "/etc/x/c.toml");
        CHECK(cert.line == 2);
        const EffectiveSetting& key = setting(config, "scep.corp", "ra_key_path");
        CHECK(key.value == R"("here/ra.key")");
        CHECK(key.source == "CERTCTL_SCEP_PROFILE_CORP_RA_KEY_PATH");
        CHECK(setting(config, "server", "listen").value == R"("127.0.0.1:1")");
        CHECK(setting(config, "server", "listen").source == "CERTCTL_SERVER_PORT");
        CHECK(setting(config, "server", "log_level").value == R"("info")");
        CHECK(setting(config, "server", "log_level").source.empty());
        CHECK(setting(config, "issuer.iss-local", "crl_url").value.empty());
    }

    TEST_CASE("a challenge is masked, also one with quotes in it") {
        const config::Config config =
            config::read_config(test::kGood,
                                "/etc/x/c.toml",
                                {{"CERTCTL_SCEP_PROFILE_CORP_CHALLENGE_PASSWORD", "s3cret\"x"}})
                .config;
        for (const EffectiveSetting& entry : config.settings)
            CHECK(entry.value.find("s3cret") == std::string::npos);
        CHECK(setting(config, "scep.corp", "challenge_password").secret);
        CHECK(setting(config, "scep.corp", "challenge_password").value == R"("********")");
    }

    TEST_CASE("text is quoted as TOML and JSON both have it") {
        const std::string text = test::with("[certificate_profile.devices]",
                                            "subject_pattern = [\"CN=a\\\"b\\\\c\\u0001\", \"x\"]");
        const config::Config config = config::read_config(text, "/etc/x/c.toml").config;
        CHECK(setting(config, "certificate_profile.devices", "subject_pattern").value ==
              R"(["CN=a\"b\\c\u0001", "x"])");
    }

    TEST_CASE("the defaults that are told are those that take effect") {
        const config::Config bare = config::read_config(test::kGood, "/etc/x/c.toml").config;
        std::string written(test::kGood);
        for (const std::string_view name : {"server", "certificate_profile.devices", "scep.corp"}) {
            std::string lines;
            for (const EffectiveSetting& entry : bare.settings)
                if (entry.table == name && entry.source.empty() && !entry.value.empty())
                    lines += entry.key + " = " + entry.value + "\n";
            const std::string heading = "[" + std::string(name) + "]\n";
            written.insert(written.find(heading) + heading.size(), lines);
        }
        CAPTURE(written);
        const config::Reading reading = config::read_config(written, "/etc/x/c.toml");
        for (const Error& error : reading.errors)
            FAIL_CHECK(to_text(error));
        const config::Server& server = reading.config.server;
        CHECK(config::to_text(server.listen) == config::to_text(bare.server.listen));
        CHECK(server.max_body_size == bare.server.max_body_size);
        CHECK(server.state_path == bare.server.state_path);
        CHECK(server.audit_key_path == bare.server.audit_key_path);
        CHECK(server.log_level == bare.server.log_level);
        CHECK(server.log_format == bare.server.log_format);
        const auto& devices = reading.config.certificate_profiles.at(0);
        const x509::CertificateProfile builtin;
        CHECK(devices.max_ttl == builtin.max_ttl);
        CHECK(devices.allowed_ekus == builtin.allowed_ekus);
        CHECK(devices.must_staple == builtin.must_staple);
        CHECK(devices.min_rsa_bits == builtin.min_rsa_bits);
        CHECK(devices.curves == builtin.curves);
        CHECK(devices.san_types == builtin.san_types);
        CHECK(devices.san_pattern == builtin.san_pattern);
        CHECK(devices.subject_pattern == builtin.subject_pattern);
        CHECK(reading.config.profiles.at(0).chain == config::Profile{}.chain);
        const config::Profile& corp = reading.config.profiles.at(0);
        const config::Profile unset;
        CHECK(corp.require_signer_key == unset.require_signer_key);
        CHECK(corp.approval == unset.approval);
        CHECK(corp.pending_ttl == unset.pending_ttl);
        CHECK(corp.repeat_window == unset.repeat_window);
        CHECK(corp.renewal_window == unset.renewal_window);
        CHECK(corp.renewal_grace == unset.renewal_grace);
        CHECK(corp.renewal_requires_challenge == unset.renewal_requires_challenge);
        CHECK(corp.allow_subject_change == unset.allow_subject_change);
        CHECK(corp.signing_time_window == unset.signing_time_window);
        CHECK(corp.raw_csr == unset.raw_csr);
        CHECK(corp.allow_legacy == unset.allow_legacy);
        CHECK(corp.password_recipients == unset.password_recipients);
    }

    TEST_CASE("the tables within [server] are told with their defaults") {
        const config::Config config = config::read_config(test::kGood, "/etc/x/c.toml").config;
        const config::RateLimit rate;
        CHECK(setting(config, "server.rate_limit", "enabled").value ==
              (rate.enabled ? "true" : "false"));
        CHECK(setting(config, "server.rate_limit", "rps").value == std::to_string(rate.rps));
        CHECK(setting(config, "server.rate_limit", "burst").value == std::to_string(rate.burst));
        const config::TrustedProxy proxy;
        CHECK(setting(config, "server.trusted_proxy", "enabled").value == "false");
        CHECK(setting(config, "server.trusted_proxy", "header").value == '"' + proxy.header + '"');
    }

    TEST_CASE("the place of a setting is its line, its variable, or its table") {
        const config::Config config =
            config::read_config(test::kGood, "/etc/x/c.toml", {{"CERTCTL_SERVER_PORT", "1"}})
                .config;
        const std::size_t table = config.profiles.at(0).line;
        CHECK(config.place_of("scep.corp", "issuer_id").line == table + 1);
        CHECK(config.place_of("scep.corp", "chain").line == table);
        CHECK(config.place_of("scep.corp", "chain").source == "/etc/x/c.toml");
        CHECK(config.place_of("server", "listen").source == "CERTCTL_SERVER_PORT");
        CHECK(config.place_of("server", "listen").field == "server.listen");
    }
}
