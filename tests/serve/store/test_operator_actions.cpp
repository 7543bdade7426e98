#include "fixture.hpp"
#include "serve/store/turn_view.hpp"

namespace scep::store {

namespace {

// A database of a running server, and admin beside it.
class Beside {
    TempDir dir_{};  // before the stores

  public:
    std::unique_ptr<Store> serve = must(Store::open(dir_ / "state.db", key_of()));
    std::unique_ptr<Store> admin = must(Store::open_existing(dir_ / "state.db", key_of()));

    std::filesystem::path path() const { return dir_ / "state.db"; }

    AuditEvent last_event() const {
        const auto events = must(serve->audit({.limit = 1}));
        REQUIRE(events.size() == 1);
        return events[0];
    }

    // Refused, and nothing was written.
    template <class T>
    Error refused(const Result<T>& result) const {
        Error error = error_of(result);
        CHECK(error.code == Errc::Policy);
        CHECK_FALSE(error.hint.empty());
        return error;
    }

    std::size_t rows() const { return must(serve->audit({.limit = kAllRows})).size(); }
};

}  // namespace

TEST_SUITE("serve/store/operator_actions") {
    TEST_CASE("a request is approved once, with a row in the chain") {
        Beside both;
        must_write(*both.serve, {waiting_of("t")});
        const PendingRequest approved =
            must(both.admin->decide_pending(1, Verdict::Approve, "", alice(kNow + Seconds{60})));
        CHECK(approved.state == PendingState::Approved);
        CHECK(approved.decided_at == kNow + Seconds{60});
        CHECK(approved.decided_by == "alice (uid 1000)");
        const PendingRequest seen = *must(both.serve->pending_request(1));
        CHECK(seen.state == PendingState::Approved);
        CHECK(seen.decided_at == approved.decided_at);
        CHECK(seen.decided_by == approved.decided_by);
        const AuditEvent event = both.last_event();
        CHECK(event.time == kNow + Seconds{60});
        CHECK(event.profile == "p");
        CHECK(event.action == "admin_approve");
        CHECK(event.outcome == "success");
        CHECK(event.reason == "by alice (uid 1000)");
        CHECK(event.reference.empty());
        CHECK(event.transaction_id == "t");
        CHECK(event.subject == "CN=t");
        CHECK(event.subject_alt_names == "dns:b.example");
        CHECK(event.client_address.empty());
        CHECK(both.refused(both.admin->decide_pending(1, Verdict::Reject, "", alice())).what ==
              "request 1 is approved already, by alice (uid 1000)");
        CHECK(must(both.serve->verify_chain()) == 1);
    }

    TEST_CASE("a request is rejected with its reason") {
        Beside both;
        must_write(*both.serve, {waiting_of("t")});
        must(both.admin->decide_pending(1, Verdict::Reject, "not\nours", alice()));
        CHECK(must(both.serve->pending_request(1))->state == PendingState::Rejected);
        CHECK(must(both.serve->pending_request(1))->reason == "not\nours");
        CHECK(both.last_event().action == "admin_reject");
        CHECK(both.last_event().reason == R"(by alice (uid 1000): not\x0aours)");
        CHECK(both.refused(both.admin->decide_pending(1, Verdict::Approve, "", alice())).what ==
              "request 1 is rejected already, by alice (uid 1000)");
    }

    TEST_CASE("no request that is unknown, expired or issued is decided, and none leaves a row") {
        Beside both;
        must_write(*both.serve, {waiting_of("t"), waiting_of("u")});
        must_write(*both.serve, {{.pending_outcomes = {{.id = 2, .state = PendingState::Issued}}}});
        for (const Verdict verdict : {Verdict::Approve, Verdict::Reject}) {
            const auto decide = [&](std::int64_t id, Seconds later) {
                return both.refused(
                    both.admin->decide_pending(id, verdict, "", alice(kNow + later)));
            };
            CHECK(decide(3, Seconds{0}).what == "there is no request 3");
            CHECK(decide(1, Seconds{3600}).what ==
                  "request 1 expired at " + to_rfc3339(kNow + Seconds{3600}));
            CHECK(decide(2, Seconds{0}).what == "request 2 is issued already");
        }
        CHECK(both.rows() == 0);
        CHECK(must(both.serve->pending_request(1))->state == PendingState::Pending);
        must(both.admin->decide_pending(1, Verdict::Approve, "", alice(kNow + Seconds{3599})));
    }

    TEST_CASE("what is approved and not issued is found, oldest first") {
        Beside both;
        must_write(*both.serve, {waiting_of("t"), waiting_of("u"), waiting_of("v")});
        CHECK(must(both.serve->approved(9)).empty());
        for (const std::int64_t id : {3, 1})
            must(both.admin->decide_pending(id, Verdict::Approve, "", alice()));
        must(both.admin->decide_pending(2, Verdict::Reject, "", alice()));
        const auto found = must(both.serve->approved(9));
        REQUIRE(found.size() == 2);
        CHECK(found[0].id == 1);
        CHECK(found[0].name == pending_of("t").name);
        CHECK(found[1].id == 3);
        CHECK(must(both.serve->approved(1)).size() == 1);
        must_write(*both.serve, {{.pending_outcomes = {{.id = 1, .state = PendingState::Issued}}}});
        CHECK(must(both.serve->approved(9)).size() == 1);
    }

    TEST_CASE("requests are listed oldest first, those that wait or all, by profile") {
        Beside both;
        must_write(*both.serve,
                   {waiting_of("r"), waiting_of("s"), waiting_of("t"), waiting_of("u")});
        must(both.admin->decide_pending(2, Verdict::Approve, "", alice()));
        const auto ids = [&](const PendingFilter& filter) {
            std::string out;
            for (const PendingRequest& request : must(both.admin->pending_requests(filter)))
                out += std::to_string(request.id) + ' ';
            return out;
        };
        CHECK(ids({}) == "1 2 3 4 ");
        CHECK(ids({.waiting_at = kNow}) == "1 3 4 ");
        CHECK(ids({.waiting_at = kNow, .limit = 2}) == "3 4 ");
        CHECK(ids({.limit = kAllRows}) == "1 2 3 4 ");
        CHECK(ids({.waiting_at = kNow + Seconds{3600}}) == "");
        CHECK(ids({.profile = "p", .waiting_at = kNow}) == "1 3 4 ");
        CHECK(ids({.profile = "q"}) == "");
    }

    TEST_CASE("S14 a challenge is added with a row that tells its bounds, and no digest") {
        Beside both;
        const OneTimeChallenge added = must(both.admin->add_challenge(challenge_of(7), alice()));
        CHECK(added.id == 1);
        const AuditEvent event = both.last_event();
        CHECK(event.action == "admin_challenge_new");
        CHECK(event.profile == "p");
        CHECK(event.reason ==
              "by alice (uid 1000): challenge 1, 1 use, until " + to_rfc3339(kNow + Seconds{3600}) +
                  ", subject CN=cam-*, subject CN=door-*, SAN dns:*.example, for the cameras");
        CHECK(must(both.admin->add_challenge(challenge_of(8, 2), alice())).id == 2);
        CHECK(both.last_event().reason.find("challenge 2, 2 uses, until ") != std::string::npos);
    }

    TEST_CASE("a pattern that a line cannot hold is refused, and a digest is taken once") {
        Beside both;
        for (const std::string pattern : {"", "a\nb"}) {
            OneTimeChallenge challenge = challenge_of(1);
            challenge.subject_pattern = {"CN=ok", pattern};
            CHECK(error_of(both.admin->add_challenge(challenge, alice())).code == Errc::Usage);
            challenge = challenge_of(1);
            challenge.san_pattern = {pattern};
            CHECK(error_of(both.admin->add_challenge(challenge, alice())).code == Errc::Usage);
        }
        must(both.admin->add_challenge(challenge_of(1), alice()));
        CHECK(error_of(both.admin->add_challenge(challenge_of(1), alice())).code == Errc::Store);
        CHECK(both.rows() == 1);
    }

    TEST_CASE("a challenge is revoked once, and only while it could still be used") {
        Beside both;
        for (std::uint8_t digest = 1; digest <= 3; ++digest)
            must(both.admin->add_challenge(challenge_of(digest), alice()));
        must_write(*both.serve, {{.challenge_uses = {{.id = 2, .time = kNow}}}});
        const auto revoke = [&](std::int64_t id, Seconds later) {
            return both.admin->revoke_challenge(id, alice(kNow + later));
        };
        CHECK(must(revoke(1, Seconds{5})).revoked_at == kNow + Seconds{5});
        CHECK(both.last_event().action == "admin_challenge_revoke");
        CHECK(both.last_event().reason == "by alice (uid 1000): challenge 1");
        CHECK(both.last_event().profile == "p");
        const std::size_t rows = both.rows();
        CHECK(both.refused(revoke(1, Seconds{6})).what ==
              "challenge 1 was revoked at " + to_rfc3339(kNow + Seconds{5}) + " already");
        CHECK(both.refused(revoke(2, Seconds{6})).what == "challenge 2 is used up already");
        CHECK(both.refused(revoke(3, Seconds{3600})).what ==
              "challenge 3 expired at " + to_rfc3339(kNow + Seconds{3600}) + " already");
        CHECK(both.refused(revoke(4, Seconds{6})).what == "there is no challenge 4");
        CHECK(both.rows() == rows);
        const auto usable = must(both.admin->challenges({.usable_at = kNow + Seconds{6}}));
        REQUIRE(usable.size() == 1);
        CHECK(usable[0].id == 3);
        const auto all = must(both.admin->challenges({}));
        REQUIRE(all.size() == 3);
        CHECK(all[0].revoked_at == kNow + Seconds{5});
        CHECK(all[1].used == 1);
        CHECK(must(both.admin->challenges({.limit = 1}))[0].id == 3);
        CHECK(must(both.admin->challenges({.profile = "q"})).empty());
    }

    TEST_CASE("a certificate is revoked once, with its reason in the row") {
        Beside both;
        must_write(*both.serve, {effects_of("0A")});
        const Issuance revoked = must(both.admin->revoke(
            "0A", {}, RevocationReason::CessationOfOperation, alice(kNow + Seconds{5})));
        CHECK(revoked.revoked_at == kNow + Seconds{5});
        const Issuance seen = *must(both.serve->issuance("0A"));
        CHECK(seen.revoked_at == kNow + Seconds{5});
        CHECK(seen.revocation_reason == RevocationReason::CessationOfOperation);
        CHECK(must(both.serve->issued({}))[0].revoked_at == kNow + Seconds{5});
        const AuditEvent event = both.last_event();
        CHECK(event.action == "admin_revoke");
        CHECK(event.reason == "by alice (uid 1000): cessationOfOperation, issuer iss-local");
        CHECK(event.serial == "0A");
        CHECK(event.subject == "CN=device");
        CHECK(event.subject_alt_names == "dns:a.example");
        CHECK(event.transaction_id == "T1");
        CHECK(event.profile == "p");
        CHECK(both.refused(both.admin->revoke("0A", {}, RevocationReason::Superseded, alice()))
                  .what == "certificate 0A was revoked at " + to_rfc3339(kNow + Seconds{5}) +
                               " already (cessationOfOperation)");
        CHECK(must(both.serve->verify_chain()) == 2);
    }

    TEST_CASE("a serial that two issuers gave is revoked only with the issuer's name") {
        Beside both;
        Effects other = effects_of("0A");
        other.issuances[0].issuer_id = "iss-other";
        must_write(*both.serve, {effects_of("0A"), other});
        const auto revoke = [&](const std::string& serial,
                                const std::optional<std::string>& issuer) {
            return both.admin->revoke(serial, issuer, RevocationReason::Superseded, alice());
        };
        const Error ambiguous = both.refused(revoke("0A", {}));
        CHECK(ambiguous.what == "2 issuers gave the serial number 0A: iss-local, iss-other");
        CHECK(ambiguous.hint.find("--issuer") != std::string::npos);
        CHECK(both.refused(revoke("0B", {})).what ==
              "no certificate was issued with serial number 0B");
        CHECK(both.refused(revoke("0A", "third")).what ==
              "no certificate was issued with serial number 0A by issuer third");
        CHECK(must(revoke("0A", "iss-other")).issuer_id == "iss-other");
        CHECK(both.refused(revoke("0A", "iss-other")).what.find("already") != std::string::npos);
        CHECK(must(revoke("0A", "iss-local")).issuer_id == "iss-local");
        CHECK(both.rows() == 4);
    }

    TEST_CASE("a CRL takes the next number, and what was not expired at the one before") {
        Beside both;
        must_write(*both.serve, {effects_of("0A"), effects_of("0B")});
        must(both.admin->revoke("0A", {}, RevocationReason::KeyCompromise, alice()));
        std::string seen;
        const auto publish = [&](Seconds later) {
            const TimePoint now = kNow + later;
            return both.admin->publish_crl(
                "iss-local",
                "iss-local",
                [&](const std::vector<Revocation>& revocations, std::int64_t number) {
                    seen = std::to_string(number) + ':';
                    for (const Revocation& revocation : revocations)
                        seen += ' ' + revocation.serial;
                    return Result<CrlRecord>(
                        CrlRecord{.issuer_id = "iss-local", .number = number, .this_update = now});
                },
                alice(now));
        };
        CHECK(must(publish(Seconds{0})).number == 1);
        CHECK(seen == "1: 0A");
        CHECK(both.last_event().action == "admin_crl");
        CHECK(both.last_event().reason ==
              "by alice (uid 1000): CRL 1 of issuer iss-local, 1 revoked");
        must(publish(Seconds{86401}));  // once more after it expired
        CHECK(seen == "2: 0A");
        must(publish(Seconds{86402}));
        CHECK(seen == "3:");
        must_write(*both.serve, {{.crls = {{.issuer_id = "iss-local", .number = 7}}}});
        CHECK(must(publish(Seconds{86403})).number == 8);
        CHECK(must(both.serve->verify_chain()) == 7);
    }

    TEST_CASE("a CRL signed by a clock that was ahead leaves nobody out of the next") {
        Beside both;
        must_write(
            *both.serve,
            {effects_of("0A"),
             {.crls = {
                  {.issuer_id = "iss-local", .number = 1, .this_update = kNow + Seconds{90000}}}}});
        must(both.admin->revoke("0A", {}, RevocationReason::KeyCompromise, alice()));
        std::size_t listed = 0;
        const auto sign = [&](const std::vector<Revocation>& revocations, std::int64_t number) {
            listed = revocations.size();
            return Result<CrlRecord>(
                CrlRecord{.issuer_id = "iss-local", .number = number, .this_update = kNow});
        };
        must(both.admin->publish_crl("iss-local", "iss-local", sign, alice()));
        CHECK(listed == 1);
    }

    TEST_CASE(
        "a revocation outdates the CRLs of its issuer, whatever the time they were signed at") {
        Beside both;
        const std::vector<Effects> none;
        const auto view = must(TurnView::make(*both.serve, none));
        Effects effects = effects_of("0A");
        for (const char* key : {"iss-local", "iss-local/00aa", "iss-local2/00aa"})
            effects.crls.push_back({.issuer_id = key,
                                    .number = 1,
                                    .this_update = kNow + Seconds{60},
                                    .next_update = kNow + Seconds{6000}});
        must_write(*both.serve, {effects});
        must(both.admin->revoke("0A", {}, RevocationReason::KeyCompromise, alice()));
        CHECK(must(view->crl("iss-local"))->next_update == kNow + Seconds{60});
        CHECK(must(view->crl("iss-local/00aa"))->next_update == kNow + Seconds{60});
        CHECK(must(view->crl("iss-local2/00aa"))->next_update == kNow + Seconds{6000});
    }

    TEST_CASE("a CRL that cannot be signed takes no number and leaves no row") {
        Beside both;
        const auto sign = [](const std::vector<Revocation>&, std::int64_t) -> Result<CrlRecord> {
            return fail(Errc::Policy, "no");
        };
        CHECK(error_of(both.admin->publish_crl("iss-local", "iss-local", sign, alice())).what ==
              "no");
        CHECK(both.rows() == 0);
    }

    TEST_CASE("S26 two writers take turns in one chain") {
        Beside both;
        must_write(*both.serve, {waiting_of("t"), effects_of("0A")});
        must(both.admin->decide_pending(1, Verdict::Approve, "", alice()));
        must_write(*both.serve, {effects_of("0B")});
        must(both.admin->add_challenge(challenge_of(1), alice()));
        must(both.admin->revoke_challenge(1, alice()));
        must_write(*both.serve, {effects_of("0C")});
        must(both.admin->revoke("0C", {}, RevocationReason::KeyCompromise, alice()));
        std::string actions;
        for (const AuditEvent& event : must(both.serve->audit({})))
            actions += event.action + ' ';
        CHECK(actions ==
              "scep_pkcsreq admin_approve scep_pkcsreq admin_challenge_new admin_challenge_revoke"
              " scep_pkcsreq admin_revoke ");
        CHECK(must(both.serve->verify_chain()) == 7);
        CHECK(must(both.admin->verify_chain()) == 7);
    }

    TEST_CASE("S26 what an operator does is left in the WAL for the server to checkpoint") {
        Beside both;
        must_write(*both.serve, {waiting_of("t"), effects_of("0A")});
        const std::string before = test::read_file(both.path());
        must(both.admin->decide_pending(1, Verdict::Approve, "", alice()));
        for (int i = 0; i < 300; ++i) {  // a WAL that serve would long have checkpointed
            OneTimeChallenge challenge = challenge_of(1);
            challenge.digest[1] = static_cast<std::uint8_t>(i);
            challenge.digest[2] = static_cast<std::uint8_t>(i >> 8);
            must(both.admin->add_challenge(challenge, alice()));
        }
        both.admin.reset();
        CHECK(test::read_file(both.path()) == before);
        CHECK(must(both.serve->verify_chain()) == 302);
    }

    TEST_CASE("S26 an operator beside a lock that stays is told so, and nothing is written") {
        Beside both;
        must_write(*both.serve, {waiting_of("t")});
        {
            SQLite::Database other = stranger(both.path());
            const SQLite::Transaction held(other, SQLite::TransactionBehavior::IMMEDIATE);
            const Error error =
                error_of(both.admin->decide_pending(1, Verdict::Approve, "", alice()));
            CHECK(error.code == Errc::Store);
            CHECK(error.hint.find("try again") != std::string::npos);
        }
        CHECK(must(both.serve->pending_request(1))->state == PendingState::Pending);
        must(both.admin->decide_pending(1, Verdict::Approve, "", alice()));
    }

    TEST_CASE("S27 a wrong audit key does not continue the chain") {
        Beside both;
        must_write(*both.serve, {waiting_of("t"), effects_of("0A")});
        const auto wrong = must(Store::open_existing(both.path(), key_of(8)));
        const auto refused = [&](const Error& error) {
            CHECK(error.code == Errc::Store);
            CHECK(error.what == "audit row 1 does not fit under the audit key");
        };
        refused(error_of(wrong->decide_pending(1, Verdict::Approve, "", alice())));
        refused(error_of(wrong->add_challenge(challenge_of(1), alice())));
        refused(error_of(wrong->revoke_challenge(1, alice())));
        refused(error_of(wrong->revoke("0A", {}, RevocationReason::Superseded, alice())));
        CHECK(must(both.serve->verify_chain()) == 1);
        CHECK(must(both.serve->pending_request(1))->state == PendingState::Pending);
    }

    TEST_CASE("a reason of any length and a name of any kind leave a row that is bounded") {
        Beside both;
        must_write(*both.serve, {waiting_of("t")});
        must(both.admin->decide_pending(
            1, Verdict::Reject, std::string(5000, 'x'), {.name = "a\x1b", .now = kNow}));
        const std::string reason = both.last_event().reason;
        CHECK(reason.size() < 1100);
        CHECK(reason.starts_with(R"(by a\x1b: xxx)"));
    }
}

}  // namespace scep::store
