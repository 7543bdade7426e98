#include "admin_fixture.hpp"

namespace {

using namespace scep;
using namespace scep::test;

}  // namespace

TEST_SUITE("cli/admin_revoke") {
    TEST_CASE("a certificate is revoked by its serial in any spelling, once") {
        Deployment deployment;
        const Outcome revoked =
            with_rows(deployment)
                .admin({"revoke", "a:01", "--reason", "keyCompromise"}, kNow + Seconds{60});
        CHECK(revoked.code == 0);
        CHECK(revoked.err.empty());
        CHECK(revoked.out == "certificate 0A01 of iss-local revoked, keyCompromise: CN=alpha\n");
        check_one_error(deployment.admin({"revoke", "0A01", "--reason", "superseded"}),
                        1,
                        "certificate 0A01 was revoked at 2026-11-24T03:01:00Z already "
                        "(keyCompromise)");
        const Json event = deployment.json({"audit", "list", "--action", "admin_revoke"})["events"];
        REQUIRE(event.size() == 1);
        CHECK(event[0]["serial"] == "0A01");
        CHECK(event[0]["reason"].get<std::string>().ends_with(": keyCompromise, issuer iss-local"));
        CHECK(deployment.admin({"audit", "verify"}).code == 0);
    }

    TEST_CASE("issued list and show tell the revocation") {
        Deployment deployment;
        with_rows(deployment);
        const Json revoked =
            deployment.json({"revoke", "0A01", "--reason", "superseded"})["certificate"];
        CHECK(revoked["serial"] == "0A01");
        CHECK(revoked["revoked_at"] == "2026-11-24T03:00:00Z");
        CHECK(revoked["revocation_reason"] == "superseded");
        CHECK(says(deployment.admin({"issued", "list"}).out,
                   "0A01    2026-11-24T03:00:00Z  2026-11-24T04:00:00Z  2026-11-24T03:00:00Z  "
                   "corp     CN=alpha\n"));
        CHECK(says(deployment.admin({"issued", "show", "0A01"}).out,
                   "revoked            2026-11-24T03:00:00Z, superseded\n"));
        CHECK(says(deployment.admin({"issued", "show", "0B02"}).out, "revoked            -\n"));
        const Json shown = deployment.json({"issued", "show", "0A01"})["certificate"];
        CHECK(shown["revoked_at"] == "2026-11-24T03:00:00Z");
        CHECK(shown["revocation_reason"] == "superseded");
        CHECK(deployment.json({"issued", "list"})["certificates"][1]["revocation_reason"] ==
              "superseded");
    }

    TEST_CASE("every reason of the manual is taken, and no other") {
        Deployment deployment;
        std::vector<Effects> turn;
        std::string serial = "0A";
        const std::vector<std::string> reasons{"keyCompromise",
                                               "affiliationChanged",
                                               "superseded",
                                               "cessationOfOperation",
                                               "privilegeWithdrawn",
                                               "unspecified"};
        for (const std::string& reason : reasons) {
            turn.push_back(enrolment(serial, "CN=" + reason));
            ++serial.back();
        }
        must(deployment.serve()->write(turn));
        serial = "0A";
        for (const std::string& reason : reasons) {
            CAPTURE(reason);
            CHECK(deployment.json(
                      {"revoke", serial, "--reason", reason})["certificate"]["revocation_reason"] ==
                  reason);
            ++serial.back();
        }
        for (const std::string reason : {"removeFromCRL", "cACompromise", "superseded "})
            CHECK(deployment.admin({"revoke", "0A", "--reason", reason}).code == 2);
        CHECK(says(deployment.admin({"revoke", "0A"}).err, "--reason is required"));
    }

    TEST_CASE("what cannot be revoked is told, and nothing is written") {
        Deployment deployment;
        Effects twin = enrolment("0A01", "CN=twin");
        twin.issuances[0].issuer_id = "iss-other";
        must(with_rows(deployment).serve()->write({twin}));
        const auto revoke = [&](const std::string& serial, std::vector<std::string> more = {}) {
            std::vector<std::string> words{"revoke", serial, "--reason", "unspecified"};
            words.insert(words.end(), more.begin(), more.end());
            return deployment.admin(words);
        };
        check_one_error(revoke("0C03"), 1, "no certificate was issued with serial number 0C03");
        check_one_error(revoke("device"), 2, "want a number in hexadecimal");
        const Outcome ambiguous = revoke("0A01");
        check_one_error(
            ambiguous, 1, "2 issuers gave the serial number 0A01: iss-local, iss-other");
        CHECK(says(ambiguous.err, "hint: --issuer says"));
        CHECK(deployment.json({"audit", "list"})["events"].size() == 4);
        CHECK(says(revoke("0A01", {"--issuer", "iss-other"}).out, "CN=twin"));
        CHECK(deployment.json({"audit", "list"})["events"].size() == 5);
    }

    TEST_CASE("revoking what has expired says so") {
        Deployment deployment;
        const Outcome late =
            with_rows(deployment)
                .admin({"revoke", "0A01", "--reason", "superseded"}, kNow + Seconds{3601});
        CHECK(late.code == 0);
        CHECK(says(late.err, "note: it had expired at 2026-11-24T04:00:00Z\n"));
    }
}
