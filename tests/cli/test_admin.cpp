#include "admin_fixture.hpp"
#include "cli/config_path.hpp"

namespace {

using namespace scep;
using namespace scep::test;
using scep::store::Store;

}  // namespace

TEST_SUITE("cli/admin") {
    TEST_CASE("issued list is a table, newest first") {
        Deployment deployment;
        const Outcome list = with_rows(deployment).admin({"issued", "list"});
        CHECK(list.code == 0);
        CHECK(list.err.empty());
        CHECK(list.out ==
              "SERIAL  ISSUED                NOT AFTER             REVOKED  PROFILE  SUBJECT\n"
              "0B02    2026-11-24T03:00:00Z  2026-11-24T04:00:00Z  -        corp     CN=beta\n"
              "0A01    2026-11-24T03:00:00Z  2026-11-24T04:00:00Z  -        corp     CN=alpha\n");
    }

    TEST_CASE("issued list as JSON") {
        Deployment deployment;
        const Json document = with_rows(deployment).json({"issued", "list"});
        REQUIRE(document["certificates"].size() == 2);
        const Json& newest = document["certificates"][0];
        CHECK(newest["serial"] == "0B02");
        CHECK(newest["issuer_id"] == "iss-local");
        CHECK(newest["profile"] == "corp");
        CHECK(newest["subject"] == "CN=beta");
        CHECK(newest["subject_alt_names"] == "dns:a.example");
        CHECK(newest["not_before"] == "2026-11-24T03:00:00Z");
        CHECK(newest["not_after"] == "2026-11-24T04:00:00Z");
        CHECK(newest["issued_at"] == "2026-11-24T03:00:00Z");
        CHECK(newest["transaction_id"] == "T-0B02");
        CHECK(newest["sha256"].get<std::string>().size() == 64);
        CHECK(newest["signer_spki_sha256"].get<std::string>().size() == 64);
        CHECK(newest["revoked_at"].is_null());
        CHECK(newest["revocation_reason"].is_null());
        CHECK(!newest.contains("pem"));
        CHECK(document["more"] == false);
    }

    TEST_CASE("a list says when it is not all") {
        Deployment deployment;
        const Outcome list = with_rows(deployment).admin({"issued", "list", "--limit", "1"});
        CHECK(says(list.out, "beta"));
        CHECK(!says(list.out, "alpha"));
        CHECK(says(list.err, "note: older certificates are left out"));
        CHECK(deployment.json({"issued", "list", "--limit", "1"})["more"] == true);
        CHECK(deployment.json({"issued", "list", "--limit", "2"})["more"] == false);
        CHECK(deployment.json({"issued", "list", "--limit", "0"})["certificates"].size() == 2);
    }

    TEST_CASE("issued list picks by profile and subject") {
        Deployment deployment;
        with_rows(deployment);
        CHECK(deployment.json({"issued", "list", "--subject", "BETA"})["certificates"].size() == 1);
        CHECK(deployment.json({"issued", "list", "--profile", "corp"})["certificates"].size() == 2);
        CHECK(deployment.json({"issued", "list", "--profile", "-"})["certificates"].empty());
    }

    TEST_CASE("issued show takes a serial in any spelling and gives the PEM") {
        Deployment deployment;
        with_rows(deployment);
        for (const std::string serial :
             {"0A01", "0a01", "A01", "0a:01", "0A:01", "0x0A01", "0xA01", "00:0A:01"}) {
            CAPTURE(serial);
            const Outcome one = deployment.admin({"issued", "show", serial});
            CHECK(one.code == 0);
            CHECK(says(one.out, "subject            CN=alpha\n"));
            CHECK(one.out.ends_with(
                "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n"));
        }
        const Json document = deployment.json({"issued", "show", "0A01"});
        CHECK(document["certificate"]["subject"] == "CN=alpha");
        CHECK(document["certificate"]["pem"] ==
              "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n");
    }

    TEST_CASE("issued show of a serial that was never issued says no") {
        Deployment deployment;
        check_one_error(
            with_rows(deployment).admin({"issued", "show", "0C03"}), 1, "serial number 0C03");
        for (const std::string word : {"device", "0x", ":", ""})
            check_one_error(
                deployment.admin({"issued", "show", word}), 2, "want a number in hexadecimal");
    }

    TEST_CASE("audit list is a table, oldest first") {
        Deployment deployment;
        const Outcome list = with_rows(deployment).admin({"audit", "list"});
        CHECK(list.code == 0);
        CHECK(list.err.empty());
        CHECK(list.out ==
              "SEQUENCE  TIME                  OUTCOME  ACTION           PROFILE  REFERENCE  "
              "SUBJECT   REASON\n"
              "1         2026-11-24T03:00:00Z  success  scep_pkcsreq     corp     ref-0A01   "
              "CN=alpha  -\n"
              "2         2026-11-24T03:00:00Z  success  scep_pkcsreq     corp     ref-0B02   "
              "CN=beta   -\n"
              "3         2026-11-24T03:00:00Z  failure  scep_renewalreq  -        ref-no     "
              "CN=gamma  badRequest: the challenge is wrong\n");
    }

    TEST_CASE("in colour, outcomes are painted and columns stay where they are") {
        Deployment deployment;
        std::string list = with_rows(deployment).admin({"audit", "list", "--color", "always"}).out;
        CHECK(says(list, "\x1b[32msuccess\x1b[0m  scep_pkcsreq "));
        CHECK(says(list, "\x1b[1;31mfailure\x1b[0m  scep_renewalreq "));
        for (const std::string code : {"\x1b[32m", "\x1b[1;31m", "\x1b[0m"})
            for (auto at = list.find(code); at != std::string::npos; at = list.find(code))
                list.erase(at, code.size());
        CHECK(list == deployment.admin({"audit", "list"}).out);
        CHECK(!says(deployment.admin({"audit", "list", "--format", "json", "--color=always"}).out,
                    "\x1b"));
    }

    TEST_CASE("audit list as JSON has every column") {
        Deployment deployment;
        const Json document = with_rows(deployment).json({"audit", "list"});
        REQUIRE(document["events"].size() == 3);
        const Json& event = document["events"][0];
        CHECK(event["sequence"] == 1);
        CHECK(event["mac"].get<std::string>().size() == 64);
        for (const std::string name : {"time",
                                       "profile",
                                       "action",
                                       "outcome",
                                       "reason",
                                       "reference",
                                       "transaction_id",
                                       "subject",
                                       "subject_alt_names",
                                       "serial",
                                       "signer",
                                       "client_address",
                                       "mtls_subject"}) {
            CAPTURE(name);
            CHECK(event[name].is_string());
        }
    }

    TEST_CASE("audit list picks by each of its filters") {
        Deployment deployment;
        with_rows(deployment);
        const auto subjects = [&](std::vector<std::string> words) {
            words.insert(words.begin(), {"audit", "list"});
            std::string out;
            const Json document = deployment.json(words);
            for (const Json& event : document["events"])
                out += event["subject"].get<std::string>().substr(3) + ' ';
            return out;
        };
        CHECK(subjects({"--outcome", "failure"}) == "gamma ");
        CHECK(subjects({"--action", "scep_pkcsreq"}) == "alpha beta ");
        CHECK(subjects({"--transaction", "T-0B02"}) == "beta ");
        CHECK(subjects({"--profile", "-"}) == "gamma ");
        CHECK(subjects({"--limit", "2"}) == "beta gamma ");
        CHECK(subjects({"--after", "0", "--limit", "2"}) == "alpha beta ");
        CHECK(subjects({"--after", "2"}) == "gamma ");
        CHECK(says(deployment.admin({"audit", "list", "--after", "0", "--limit", "2"}).err,
                   "--after 2 goes on"));
    }

    TEST_CASE("S23 strings from peers are escaped in tables, in full and in JSON") {
        Deployment deployment;
        must(deployment.serve()->write({enrolment("0A", "CN=\x1b[31m\nx\xe2\x80\xae")}));
        for (const std::vector<std::string>& words : {std::vector<std::string>{"issued", "list"},
                                                      {"issued", "show", "0A"},
                                                      {"audit", "list"},
                                                      {"issued", "list", "--format", "json"},
                                                      {"audit", "list", "--format", "json"}}) {
            const Outcome outcome = deployment.admin(words);
            CAPTURE(outcome.out);
            CHECK(outcome.code == 0);
            CHECK(!says(outcome.out, "\x1b"));
            CHECK(!says(outcome.out, "\nx"));
            CHECK(!says(outcome.out, "\xe2"));
        }
    }

    TEST_CASE("a subject, which is escaped already, is shown as it is written") {
        Deployment deployment;
        must(deployment.serve()->write({enrolment("0A", R"(CN=a\,b\0A)")}));
        for (const std::vector<std::string>& words : {std::vector<std::string>{"issued", "list"},
                                                      {"issued", "show", "0A"},
                                                      {"audit", "list"}}) {
            const Outcome outcome = deployment.admin(words);
            CAPTURE(outcome.out);
            CHECK(says(outcome.out, R"( CN=a\,b\0A)"));
        }
    }

    TEST_CASE("audit verify counts the rows, and finds one that was written under another key") {
        Deployment deployment;
        with_rows(deployment);
        CHECK(deployment.admin({"audit", "verify"}).out == "3 audit rows, every MAC fits\n");
        CHECK(deployment.json({"audit", "verify"})["verified"] == true);
        CHECK(deployment.json({"audit", "verify"})["rows"] == 3);
        must(must(Store::open_existing(deployment / "state.db", SecretBytes(32, 1)))
                 ->write({refusal("CN=delta")}));
        check_one_error(deployment.admin({"audit", "verify"}), 1, "audit row 4 does not fit");
        const Outcome no = deployment.admin({"audit", "verify", "--format", "json"});
        CHECK(no.code == 1);
        CHECK(Json::parse(no.out)["verified"] == false);
        CHECK(Json::parse(no.out)["reason"] == "audit row 4 does not fit the chain");
    }

    TEST_CASE("admin reads beside a server that writes") {
        Deployment deployment;
        const auto server = deployment.serve();
        must(server->write({enrolment("0A", "CN=alpha")}));
        CHECK(says(deployment.admin({"issued", "list"}).out, "alpha"));
        must(server->write({enrolment("0B", "CN=beta")}));
        CHECK(says(deployment.admin({"audit", "list"}).out, "beta"));
        CHECK(deployment.admin({"audit", "verify"}).code == 0);
    }

    TEST_CASE(
        "without a database, a key or a configuration the error says which, and none is made") {
        Deployment deployment;
        check_one_error(deployment.admin({"issued", "list"}), 3, "state.db");
        CHECK(deployment.admin({"audit", "verify"}).code == 3);
        CHECK(!std::filesystem::exists(deployment / "state.db"));
        CHECK(!std::filesystem::exists(deployment / "audit.key"));
        std::filesystem::remove(deployment / "c.toml");
        check_one_error(deployment.admin({"issued", "list"}), 2, "c.toml");
    }

    TEST_CASE("a word or option that does not exist gets the nearest one as a hint") {
        const auto hint = [](const std::vector<std::string>& words) {
            const Outcome outcome = test::run_cli(words, kNow);
            CHECK(outcome.code == 2);
            CHECK(outcome.out.empty());
            return outcome.err;
        };
        CHECK(hint({"admin", "issued", "lst", "--config", "x"}) ==
              "certctl-scep: error: no subcommand of certctl-scep admin issued is called lst\n"
              "hint: did you mean list?\n");
        CHECK(hint({"admin", "isued", "list"}) ==
              "certctl-scep: error: no subcommand of certctl-scep admin is called isued\n"
              "hint: did you mean issued?\n");
        CHECK(hint({"admin", "audit", "list", "--outcom", "x"}) ==
              "certctl-scep: error: certctl-scep admin audit list has no option --outcom\n"
              "hint: did you mean --outcome?\n");
        CHECK(hint({"admin"}) ==
              "certctl-scep: error: a subcommand is required\n"
              "hint: certctl-scep admin --help lists what there is\n");
        CHECK(hint({"admin", "audit"}) ==
              "certctl-scep: error: a subcommand is required\n"
              "hint: certctl-scep admin audit --help lists what there is\n");
        CHECK(says(hint({"admin", "issued", "show"}), "SERIAL is required"));
        CHECK(says(hint({"admin", "issued", "list", "--format", "xml"}), "--format: xml"));
        CHECK(says(hint({"admin", "issued", "list", "--limit", "few"}), "--limit"));
        for (const std::string number : {"-1", "99999999999999999999", "1.5"})
            for (const std::string list : {"issued", "audit"})
                CHECK(says(hint({"admin", list, "list", "--limit", number}),
                           "--limit: got " + number + ", want a whole number"));
        CHECK(says(hint({"admin", "audit", "list", "--after", "-1"}), "--after: "));
        CHECK(says(hint({"admin", "audit", "list", "--outcome", "refused"}),
                   "--outcome: refused not in {success,failure,pending}\n"));
        CHECK(says(hint({"admin", "audit", "list", "--action", "enroll"}),
                   "--action: enroll not in {scep_pkcsreq,scep_renewalreq,scep_poll,"));
        CHECK(says(hint({"nothing-like-it"}), "hint: certctl-scep --help lists what there is"));
    }

    TEST_CASE("help of a subcommand is the same both ways") {
        const Outcome help = test::run_cli({"help", "admin", "audit", "list"}, kNow);
        CHECK(help.code == 0);
        CHECK(help.err.empty());
        CHECK(says(help.out, "--transaction"));
        CHECK(test::run_cli({"admin", "audit", "list", "--help"}, kNow).out == help.out);
    }

    TEST_CASE("the configuration file is the option's, the environment's or the default") {
        ::setenv("CERTCTL_SCEP_CONFIG", "/from/environment.toml", 1);
        CHECK(cli::config_path("given.toml") == "given.toml");
        CHECK(cli::config_path("") == "/from/environment.toml");
        ::setenv("CERTCTL_SCEP_CONFIG", "", 1);
        CHECK(cli::config_path("") == "/etc/certctl-scep/certctl-scep.toml");
        ::unsetenv("CERTCTL_SCEP_CONFIG");
        CHECK(cli::config_path("") == "/etc/certctl-scep/certctl-scep.toml");
    }
}
