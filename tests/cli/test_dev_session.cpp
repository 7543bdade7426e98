// serve --dev prints what the configuration in its directory says, not what --dev once made.
#include <sstream>

#include <doctest/doctest.h>

#include "cli/dev_session.hpp"
#include "cli/dev_setup.hpp"
#include "core/base/encoding.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace scep;
using scep::test::kNow;
using scep::test::must;
using scep::test::TempDir;

constexpr std::uint16_t kPort = 4711;

struct Dev {
    TempDir dir{};

    explicit Dev(const config::ListenAddress& listen = {}) {
        const FixedClock clock(kNow);
        SeededRandom random(1);
        must(cli::make_dev_directory(dir.path(), listen, clock, random));
    }

    void edit(std::string_view from, std::string_view to) const {
        std::string text = test::read_file(dir / "certctl-scep.toml");
        const std::size_t at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
        dir.write("certctl-scep.toml", text);
    }

    void append(std::string_view more) const {
        dir.write("certctl-scep.toml",
                  test::read_file(dir / "certctl-scep.toml") + std::string(more));
    }

    void add_identity(const std::string& name, const test::Identity& identity) const {
        dir.write(name + ".crt", x509::to_pem(identity.certificate));
        dir.write(name + ".key", as_text(identity.key->to_pkcs8_pem()));
    }

    check::Deployment load() const {
        return check::load_deployment(must(config::load_config(dir / "certctl-scep.toml")), {});
    }

    cli::DevSession session() const { return cli::describe_dev_session(load(), kPort); }

    std::string path(std::string_view name) const { return (dir / name).string(); }
};

bool holds(const std::string& text, const std::string& part) {
    CAPTURE(text);
    CAPTURE(part);
    return text.find(part) != std::string::npos;
}

std::string fingerprint(const x509::Certificate& certificate) {
    return to_hex(certificate.fingerprint());
}

}  // namespace

