#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/self_check.hpp"
#include "core/asn1/pem.hpp"
#include "core/files/files.hpp"
#include "core/x509/request.hpp"
#include "run_cli.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace scep;
using scep::test::kNow;
using scep::test::must;
using scep::test::Outcome;
using scep::test::TempDir;
using Names = std::set<std::string>;

constexpr std::chrono::hours kDay{24};

// A directory with ca.crt and ca.key; the RA goes to out/.
struct Lab {
    TempDir dir{};
    test::Identity ca = test::make_ca(test::ec_key(), "CN=Lab CA,O=Example");

    Lab() { write_ca(); }

    void write_ca() const {
        dir.write("ca.crt", x509::to_pem(ca.certificate), 0644);
        dir.write("ca.key", as_text(ca.key->to_pkcs8_pem()));
    }

    Outcome run(std::vector<std::string> more = {}) const {
        return with_key("ec:P-256", std::move(more));  // quick
    }

    Outcome with_key(const std::string& kind, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments{"ra-gen",
                                           "--ca-cert",
                                           (dir / "ca.crt").string(),
                                           "--ca-key",
                                           (dir / "ca.key").string(),
                                           "--out-dir",
                                           (dir / "out").string(),
                                           "--key",
                                           kind};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return test::run_cli(arguments, kNow);
    }

    x509::Certificate certificate(std::string_view name = "out/ra.crt") const {
        const auto path = dir / name;
        return must(x509::parse_certificates(must(files::load(path)), path.string())).front();
    }

    std::unique_ptr<crypto::PrivateKey> key(std::string_view name = "out/ra.key") const {
        return must(crypto::PrivateKey::parse(must(files::load_secret(dir / name)), name));
    }

    // Nothing was made, and there is one error line with an optional hint.
    void check_refused(const Outcome& outcome, std::string_view message, int code = 2) const {
        CAPTURE(outcome.err);
        CHECK(outcome.code == code);
        CHECK(outcome.out.empty());
        CHECK(outcome.err.starts_with("certctl-scep: error: "));
        CHECK(outcome.err.find(message) != std::string::npos);
        CHECK(dir.names() == Names{"ca.crt", "ca.key"});
    }
};

}  // namespace

