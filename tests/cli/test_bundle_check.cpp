// The command line of bundle-check: forms of output, exit codes, files that are wrong.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "run_cli.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace scep;
using namespace scep::test;

struct Lab {
    TempDir dir{};
    Identity ca = make_ca(ec_key(), "CN=factory");
    Identity device =
        make_identity({.subject = "CN=device", .ekus = {oid::kClientAuth}}, ec_key(), &ca);

    Lab() {
        dir.write("ca.pem", x509::to_pem(ca.certificate));
        dir.write(
            "device.pem",
            std::string(as_text(device.key->to_pkcs8_pem())) + x509::to_pem(device.certificate));
    }

    std::string path(std::string_view name) const { return (dir / name).string(); }

    Outcome run(std::vector<std::string> words) const {
        words.insert(words.begin(), "bundle-check");
        return run_cli(std::move(words), kNow);
    }
};

}  // namespace

TEST_SUITE("cli/bundle-check") {
    TEST_CASE("text names every certificate and ends with the verdict") {
        const Lab lab;
        const Outcome outcome = lab.run({lab.path("ca.pem")});
        CHECK(outcome.code == 0);
        CHECK(outcome.err.empty());
        CHECK(outcome.out.find("1     2027-11-24T03:00:00Z  365   EC P-256") != std::string::npos);
        CHECK(outcome.out.find("CN=factory  CN=factory\n") != std::string::npos);
        CHECK(outcome.out.ends_with(
            "\nverdict: good: 1 certificate, 0 errors, 0 warnings, 0 notices\n"));
    }

    TEST_CASE("JSON has its schema first, and the chain of the device") {
        const Lab lab;
        const Outcome outcome = lab.run(
            {lab.path("ca.pem"), "--client-cert", lab.path("device.pem"), "--format", "json"});
        REQUIRE(outcome.code == 0);
        CHECK(outcome.out.starts_with("{\n  \"schema\": \"certctl-scep/bundle-check/1\""));
        CHECK(outcome.out.find("PRIVATE") == std::string::npos);
        const auto document = nlohmann::json::parse(outcome.out);
        CHECK(document["good"] == true);
        CHECK(document["findings"].empty());
        const auto& file = document["files"][0];
        CHECK(file["path"] == lab.path("ca.pem"));
        CHECK(file["certificates"][0]["days_left"] == 365);
        CHECK(file["certificates"][0]["line"] == 1);
        CHECK(file["client"]["passes"] == true);
        CHECK(file["client"]["trust"] == "good");
        CHECK(file["client"]["chain"].size() == 2);
        CHECK(file["client"]["chain"][1]["anchor"] == true);
    }

    TEST_CASE("days are counted from now, and warn as told") {
        const Lab lab;
        const Outcome outcome = lab.run({lab.path("ca.pem"), "--min-days", "366"});
        CHECK(outcome.code == 0);
        CHECK(outcome.out.find("warning: " + lab.path("ca.pem") +
                               ":1: certificate CN=factory: the certificate expires in 365 days") !=
              std::string::npos);
        CHECK(outcome.out.find("[trust-expiry]\nhint: ") != std::string::npos);
    }

    TEST_CASE("a device that does not pass is exit 1, whatever the bundle is like") {
        const Lab lab;
        lab.dir.write("other.pem", x509::to_pem(make_ca(ec_key(), "CN=other").certificate));
        const Outcome outcome =
            lab.run({lab.path("other.pem"), "--client-cert", lab.path("device.pem")});
        CHECK(outcome.code == 1);
        CHECK(outcome.out.find("FAIL issuer: its issuer CN=factory is neither in the bundle nor "
                               "was it sent") != std::string::npos);
        CHECK(outcome.out.find("verdict: bad: ") != std::string::npos);
    }

    TEST_CASE("files that are wrong") {
        const Lab lab;
        lab.dir.write("none.pem", "nonsense\n");
        CHECK(lab.run({lab.path("none.pem")}).code == 1);
        CHECK(lab.run({lab.path("missing.pem")}).code == 3);
        CHECK(lab.run({lab.path("ca.pem"), "--crl", lab.path("missing.crl")}).code == 3);
        CHECK(lab.run({lab.path("ca.pem"), "--crl", lab.path("none.pem")}).code == 2);
        CHECK(lab.run({lab.path("ca.pem"), "--deny", lab.path("none.pem")}).code == 2);
        CHECK(lab.run({lab.path("ca.pem"), "--client-cert", lab.path("none.pem")}).code == 2);
    }

    TEST_CASE("wrong usage") {
        const Lab lab;
        const std::string ca = lab.path("ca.pem");
        CHECK(lab.run({}).code == 2);
        CHECK(lab.run({ca, "--client-chain", ca}).code == 2);
        CHECK(lab.run({"-", "-"}).code == 2);
        CHECK(lab.run({ca, "--min-days", "-1"}).code == 2);
        CHECK(lab.run({ca, "--format", "xml"}).code == 2);
        CHECK(lab.run({ca, "--crl", ""}).code == 2);
    }

    TEST_CASE("S23 names and paths are harmless to a terminal, in JSON too") {
        const Lab lab;
        const std::string name = "b\x1b[31m\xff.pem";
        lab.dir.write(name, x509::to_pem(make_ca(ec_key(), "CN=Lab\u202e").certificate));
        for (const std::string format : {"text", "json"}) {
            const Outcome outcome = lab.run({lab.path(name), "--format", format});
            REQUIRE(outcome.code == 0);
            CHECK(outcome.out.find('\x1b') == std::string::npos);
            CHECK(outcome.out.find("\u202e") == std::string::npos);
            CHECK(outcome.out.find('\xff') == std::string::npos);
        }
    }
}