TEST_SUITE("cli/dev session") {
    TEST_CASE("as --dev made it") {
        const Dev dev;
        const cli::DevSession session = dev.session();
        const x509::Certificate ca = *dev.load().issuers.at(0).certificate;
        CHECK(session.url == "https://localhost:4711/scep");
        CHECK(session.host_is_named);
        CHECK(session.ca_fingerprint == to_hex_colons(ca.fingerprint()));
        CHECK(session.profile_with_inline_challenge.empty());
        CHECK(session.command == "certctl-scep enroll --url https://localhost:4711/scep --tls-ca " +
                                     dev.path("ca.crt") + " --ca-fingerprint " + fingerprint(ca) +
                                     " --challenge-file " + dev.path("challenge") +
                                     " --subject CN=device-1 --out-dir device-1");
    }

    TEST_CASE("path and challenge are the profile's") {
        const Dev dev;
        dev.edit("path_id                 = \"\"", "path_id = \"corp\"");
        dev.edit("= \"challenge\"", "= \"it's mine\"");
        dev.dir.write("it's mine", "another");
        const cli::DevSession session = dev.session();
        CHECK(session.url == "https://localhost:4711/scep/corp");
        CHECK(holds(session.command, "--url https://localhost:4711/scep/corp "));
        CHECK(holds(session.command, "--challenge-file '" + dev.path("it'\\''s mine") + "' "));
    }

    TEST_CASE("a challenge of the configuration itself comes by the environment, and is not said") {
        const Dev dev;
        dev.edit("challenge_password_file = \"challenge\"", "challenge_password = \"s3cret\"");
        const check::Deployment deployment = dev.load();
        const cli::DevSession session = cli::describe_dev_session(deployment, kPort);
        CHECK(holds(session.command, " --challenge-env SCEP_CHALLENGE "));
        std::istringstream in;
        std::ostringstream out, err;
        const FixedClock clock(kNow);
        cli::Io io{.in = in, .out = out, .err = err, .clock = clock};
        cli::print_dev_session(session, deployment, io);
        CHECK(err.str() ==
              "certctl-scep: note: the command wants the challenge_password of [scep.default] in "
              "the environment variable SCEP_CHALLENGE\n");
        CHECK(out.str().find("s3cret") == std::string::npos);
    }

    TEST_CASE("of several profiles default is shown, else the first, each with its own CA") {
        const Dev dev;
        const test::Identity other = test::make_ca(test::ec_key(), "CN=Other CA");
        dev.add_identity("other", other);
        dev.edit("[issuer.iss-local]",
                 "[issuer.a-first]\nca_cert_path = \"other.crt\"\nca_key_path = \"other.key\"\n\n"
                 "[issuer.iss-local]");
        dev.edit("[scep.default]",
                 "[scep.aaa]\nissuer_id = \"a-first\"\nprofile_id = \"devices\"\n"
                 "challenge_password_file = \"challenge\"\nra_cert_path = \"ra.crt\"\n"
                 "ra_key_path = \"ra.key\"\n\n[scep.default]");
        const cli::DevSession shown = dev.session();
        CHECK(shown.url == "https://localhost:4711/scep");
        CHECK_FALSE(holds(shown.command, fingerprint(other.certificate)));
        dev.edit("[scep.default]", "[scep.zzz]");
        const cli::DevSession first = dev.session();
        CHECK(first.url == "https://localhost:4711/scep/aaa");
        CHECK(holds(first.command, "--ca-fingerprint " + fingerprint(other.certificate)));
        CHECK_MESSAGE(holds(first.command, "--tls-ca " + dev.path("ca.crt")),
                      "the CA that issued the TLS certificate, not the profile's");
    }

    TEST_CASE("a TLS certificate of no CA of ours is its own anchor") {
        const Dev dev;
        dev.add_identity(
            "web",
            test::make_identity(
                {.subject = "CN=localhost",
                 .subject_alt_names = {must(x509::general_name_from_text("dns:localhost"))}},
                test::ec_key(),
                nullptr));
        dev.edit("\"tls.crt\"", "\"web.crt\"");
        dev.edit("\"tls.key\"", "\"web.key\"");
        CHECK(holds(dev.session().command, "--tls-ca " + dev.path("web.crt") + ' '));
    }

    TEST_CASE("the URL has a name of the TLS certificate under which the address is reached") {
        struct Row {
            std::string_view made_for, listens, url;
            bool named;
        };

        for (const Row& row :
             {Row{"127.0.0.1:8443", "127.0.0.1:0", "https://localhost:4711/scep", true},
              Row{"127.0.0.1:8443", "localhost:0", "https://localhost:4711/scep", true},
              Row{"127.0.0.1:8443", "[::1]:0", "https://[::1]:4711/scep", true},
              Row{"127.0.0.1:8443", "127.0.0.2:0", "https://127.0.0.2:4711/scep", false},
              Row{"127.0.0.2:8443", "127.0.0.2:0", "https://127.0.0.2:4711/scep", true},
              Row{"127.0.0.2:8443", "127.0.0.1:0", "https://localhost:4711/scep", true}}) {
            CAPTURE(row.listens);
            const Dev dev(must(config::parse_listen(row.made_for)));
            check::Deployment deployment = dev.load();
            deployment.config.server.listen = must(config::parse_listen(row.listens));
            const cli::DevSession session = cli::describe_dev_session(deployment, kPort);
            CHECK(session.url == row.url);
            CHECK(session.host_is_named == row.named);
            CHECK(holds(session.command, "--tls-ca ") == row.named);
        }
    }

    TEST_CASE("an address that the TLS certificate does not name is warned of") {
        const Dev dev;
        check::Deployment deployment = dev.load();
        deployment.config.server.listen.host = "127.0.0.2";
        std::istringstream in;
        std::ostringstream out, err;
        const FixedClock clock(kNow);
        cli::Io io{.in = in, .out = out, .err = err, .clock = clock};
        cli::print_dev_session(cli::describe_dev_session(deployment, kPort), deployment, io);
        CHECK(holds(err.str(),
                    "certctl-scep: warning: " + dev.path("tls.crt") +
                        ": does not name 127.0.0.2: clients that verify TLS will refuse it\n"
                        "hint: --listen on what it names: localhost, 127.0.0.1, ::1\n"));
        CHECK(out.str().starts_with("url: https://127.0.0.2:4711/scep\n"));
    }
}
