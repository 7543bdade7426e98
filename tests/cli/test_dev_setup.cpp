#include <doctest/doctest.h>

#include "cli/dev_setup.hpp"
#include "core/check/deployment.hpp"
#include "core/files/files.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace scep;
using scep::test::kNow;
using scep::test::must;
using scep::test::TempDir;

const std::set<std::string> kAll{"audit.key",
                                 "ca.crt",
                                 "ca.key",
                                 "certctl-scep.toml",
                                 "challenge",
                                 "ra.crt",
                                 "ra.key",
                                 "tls.crt",
                                 "tls.key"};

Result<cli::DevSetup> make(const std::filesystem::path& dir,
                           const config::ListenAddress& listen = {},
                           std::uint64_t seed = 1) {
    const FixedClock clock(kNow);
    SeededRandom random(seed);
    return cli::make_dev_directory(dir, listen, clock, random);
}

check::Deployment load(const cli::DevSetup& setup) {
    return check::load_deployment(must(config::load_config(setup.config_path)), {});
}

}  // namespace

TEST_SUITE("cli/dev") {
    TEST_CASE(
        "the first start makes a directory from which serve would start, now and in two years") {
        const TempDir dir;
        const auto made = make(dir / "d");
        REQUIRE(made.has_value());
        CHECK(made->created);
        CHECK(made->config_path == dir / "d/certctl-scep.toml");
        const check::Deployment deployment = load(*made);
        for (const std::chrono::hours later : {std::chrono::hours(0), std::chrono::hours(24 * 730)})
            for (const check::Finding& finding :
                 check::check_deployment(deployment, kNow + later, std::chrono::hours(24 * 30)))
                if (finding.severity != check::Severity::Notice)
                    FAIL_CHECK(check::to_text(finding));
    }

    TEST_CASE("the files and their modes") {
        const TempDir dir;
        REQUIRE(make(dir.path()).has_value());
        CHECK(dir.names() == kAll);
        for (const std::string& name : kAll) {
            CAPTURE(name);
            const bool open = name.ends_with(".crt") || name.ends_with(".toml");
            CHECK(must(files::inspect(dir / name)).mode == (open ? 0644U : 0600U));
        }
        CHECK(must(files::inspect(dir / "audit.key")).size == 65);
        const TempDir other;
        REQUIRE(make(other / "new").has_value());
        CHECK(must(files::inspect(other / "new")).mode == 0700);
    }

    TEST_CASE("CA, RA and TLS certificate are as the interface says") {
        const TempDir dir;
        const check::Deployment made = load(must(make(dir.path())));
        const x509::Certificate& ca = *made.issuers.at(0).certificate;
        CHECK(must(ca.public_key()).describe() == "EC P-256");
        CHECK(ca.basic_constraints()->path_length == 0U);
        CHECK(ca.key_usage() == (x509::kDigitalSignature | x509::kKeyCertSign | x509::kCrlSign));
        CHECK(ca.self_issued());
        const x509::Certificate& ra = *made.profiles.at(0).ra.at(0).certificate;
        CHECK(must(ra.public_key()).describe() == "RSA 2048 bits");
        CHECK(ra.has_eku(oid::kCmcRa));
        const x509::Certificate& tls = made.tls_chain.at(0);
        CHECK(tls.extended_key_usage() == std::vector{oid::kServerAuth});
        CHECK(x509::check_issued_by(crypto::Library::standard(), tls, ca));
        std::set<std::string> names;
        for (const x509::GeneralName& name : must(tls.subject_alt_names()))
            names.insert(name.to_text());
        for (const std::string_view name : {"dns:localhost", "ip:127.0.0.1", "ip:::1"})
            CHECK_MESSAGE(names.contains(std::string(name)), name);
    }

    TEST_CASE("one profile answers at /scep") {
        const TempDir dir;
        const config::Config config = must(config::load_config(must(make(dir.path())).config_path));
        REQUIRE(config.profiles.size() == 1);
        CHECK(config.profiles[0].name == "default");
        CHECK(config.profiles[0].path_id.empty());
        CHECK(config.profiles[0].issuer_id == "iss-local");
        CHECK(config.profiles[0].profile_id == "devices");
        CHECK(config.server.state_path == dir / "state.db");
        CHECK(config::to_text(config.server.listen) == "127.0.0.1:8443");
    }

    TEST_CASE("S14 the challenge is letters and digits of at least 128 bits, another each time") {
        std::set<std::string> seen;
        for (const std::uint64_t seed : {1U, 2U, 3U}) {
            const TempDir dir;
            REQUIRE(make(dir.path(), {}, seed).has_value());
            const SecretBytes challenge = must(files::load_challenge(dir / "challenge"));
            const std::string text(as_text(challenge));
            CHECK(text.size() >= 22);  // 22 of 62 letters are 131 bits
            CHECK(std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; }));
            seen.insert(text);
        }
        CHECK(seen.size() == 3);
    }

    TEST_CASE("the address is written down, a free port is not") {
        const TempDir one, other;
        const auto listen_of = [](const cli::DevSetup& setup) {
            return config::to_text(must(config::load_config(setup.config_path)).server.listen);
        };
        CHECK(listen_of(must(make(one.path(), {.host = "::1", .port = 9443}))) == "[::1]:9443");
        CHECK(listen_of(must(make(other.path(), {.host = "localhost", .port = 0}))) ==
              "localhost:8443");
    }

    TEST_CASE("a later start reuses what is there") {
        const TempDir dir;
        REQUIRE(make(dir.path()).has_value());
        std::map<std::string, std::string> before;
        for (const std::string& name : kAll)
            before[name] = test::read_file(dir / name);
        const auto again = make(dir.path(), {}, 2);
        REQUIRE(again.has_value());
        CHECK_FALSE(again->created);
        for (const std::string& name : kAll)
            CHECK(test::read_file(dir / name) == before[name]);
    }

    TEST_CASE("a directory that lacks a file is refused, and the file is named") {
        const TempDir dir;
        REQUIRE(make(dir.path()).has_value());
        for (const std::string& name : kAll) {
            CAPTURE(name);
            const std::string content = test::read_file(dir / name);
            std::filesystem::remove(dir / name);
            const auto refused = make(dir.path());
            REQUIRE_FALSE(refused.has_value());
            CHECK(refused.error().code == Errc::Config);
            CHECK(refused.error().where.source == (dir / name).string());
            CHECK_FALSE(files::exists(dir / name));
            dir.write(name, content);
        }
    }

    TEST_CASE("other files in the directory do not matter") {
        const TempDir dir;
        dir.write("notes.txt", "mine");
        REQUIRE(make(dir.path()).has_value());
        CHECK(test::read_file(dir / "notes.txt") == "mine");
    }

    TEST_CASE("what a killed start left of temporaries does not matter") {
        const TempDir dir;
        dir.write(".ca.key.AbCdEf", "half a key");
        dir.write(".certctl-scep.toml.AbCdEf", "");
        CHECK(must(cli::has_dev_files(dir.path())) == false);
        REQUIRE(make(dir.path()).has_value());
        CHECK(must(cli::has_dev_files(dir.path())) == true);
        CHECK(test::read_file(dir / ".ca.key.AbCdEf") == "half a key");
    }

    TEST_CASE("addresses beyond loopback are refused before anything is made") {
        const TempDir dir;
        for (const std::string_view host : {"0.0.0.0", "::", "192.0.2.1", "host.example"}) {
            CAPTURE(host);
            const auto refused = make(dir / "d", {.host = std::string(host), .port = 8443});
            REQUIRE_FALSE(refused.has_value());
            CHECK(refused.error().code == Errc::Usage);
            CHECK(refused.error().what.find(host) != std::string::npos);
        }
        CHECK(dir.names().empty());
    }

    TEST_CASE("a failure leaves nothing behind") {
        const TempDir dir;
        dir.write("file", "x");
        CHECK_FALSE(make(dir / "file/d").has_value());
        CHECK(dir.names() == std::set<std::string>{"file"});
    }
}
