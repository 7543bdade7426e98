#include "admin_fixture.hpp"

namespace {

using namespace scep;
using namespace scep::test;

Deployment& with_requests(Deployment& deployment) {
    must(deployment.serve()->write({waiting("CN=one"), waiting("CN=two"), waiting("CN=three")}));
    return deployment;
}

std::string states(const Json& document) {
    std::string out;
    for (const Json& request : document["requests"])
        out += std::to_string(request["id"].get<int>()) + request["state"].get<std::string>() + ' ';
    return out;
}

constexpr Seconds kTtl{3600};

}  // namespace

TEST_SUITE("cli/admin_pending") {
    TEST_CASE("pending list is a table, oldest first") {
        Deployment deployment;
        const Outcome list = with_requests(deployment).admin({"pending", "list"});
        CHECK(list.code == 0);
        CHECK(list.err.empty());
        CHECK(list.out ==
              "ID  STATE    RECEIVED              EXPIRES               KIND       PROFILE  CLIENT "
              "    SUBJECT\n"
              "1   pending  2026-11-24T03:00:00Z  2026-11-24T04:00:00Z  enrolment  corp     "
              "192.0.2.7  CN=one\n"
              "2   pending  2026-11-24T03:00:00Z  2026-11-24T04:00:00Z  enrolment  corp     "
              "192.0.2.7  CN=two\n"
              "3   pending  2026-11-24T03:00:00Z  2026-11-24T04:00:00Z  enrolment  corp     "
              "192.0.2.7  CN=three\n");
    }

    TEST_CASE("pending list leaves out what was decided or expired, and says how to see it") {
        Deployment deployment;
        with_requests(deployment);
        CHECK(deployment.admin({"pending", "approve", "1"}).code == 0);
        CHECK(deployment.admin({"pending", "reject", "2"}).code == 0);
        CHECK(states(deployment.json({"pending", "list"})) == "3pending ");
        CHECK(states(deployment.json({"pending", "list", "--all"})) ==
              "1approved 2rejected 3pending ");
        const Outcome later = deployment.admin({"pending", "list"}, kNow + kTtl);
        CHECK(later.code == 0);
        CHECK(!says(later.out, "CN="));
        CHECK(says(later.err, "note: no request waits; --all also lists"));
        CHECK(says(deployment.admin({"pending", "list", "--all"}, kNow + kTtl).out, "3   expired"));
    }

    TEST_CASE("a profile that the configuration has not is noted by every list") {
        Deployment deployment;
        static_cast<void>(deployment.serve());
        for (const char* what : {"pending", "issued", "audit", "challenge"}) {
            CAPTURE(what);
            const Outcome outcome = deployment.admin({what, "list", "--profile", "crop"});
            CHECK(outcome.code == 0);
            CHECK(says(outcome.err,
                       "note: --profile: no profile of the configuration has the path id crop, and "
                       "rows of a former one alone are shown; did you mean corp?"));
            CHECK_FALSE(says(deployment.admin({what, "list", "--profile", "corp"}).err, "path id"));
        }
    }

    TEST_CASE("pending list picks by profile and limit, and says when it is not all") {
        Deployment deployment;
        with_requests(deployment);
        CHECK(states(deployment.json({"pending", "list", "--profile", "-"})).empty());
        CHECK(states(deployment.json({"pending", "list", "--limit", "2"})) == "2pending 3pending ");
        CHECK(deployment.json({"pending", "list", "--limit", "2"})["more"] == true);
        CHECK(deployment.json({"pending", "list", "--limit", "3"})["more"] == false);
        CHECK(says(deployment.admin({"pending", "list", "--limit", "1"}).err,
                   "note: older requests are left out; --limit 0 lists all"));
    }

    TEST_CASE("pending show has all that an operator decides by") {
        Deployment deployment;
        const Outcome one = with_requests(deployment).admin({"pending", "show", "2"});
        CHECK(one.code == 0);
        for (const std::string_view line : {"id                 2\n",
                                            "state              pending\n",
                                            "kind               enrolment\n",
                                            "subject            CN=two\n",
                                            "subject alt names  dns:a.example\n",
                                            "profile            corp\n",
                                            "authorisation      challenge missing\n",
                                            "key                EC P-256\n",
                                            "client             192.0.2.7\n",
                                            "signer             CN=signer\n",
                                            "transaction        T\\x1b\n",
                                            "decided            -\n"}) {
            CAPTURE(line);
            CHECK(says(one.out, line));
        }
        const Json request = deployment.json({"pending", "show", "2"})["request"];
        CHECK(request["subject"] == "CN=two");
        CHECK(request["key"] == "EC P-256");
        CHECK(request["spki_sha256"] ==
              to_hex(crypto::sha256(must(deployment.serve()->pending_request(2))->spki)));
        CHECK(request["received_at"] == "2026-11-24T03:00:00Z");
        CHECK(request["expires_at"] == "2026-11-24T04:00:00Z");
        CHECK(request["decided_at"].is_null());
        check_one_error(deployment.admin({"pending", "show", "4"}), 1, "there is no request 4");
    }

    TEST_CASE("pending show says which CA a request is for that was enveloped for the next one") {
        Deployment deployment;
        Effects effects = waiting("CN=now");
        must(deployment.serve()->write({effects}));
        effects = waiting("CN=later");
        effects.pending[0].next_ca = true;
        effects.pending[0].next_ca_spki_sha256 = {0xab, 0xcd};
        effects.pending[0].key.transaction_id = {7};
        effects.transactions[0].key = effects.pending[0].key;
        must(deployment.serve()->write({effects}));
        CHECK_FALSE(says(deployment.admin({"pending", "show", "1"}).out, "next CA"));
        CHECK(says(deployment.admin({"pending", "show", "2"}).out,
                   "for                the next CA, key SHA-256 abcd\n"));
        CHECK(deployment.json({"pending", "show", "1"})["request"]["for_next_ca"] == false);
        CHECK(deployment.json({"pending", "show", "2"})["request"]["for_next_ca"] == true);
    }

    TEST_CASE("pending show has every name that is asked for, however cut the row has them") {
        Deployment deployment;
        Effects effects = waiting("CN=cut... (3000 octets)");
        std::vector<x509::GeneralName> names;
        names.reserve(40);
        for (int i = 0; i < 40; ++i)
            names.push_back(must(x509::general_name_from_text(fmt::format("dns:h{}.example", i))));
        asn1::Writer out;
        x509::write_general_names(out, names);
        effects.pending[0].general_names = std::move(out).take();
        effects.pending[0].subject_alt_names = "dns:h0.example... (3000 octets)";
        effects.pending[0].name = to_buffer(must(x509::Name::from_text("CN=whole")).der());
        must(deployment.serve()->write({effects}));
        const Outcome one = deployment.admin({"pending", "show", "1"});
        CHECK(says(one.out, "subject            CN=whole\n"));
        CHECK(says(one.out, "dns:h0.example, dns:h1.example"));
        CHECK(says(one.out, "dns:h39.example\n"));
        const Json json = deployment.json({"pending", "show", "1"});
        CHECK(says(json.dump(), "dns:h39.example"));
    }

    TEST_CASE("pending show says what became of the certificate that is renewed") {
        const Deployment deployment;
        const x509::Certificate old =
            make_identity({.subject = "CN=one"}, ec_key(), nullptr).certificate;
        store::Effects renewal = waiting("CN=one");
        renewal.pending[0].renewal = true;
        renewal.pending[0].signer_certificate = to_buffer(old.der());
        renewal.issuances = {{.issuer_id = "iss-local",
                              .serial = old.serial_hex(),
                              .not_after = old.not_after(),
                              .fingerprint = old.fingerprint()}};
        must(deployment.serve()->write({renewal, waiting("CN=two")}));
        const auto renews = [&](TimePoint now = kNow) {
            const std::string out = deployment.admin({"pending", "show", "1"}, now).out;
            const std::size_t at = out.find("renews");
            const std::size_t end = at == std::string::npos ? at : out.find('\n', at);
            return end == std::string::npos ? "" : out.substr(at, end - at);
        };
        const auto ends_with = [&](const std::string& text, std::string_view end) {
            CAPTURE(text);
            CHECK(text.ends_with(old.serial_hex() + std::string(end)));
        };
        ends_with(renews(), ", valid until " + to_rfc3339(old.not_after()));
        ends_with(renews(old.not_after() + Seconds{1}), ", expired " + to_rfc3339(old.not_after()));
        CHECK(
            deployment.json({"pending", "show", "1"})["request"]["renews"]["revoked_at"].is_null());
        CHECK(deployment.json({"pending", "show", "2"})["request"]["renews"].is_null());
        CHECK(deployment.admin({"revoke", old.serial_hex(), "--reason", "superseded"}).code == 0);
        ends_with(renews(), ", revoked " + to_rfc3339(kNow));
        CHECK(deployment.json({"pending", "show", "1"})["request"]["renews"]["revoked_at"] ==
              to_rfc3339(kNow));
    }

    TEST_CASE("each of several requests is reported, and one that is refused makes the status 1") {
        Deployment deployment;
        const Outcome both = with_requests(deployment).admin({"pending", "approve", "1", "3"});
        CHECK(both.code == 0);
        CHECK(both.err.empty());
        CHECK(both.out == "request 1 approved: CN=one\nrequest 3 approved: CN=three\n");
        const Outcome mixed = deployment.admin({"pending", "approve", "1", "2", "9"});
        CHECK(mixed.code == 1);
        CHECK(mixed.out == "request 2 approved: CN=two\n");
        CHECK(says(mixed.err, "error: request 1 is approved already, by "));
        CHECK(says(mixed.err, "hint: certctl-scep admin pending show 1 says when\n"));
        CHECK(says(mixed.err, "error: there is no request 9\n"));
        CHECK(must(deployment.serve()->approved(9)).size() == 3);
    }

    TEST_CASE("decisions as JSON tell what was done and what was refused") {
        Deployment deployment;
        with_requests(deployment);
        const Outcome outcome =
            deployment.admin({"pending", "approve", "2", "9", "--format", "json"});
        CHECK(outcome.code == 1);
        const Json document = Json::parse(outcome.out);
        CHECK(document["schema"] == "certctl-scep/admin/1");
        CHECK(states(document) == "2approved ");
        CHECK(document["requests"][0]["decided_at"] == "2026-11-24T03:00:00Z");
        REQUIRE(document["refused"].size() == 1);
        CHECK(document["refused"][0]["id"] == 9);
        CHECK(document["refused"][0]["reason"] == "there is no request 9");
    }

    TEST_CASE("a rejection keeps its reason, and who decided is in the audit trail") {
        Deployment deployment;
        with_requests(deployment);
        CHECK(deployment.admin({"pending", "reject", "1", "--reason", "not \x1bours"}).out ==
              "request 1 rejected: CN=one\n");
        CHECK(says(deployment.admin({"pending", "show", "1"}).out,
                   "reason             not \\x1bours\n"));
        const Json event = deployment.json({"audit", "list"})["events"][0];
        CHECK(event["action"] == "admin_reject");
        CHECK(event["outcome"] == "success");
        CHECK(event["reference"] == "");
        CHECK(event["subject"] == "CN=one");
        const auto reason = event["reason"].get<std::string>();
        CHECK(says(reason, fmt::format("uid {}", ::getuid())));
        CHECK(reason.ends_with(": not \\x1bours"));
        CHECK(deployment.admin({"audit", "verify"}).out == "1 audit rows, every MAC fits\n");
        CHECK(deployment.json({"audit", "list", "--action", "admin_reject"})["events"].size() == 1);
    }

    TEST_CASE("what is too late to decide is told with the time") {
        Deployment deployment;
        check_one_error(with_requests(deployment).admin({"pending", "approve", "1"}, kNow + kTtl),
                        1,
                        "request 1 expired at 2026-11-24T04:00:00Z");
    }

    TEST_CASE("a decision needs the audit key, and a database") {
        Deployment deployment;
        CHECK(deployment.admin({"pending", "approve", "1"}).code == 3);
        with_requests(deployment);
        std::filesystem::remove(deployment / "audit.key");
        CHECK(deployment.admin({"pending", "approve", "1"}).code == 3);
        CHECK(deployment.admin({"pending", "list"}).code == 0);
        CHECK(states(deployment.json({"pending", "list"})) == "1pending 2pending 3pending ");
    }

    TEST_CASE("numbers of requests are decimal, and there is one at least") {
        const auto error = [](const std::vector<std::string>& words) {
            const Outcome outcome = run_cli(words, kNow);
            CHECK(outcome.code == 2);
            return outcome.err;
        };
        CHECK(says(error({"admin", "pending", "approve"}), "ID is required"));
        CHECK(says(error({"admin", "pending", "approve", "1", "x"}), "ID: got x, want a whole"));
        CHECK(says(error({"admin", "pending", "show", "1", "2"}), "ID is given 2 times"));
    }
}