TEST_SUITE("cli/ra-gen") {
    TEST_CASE("an RSA pair has what devices and the RFC want of an RA") {
        const Lab lab;
        const Outcome outcome = lab.with_key("rsa:2048", {"--self-check"});
        CAPTURE(outcome.err);
        REQUIRE(outcome.code == 0);
        CHECK(outcome.err.empty());
        const x509::Certificate ra = lab.certificate();
        CHECK(ra.key_usage() == (x509::kDigitalSignature | x509::kKeyEncipherment));
        CHECK(ra.extended_key_usage() == std::vector{oid::kCmcRa, oid::kEmailProtection});
        CHECK_FALSE(ra.basic_constraints().value_or(x509::BasicConstraints{}).ca);
        CHECK(equal(ra.subject_key_identifier(), must(ra.public_key()).key_identifier()));
        CHECK(equal(ra.authority_key_identifier(), lab.ca.certificate.subject_key_identifier()));
        CHECK(ra.subject_text() == "CN=SCEP RA");
        CHECK(x509::check_issued_by(crypto::Library::standard(), ra, lab.ca.certificate));
        CHECK(lab.key()->public_key() == must(ra.public_key()));
        CHECK(must(files::inspect(lab.dir / "out/ra.crt")).mode == 0644);
        CHECK(must(files::inspect(lab.dir / "out/ra.key")).mode == 0600);
        CHECK(outcome.out.find("self-check: signs (") != std::string::npos);
        CHECK(outcome.out.find("decrypts (RSAES-PKCS1-v1_5, RSAES-OAEP)") != std::string::npos);
    }

    TEST_CASE("an EC pair signs and agrees on keys, and the self-check says so") {
        const Lab lab;
        const Outcome outcome = lab.with_key("ec:P-384", {"--self-check"});
        REQUIRE(outcome.code == 0);
        CHECK(lab.certificate().key_usage() == (x509::kDigitalSignature | x509::kKeyAgreement));
        CHECK(must(lab.certificate().public_key()).describe() == "EC P-384");
        CHECK(outcome.out.find("decrypts (key agreement)") != std::string::npos);
    }

    TEST_CASE("the output names paths, subject, dates and fingerprint") {
        const Lab lab;
        const Outcome outcome = lab.run({"--cn", "Front Door", "--days", "10"});
        REQUIRE(outcome.code == 0);
        for (const std::string& line : {"certificate: " + (lab.dir / "out/ra.crt").string(),
                                        "key: " + (lab.dir / "out/ra.key").string() + " (EC P-256)",
                                        std::string("subject: CN=Front Door"),
                                        "issuer: " + lab.ca.certificate.subject_text(),
                                        std::string(" to 2026-12-04T03:00:00Z"),
                                        std::string("SHA-256 fingerprint: ")}) {
            CAPTURE(line);
            CHECK(outcome.out.find(line) != std::string::npos);
        }
    }

    TEST_CASE("days are decimal, leading zeros or not") {
        const Lab lab;
        REQUIRE(lab.run({"--days", "010"}).code == 0);
        CHECK(to_rfc3339(lab.certificate().not_after()) == "2026-12-04T03:00:00Z");
    }

    TEST_CASE("JSON has its schema first and the same facts") {
        const Lab lab;
        const Outcome outcome = lab.run({"--format", "json", "--self-check", "--name", "next"});
        REQUIRE(outcome.code == 0);
        CHECK(outcome.out.starts_with("{\n  \"schema\": \"certctl-scep/ra-gen/1\""));
        const auto document = nlohmann::json::parse(outcome.out);
        const x509::Certificate ra = lab.certificate("out/next.crt");
        CHECK(document["certificate_path"] == (lab.dir / "out/next.crt").string());
        CHECK(document["key_path"] == (lab.dir / "out/next.key").string());
        CHECK(document["subject"] == "CN=SCEP RA");
        CHECK(document["serial"] == ra.serial_hex());
        CHECK(document["not_after"] == to_rfc3339(ra.not_after()));
        CHECK(document["fingerprint_sha256"].get<std::string>().size() == 64);
        CHECK(document["self_check"]["signs"] == true);
        CHECK(document["self_check"]["decrypts"] == true);
    }

    TEST_CASE("S23 names and paths are harmless to a terminal, in JSON too") {
        Lab lab;
        lab.ca = test::make_ca(test::ec_key(), "CN=Lab\u202e");
        lab.write_ca();
        const std::string name = "r\x1b[31m\xff";
        for (const std::string format : {"text", "json"}) {
            CAPTURE(format);
            const Outcome outcome = lab.run({"--name", name, "--force", "--format", format});
            CAPTURE(outcome.err);
            REQUIRE(outcome.code == 0);
            CHECK(outcome.out.find('\x1b') == std::string::npos);
            CHECK(outcome.out.find('\xff') == std::string::npos);
            CHECK(outcome.out.find("\u202e") == std::string::npos);
        }
    }

    TEST_CASE("a common name may hold what a name must escape") {
        for (const std::string_view cn :
             {"a, b+c=\"d\"", "#1", "back\\slash", "Z\u00fcrich", " x"}) {
            const Lab lab;
            CAPTURE(cn);
            REQUIRE(lab.run({"--cn", std::string(cn)}).code == 0);
            const x509::Name subject = must(lab.certificate().subject());
            CHECK(subject.values(oid::kCommonName) == std::vector{std::string(cn)});
        }
        const Lab lab;
        lab.check_refused(lab.run({"--cn", ""}), "--cn is empty");
        lab.check_refused(lab.run({"--cn", std::string(65, 'x')}), "1 to 64 characters");
        lab.check_refused(lab.run({"--cn", "a\nb"}),
                          "--cn: a common name has no control characters");
        const Outcome latin1 = lab.run({"--cn", "Z\xfcrich"});
        lab.check_refused(latin1, "--cn: a common name is typed in UTF-8, this is not\n");
        CHECK(latin1.err.find("hint:") == std::string::npos);
    }

    TEST_CASE("an RA never outlives its CA, and one that is cut short is noted") {
        const Lab lab;
        const Outcome outcome = lab.run({"--days", "3000"});
        REQUIRE(outcome.code == 0);
        CHECK(lab.certificate().not_after() == lab.ca.certificate.not_after());
        CHECK(outcome.err ==
              "certctl-scep: note: the RA certificate ends with its CA, before --days are over\n");
        CHECK(lab.certificate().not_before() >= lab.ca.certificate.not_before());
    }

    TEST_CASE("existing files stay unless --force is given") {
        const Lab lab;
        REQUIRE(lab.run().code == 0);
        const std::string before = test::read_file(lab.dir / "out/ra.key");
        std::filesystem::remove(lab.dir / "out/ra.crt");
        const Outcome refused = lab.run();
        CHECK(refused.code == 2);
        CHECK(refused.err == "certctl-scep: error: " + (lab.dir / "out/ra.key").string() +
                                 ": already exists\nhint: --force replaces it\n");
        CHECK(test::read_file(lab.dir / "out/ra.key") == before);
        CHECK_FALSE(files::exists(lab.dir / "out/ra.crt"));
        REQUIRE(lab.run({"--force"}).code == 0);
        CHECK(test::read_file(lab.dir / "out/ra.key") != before);
        CHECK(lab.key()->public_key() == must(lab.certificate().public_key()));
    }

    TEST_CASE("the CA's own files are never replaced, --force or not, by whatever name") {
        const Lab lab;
        const std::string key = test::read_file(lab.dir / "ca.key");
        const std::string certificate = test::read_file(lab.dir / "ca.crt");
        for (const std::vector<std::string>& more :
             {std::vector<std::string>{}, std::vector<std::string>{"--force"}}) {
            std::vector<std::string> words{"--out-dir", lab.dir.path().string(), "--name", "ca"};
            words.insert(words.end(), more.begin(), more.end());
            std::vector<std::string> all{"ra-gen",
                                         "--ca-cert",
                                         (lab.dir / "ca.crt").string(),
                                         "--ca-key",
                                         (lab.dir / "ca.key").string(),
                                         "--key",
                                         "ec:P-256"};
            all.insert(all.end(), words.begin(), words.end());
            lab.check_refused(test::run_cli(all, kNow), "would be overwritten or removed");
        }
        std::filesystem::create_directory(lab.dir / "out");
        std::filesystem::create_hard_link(lab.dir / "ca.key", lab.dir / "out/ra.key");
        const Outcome linked = lab.run({"--force"});
        CHECK(linked.code == 2);
        CHECK(linked.err.find("error: --ca-key: ") != std::string::npos);
        CHECK(test::read_file(lab.dir / "ca.key") == key);
        CHECK(test::read_file(lab.dir / "out/ra.key") == key);
        CHECK(test::read_file(lab.dir / "ca.crt") == certificate);
    }

    TEST_CASE("--csr-only writes a request that verifies, and its key") {
        const TempDir dir;
        const Outcome outcome = test::run_cli({"ra-gen",
                                               "--csr-only",
                                               "--out-dir",
                                               (dir / "o").string(),
                                               "--cn",
                                               "Far RA",
                                               "--self-check",
                                               "--key",
                                               "ec:P-256"},
                                              kNow);
        REQUIRE(outcome.code == 0);
        CHECK(outcome.err.find("EKU cmcRA (1.3.6.1.5.5.7.3.28)") != std::string::npos);
        const auto blocks = must(asn1::parse_pem(test::read_file(dir / "o/ra.csr"), "ra.csr"));
        REQUIRE(blocks.size() == 1);
        CHECK(blocks[0].label == "CERTIFICATE REQUEST");
        const auto request = must(x509::CertificationRequest::parse(blocks[0].content));
        const auto key = must(request.public_key(crypto::kStrictKeys));
        CHECK(request.verify_signature(crypto::Library::standard(), key));
        CHECK(request.subject().to_text() == "CN=Far RA");
        CHECK(must(files::inspect(dir / "o/ra.key")).mode == 0600);
        CHECK_FALSE(files::exists(dir / "o/ra.crt"));
    }

    TEST_CASE("wrong options are refused before anything is made") {
        const Lab lab;
        lab.check_refused(lab.run({"--csr-only"}), "--csr-only makes a request");
        lab.check_refused(lab.run({"--name", "../ra"}), "--name is the beginning of file names");
        lab.check_refused(lab.run({"--name", ""}), "--name is empty");
        lab.check_refused(lab.with_key("rsa:1024"), "--key rsa:1024: not a kind of key");
        lab.check_refused(lab.with_key("ec:P-192"), "--key ec:P-192: not a kind of key");
        lab.check_refused(test::run_cli({"ra-gen", "--csr-only", "--out-dir", ""}, kNow),
                          "--out-dir is empty");
        const std::string out = (lab.dir / "out").string();
        lab.check_refused(test::run_cli({"ra-gen", "--out-dir", out}, kNow),
                          "--ca-cert and --ca-key are needed");
        for (const std::string_view days : {"0", "-1", "x", "36501"}) {
            CAPTURE(days);
            CHECK(lab.run({"--days", std::string(days)}).code == 2);
        }
        for (const std::string_view days : {"0x10", "1e2", "+5", "7d", " 7"}) {
            CAPTURE(days);
            lab.check_refused(lab.run({"--days", std::string(days)}),
                              "--days: got " + std::string(days) + ", want a whole number");
        }
        CHECK(lab.run({"--format", "xml"}).code == 2);
        CHECK(test::run_cli({"ra-gen"}, kNow).code == 2);
        CHECK(lab.dir.names() == Names{"ca.crt", "ca.key"});
    }

    TEST_CASE("a CA that cannot be one is refused and nothing is left") {
        Lab lab;
        lab.dir.write("ca.key", as_text(test::ec_key()->to_pkcs8_pem()));
        lab.check_refused(lab.run(), "ca.key: does not match the CA certificate");
        lab.ca = test::make_identity({.subject = "CN=Leaf"}, test::ec_key(), nullptr);
        lab.write_ca();
        lab.check_refused(lab.run(), "is not a CA certificate: CN=Leaf lacks CA:TRUE");
        constexpr x509::BasicConstraints kCa{.ca = true};
        lab.ca = test::make_identity(
            {.key_usage = x509::kCrlSign, .basic_constraints = kCa}, test::ec_key(), nullptr);
        lab.write_ca();
        lab.check_refused(lab.run(), "its key usage lacks keyCertSign");
        lab.ca = test::make_identity({.key_usage = x509::kKeyCertSign,
                                      .basic_constraints = kCa,
                                      .not_before = kNow - 2 * kDay,
                                      .not_after = kNow - kDay},
                                     test::ec_key(),
                                     nullptr);
        lab.write_ca();
        lab.check_refused(lab.run(), "the CA certificate has expired: notAfter is 2026-11-23");
        lab.ca = test::make_identity(
            {.key_usage = x509::kKeyCertSign, .basic_constraints = kCa, .not_before = kNow + kDay},
            test::ec_key(),
            nullptr);
        lab.write_ca();
        lab.check_refused(lab.run(), "the CA certificate is not valid yet");
    }

    TEST_CASE("CA files that cannot be read are named") {
        const Lab lab;
        lab.dir.write("ca.crt", "nonsense\n");
        lab.check_refused(lab.run(), (lab.dir / "ca.crt").string());
        lab.write_ca();
        lab.dir.write("ca.key", as_text(lab.ca.key->to_pkcs8_pem()), 0644);
        lab.check_refused(lab.run(), "ca.key: mode is 0644, want 0600");
        lab.dir.write("ca.key", "nonsense\n");
        lab.check_refused(lab.run(), (lab.dir / "ca.key").string());
        lab.write_ca();
        const Outcome missing = test::run_cli({"ra-gen",
                                               "--ca-cert",
                                               (lab.dir / "none.crt").string(),
                                               "--ca-key",
                                               (lab.dir / "ca.key").string(),
                                               "--out-dir",
                                               (lab.dir / "out").string()},
                                              kNow);
        lab.check_refused(missing, "none.crt: cannot open: no such file or directory", 3);
    }

    TEST_CASE("an output directory that cannot be made is an error that leaves nothing") {
        const Lab lab;
        const Outcome outcome = test::run_cli({"ra-gen",
                                               "--ca-cert",
                                               (lab.dir / "ca.crt").string(),
                                               "--ca-key",
                                               (lab.dir / "ca.key").string(),
                                               "--key",
                                               "ec:P-256",
                                               "--out-dir",
                                               (lab.dir / "ca.crt/x").string()},
                                              kNow);
        lab.check_refused(outcome, "ca.crt: cannot make the directory: file exists", 3);
    }

    TEST_CASE("the self-check sees a key that is not the certificate's") {
        SeededRandom random(1);
        const auto one = test::ec_key();
        const auto other = test::ec_key();
        CHECK(cli::self_check(one->to_pkcs8_pem(), one->public_key(), random).has_value());
        CHECK_FALSE(cli::self_check(one->to_pkcs8_pem(), other->public_key(), random).has_value());
        CHECK_FALSE(cli::self_check(as_bytes("nonsense"), one->public_key(), random).has_value());
    }
}
