#include "admin_fixture.hpp"
#include "cli/infrastructure.hpp"
#include "core/asn1/pem.hpp"

namespace {

using namespace scep;
using namespace scep::test;

// With a CA of its own, and two certificates of which one is revoked.
Deployment& with_ca(Deployment& deployment) {
    const Key key = ec_key();
    SeededRandom random(1);
    const auto certificate = must(cli::make_ca_certificate(
        must(x509::Name::from_text("CN=ca")), *key, kNow, Seconds{86400}, random));
    deployment.write("ca.crt", x509::to_pem(certificate));
    deployment.write("ca.key", as_text(key->to_pkcs8_pem()));
    with_rows(deployment);
    CHECK(deployment.admin({"revoke", "0A01", "--reason", "keyCompromise"}).code == 0);
    return deployment;
}

}  // namespace

TEST_SUITE("cli/admin_crl") {
    TEST_CASE("a CRL is PEM on standard output, and the next has the next number") {
        Deployment deployment;
        const Outcome first = with_ca(deployment).admin({"crl", "--issuer", "iss-local"});
        CHECK(first.code == 0);
        CHECK(first.out.starts_with("-----BEGIN X509 CRL-----\n"));
        CHECK(first.err ==
              "certctl-scep: note: CRL 1 of iss-local, 1 revoked, next update "
              "2026-12-01T03:00:00Z\n");
        const Json crl =
            deployment.json({"crl", "--issuer", "iss-local", "--lifetime", "24h"})["crl"];
        CHECK(crl["issuer_id"] == "iss-local");
        CHECK(crl["number"] == 2);
        CHECK(crl["this_update"] == "2026-11-24T03:00:00Z");
        CHECK(crl["next_update"] == "2026-11-25T03:00:00Z");
        CHECK(crl["revoked"] == 1);
        CHECK(crl["pem"].get<std::string>().starts_with("-----BEGIN X509 CRL-----\n"));
        const Json trail = deployment.json({"audit", "list", "--action", "admin_crl"});
        CHECK(trail["events"].size() == 2);
        CHECK(deployment.admin({"audit", "verify"}).code == 0);
    }

    TEST_CASE("a CRL file is public and replaced, in PEM or DER") {
        Deployment deployment;
        with_ca(deployment);
        const std::string file = (deployment / "list.crl").string();
        const Outcome made = deployment.admin({"crl", "--issuer", "iss-local", "--out", file});
        CHECK(made.code == 0);
        CHECK(made.out == file +
                              ": CRL 1 of iss-local, 1 revoked, next update "
                              "2026-12-01T03:00:00Z\n");
        CHECK(read_file(file).starts_with("-----BEGIN X509 CRL-----\n"));
        CHECK(std::filesystem::status(file).permissions() == std::filesystem::perms(0644));
        const Json crl =
            deployment.json({"crl", "--issuer", "iss-local", "--der", "--out", file})["crl"];
        CHECK(crl["file"] == file);
        CHECK(!crl.contains("pem"));
        CHECK(read_file(file).starts_with("\x30"));
        CHECK(deployment.admin({"crl", "--issuer", "iss-local", "--der"}).out.starts_with("\x30"));
        CHECK(
            deployment.admin({"crl", "--issuer", "iss-local", "--der", "--format", "json"}).code ==
            2);
    }

    TEST_CASE("a CRL replaces no file of the configuration") {
        Deployment deployment;
        with_ca(deployment);
        const std::string before = read_file(deployment / "ca.key");
        const std::string key = (deployment / "ca.key").string();
        const Outcome outcome = deployment.admin({"crl", "--issuer", "iss-local", "--out", key});
        check_one_error(outcome, 2, "would be overwritten");
        CHECK(says(outcome.err, "hint: another file for --out\n"));
        CHECK(read_file(key) == before);
    }

    TEST_CASE("what may be overwritten is none of the settings' files, whichever it is") {
        Deployment deployment;
        with_ca(deployment);
        const std::string more = R"(
next_ca_cert_path = "next.crt"
next_ca_key_path = "next.key"
previous_ca_cert_path = "previous.crt"
chain_path = "chain.crt"
)";
        std::string config(kConfig);
        config.insert(config.find("\n[scep.corp]"), more);
        config +=
            "mtls_enabled = true\nmtls_client_ca_trust_bundle_path = \"bundle.crt\"\n"
            "mtls_crl_path = \"bundle.crl\"\nmtls_deny_path = \"deny.txt\"\n";
        deployment.write("c.toml", config);
        for (const char* name : {"next.crt",
                                 "next.key",
                                 "previous.crt",
                                 "chain.crt",
                                 "tls.crt",
                                 "challenge",
                                 "bundle.crt",
                                 "bundle.crl",
                                 "deny.txt",
                                 "state.db",
                                 "state.db-wal",
                                 "audit.key",
                                 "ra.key",
                                 "ca.crt",
                                 "c.toml"}) {
            CAPTURE(name);
            const std::string path = (deployment / name).string();
            const bool made = !std::filesystem::exists(path);
            if (made)
                deployment.write(name, "precious");
            check_one_error(deployment.admin({"crl", "--issuer", "iss-local", "--out", path}),
                            2,
                            "would be overwritten");
            if (made)
                CHECK(read_file(path) == "precious");
        }
    }

    TEST_CASE("without the issuer or its key there is no CRL, and no number is taken") {
        Deployment deployment;
        check_one_error(with_ca(deployment).admin({"crl", "--issuer", "iss-remote"}),
                        2,
                        "--issuer: no issuer of the configuration is called iss-remote");
        CHECK(deployment.admin({"crl", "--issuer", "iss-local", "--lifetime", "0s"}).code == 2);
        deployment.write("ca.key", as_text(ec_key()->to_pkcs8_pem()));
        CHECK(says(deployment.admin({"crl", "--issuer", "iss-local"}).err,
                   "does not match the CA certificate"));
        const std::string nowhere = (deployment / "no/list.crl").string();
        CHECK(deployment.admin({"crl", "--issuer", "iss-local", "--out", nowhere}).code != 0);
        std::filesystem::remove(deployment / "ca.key");
        CHECK(deployment.admin({"crl", "--issuer", "iss-local"}).code == 3);
        CHECK(deployment.json({"audit", "list", "--action", "admin_crl"})["events"].empty());
    }
}
