#include "fixture.hpp"
#include "serve/store/turn_view.hpp"

namespace scep::store {

namespace {

// A store and what waits for its commit.
class Turn {
    TempDir dir_{};  // before the stores

  public:
    Turn() = default;

    std::unique_ptr<Store> store = must(Store::open(dir_ / "state.db", key_of()));
    std::vector<Effects> waiting{};
    std::unique_ptr<TurnView> view = must(TurnView::make(*store, waiting));

    void commit() {
        std::vector<std::size_t> overtaken;
        REQUIRE(must(store->write(waiting, &overtaken)) == WriteResult::Done);
        waiting.clear();
    }

    std::filesystem::path path() const { return dir_ / "state.db"; }

    std::unique_ptr<Store> admin() const {
        return must(Store::open_existing(dir_ / "state.db", key_of()));
    }
};

PendingOutcome outcome_of(std::int64_t id, PendingState state, std::string serial = "") {
    return {.id = id,
            .state = state,
            .reason = serial.empty() ? "policy says no" : "",
            .issuer_id = serial.empty() ? "" : "iss-local",
            .serial = std::move(serial)};
}

}  // namespace

TEST_SUITE("serve/store/turn_view") {
    TEST_CASE("S12 a transaction that waits is seen before its commit, the newest first") {
        Turn turn;
        CHECK_FALSE(must(turn.view->transaction(key_named("t"))));
        turn.waiting = {{.transactions = {transaction_of("t", "0A")}}};
        CHECK(must(turn.view->transaction(key_named("t")))->serial == "0A");
        turn.commit();
        CHECK(must(turn.view->transaction(key_named("t")))->serial == "0A");
        turn.waiting = {{.transactions = {transaction_of("t", "0B"), transaction_of("t", "0C")}},
                        {.transactions = {transaction_of("u", "0D")}}};
        CHECK(must(turn.view->transaction(key_named("t")))->serial == "0C");
        turn.waiting.push_back({.transactions = {transaction_of("t", "0E")}});
        CHECK(must(turn.view->transaction(key_named("t")))->serial == "0E");
        turn.waiting.clear();
        CHECK(must(turn.view->transaction(key_named("t")))->serial == "0A");
    }

    TEST_CASE("S12 a request that waits for its commit has no id, and then the one it was given") {
        Turn turn;
        turn.waiting = {waiting_of("s"), waiting_of("t")};
        CHECK(must(turn.view->transaction(key_named("t")))->pending_id == -1);
        turn.commit();
        CHECK(must(turn.view->transaction(key_named("t")))->pending_id == 2);
        CHECK(must(turn.view->pending(2))->subject == "CN=t");
        CHECK_FALSE(must(turn.view->pending(3)));
    }

    TEST_CASE("an outcome that waits is seen, and is what the commit makes of it") {
        Turn turn;
        turn.waiting = {waiting_of("t"), waiting_of("u")};
        turn.commit();
        turn.waiting = {{.pending_outcomes = {outcome_of(1, PendingState::Issued, "0A")}},
                        {.pending_outcomes = {outcome_of(1, PendingState::Rejected)}}};
        for (const bool committed : {false, true}) {
            CAPTURE(committed);
            if (committed)
                turn.commit();
            const auto found = must(turn.view->pending(1));
            CHECK(found->state == PendingState::Issued);
            CHECK(found->serial == "0A");
            CHECK(found->issuer_id == "iss-local");
            CHECK(found->reason.empty());
            CHECK(must(turn.view->pending(2))->state == PendingState::Pending);
        }
    }

    TEST_CASE(
        "S24 requests that wait are counted by profile and by address, those of this turn too") {
        Turn turn;
        const auto count = [&](const std::string& profile,
                               const std::string& address,
                               Seconds later = Seconds{0}) {
            const PendingCount out = must(turn.view->pending_count(profile, address, kNow + later));
            return std::pair(out.of_profile, out.of_client);
        };
        using Counts = std::pair<std::int64_t, std::int64_t>;
        turn.waiting = {waiting_of("r"), waiting_of("s"), waiting_of("t"), waiting_of("u")};
        turn.waiting[1].pending[0].client_address = "192.0.2.8";
        turn.waiting[2].pending[0].key.profile = "q";
        turn.waiting[2].transactions[0].key.profile = "q";
        turn.waiting[3].pending[0].expires_at = kNow + Seconds{1};
        for (const bool committed : {false, true}) {
            CAPTURE(committed);
            if (committed)
                turn.commit();
            CHECK(count("p", "192.0.2.7") == Counts{3, 3});
            CHECK(count("p", "192.0.2.7", Seconds{1}) == Counts{2, 2});
            CHECK(count("q", "192.0.2.8") == Counts{1, 1});
            CHECK(count("", "") == Counts{0, 0});
            CHECK(count("p", "192.0.2.7", Seconds{3600}) == Counts{0, 0});
        }
        turn.waiting = {{.pending_outcomes = {outcome_of(1, PendingState::Issued, "0A"),
                                              outcome_of(1, PendingState::Rejected)}},
                        {.pending_outcomes = {outcome_of(4, PendingState::Rejected)}}};
        CHECK(count("p", "192.0.2.7", Seconds{1}) == Counts{1, 1});
        turn.commit();
        CHECK(count("p", "192.0.2.7", Seconds{1}) == Counts{1, 1});
        must(turn.store->decide_pending(2, Verdict::Approve, "", alice()));
        CHECK(count("p", "192.0.2.8") == Counts{0, 0});
        turn.waiting = {{.pending_outcomes = {outcome_of(2, PendingState::Issued, "0B")}}};
        CHECK(count("p", "192.0.2.8") == Counts{0, 0});
    }

    TEST_CASE("S24 an IPv6 client is counted by its /64") {
        Turn turn;
        turn.waiting = {waiting_of("r"), waiting_of("s")};
        turn.waiting[0].pending[0].client_address = "2001:db8:1:2::1";
        turn.waiting[1].pending[0].client_address = "2001:db8:1:2:ffff::2";
        for (const bool committed : {false, true}) {
            CAPTURE(committed);
            if (committed)
                turn.commit();
            CHECK(must(turn.view->pending_count("", "2001:db8:1:2::3", kNow)).of_client == 2);
            CHECK(must(turn.view->pending_count("", "2001:db8:1:3::1", kNow)).of_client == 0);
        }
        CHECK(must(turn.view->pending(1))->client_address == "2001:db8:1:2::1");
    }

    TEST_CASE("S14 uses of a challenge that wait for their commit are counted") {
        Turn turn;
        must(turn.store->add_challenge(challenge_of(1, 5), alice()));
        const auto used_by = [](std::string address) {
            return Effects{
                .challenge_uses = {
                    {.id = 1, .time = kNow, .client_address = std::move(address), .serial = "0A"}}};
        };
        turn.waiting = {used_by("192.0.2.1")};
        CHECK(must(turn.view->challenge({1}))->used == 1);
        turn.commit();
        turn.waiting = {used_by("192.0.2.2"), used_by("192.0.2.3")};
        turn.waiting[0].challenge_uses[0].id = 2;
        for (const bool committed : {false, true}) {
            CAPTURE(committed);
            if (committed)
                turn.commit();
            const auto found = must(turn.view->challenge({1}));
            CHECK(found->used == 2);
            CHECK(found->last_used_by == "192.0.2.3");
            CHECK(found->last_used_at == kNow);
            CHECK(found->last_serial == "0A");
        }
    }

    TEST_CASE(
        "a certificate is found by issuer and serial, with its octets, before the commit too") {
        Turn turn;
        turn.waiting = {effects_of("0A"), effects_of("0B")};
        turn.waiting[1].issuances[0].issuer_id = "other";
        for (const bool committed : {false, true}) {
            CAPTURE(committed);
            if (committed)
                turn.commit();
            CHECK(must(turn.view->issuance("iss-local", "0A"))->certificate == Buffer{0x30, 0x00});
            CHECK(must(turn.view->issuance("other", "0B")));
            CHECK_FALSE(must(turn.view->issuance("iss-local", "0B")));
            CHECK_FALSE(must(turn.view->issuance("other", "0A")));
        }
    }

    TEST_CASE("the latest CRL is the one of the highest number, before the commit too") {
        Turn turn;
        const auto crl = [](std::int64_t number) {
            return Effects{.crls = {{.issuer_id = "a", .number = number}}};
        };
        CHECK_FALSE(must(turn.view->crl("a")));
        turn.waiting = {crl(1), crl(2)};
        CHECK(must(turn.view->crl("a"))->number == 2);
        turn.commit();
        turn.waiting = {crl(1)};
        CHECK(must(turn.view->crl("a"))->number == 2);
        CHECK_FALSE(must(turn.view->crl("b")));
    }

    TEST_CASE("revocations are those of the issuer that are not expired, in their order") {
        Turn turn;
        turn.waiting = {effects_of("0A"), effects_of("0B"), effects_of("0C"), effects_of("0D")};
        turn.waiting[2].issuances[0].issuer_id = "other";
        turn.waiting[3].issuances[0].not_after = kNow + Seconds{100};
        turn.commit();
        const auto admin = turn.admin();
        const auto revoke = [&](const std::string& serial, RevocationReason reason, int later) {
            must(admin->revoke(serial, {}, reason, alice(kNow + Seconds{later})));
        };
        revoke("0D", RevocationReason::Unspecified, 1);
        revoke("0B", RevocationReason::KeyCompromise, 2);
        revoke("0C", RevocationReason::Superseded, 3);
        revoke("0A", RevocationReason::PrivilegeWithdrawn, 4);
        const auto found = must(turn.view->revocations("iss-local", kNow + Seconds{100}));
        REQUIRE(found.size() == 3);
        CHECK(found[0].serial == "0D");
        CHECK(found[0].reason == RevocationReason::Unspecified);
        CHECK(found[1].serial == "0B");
        CHECK(found[1].revoked_at == kNow + Seconds{2});
        CHECK(found[1].reason == RevocationReason::KeyCompromise);
        CHECK(found[2].serial == "0A");
        CHECK(must(turn.view->revocations("iss-local", kNow + Seconds{101})).size() == 2);
        CHECK(must(turn.view->revocations("third", kNow)).empty());
    }

    TEST_CASE("what admin commits is seen at once, and told by the data version") {
        Turn turn;
        turn.waiting = {waiting_of("t"), effects_of("0A")};
        turn.commit();
        const auto admin = turn.admin();
        const std::int64_t before = must(turn.store->data_version());
        CHECK(must(turn.view->pending(1))->state == PendingState::Pending);
        CHECK_FALSE(must(turn.view->issuance("iss-local", "0A"))->revoked_at);
        CHECK(must(turn.store->data_version()) == before);
        must(admin->decide_pending(1, Verdict::Approve, "", alice()));
        CHECK(must(turn.view->pending(1))->state == PendingState::Approved);
        CHECK(must(turn.store->data_version()) != before);
        must(admin->revoke("0A", {}, RevocationReason::KeyCompromise, alice()));
        const auto revoked = must(turn.view->issuance("iss-local", "0A"));
        CHECK(revoked->revoked_at == kNow);
        CHECK(revoked->revocation_reason == RevocationReason::KeyCompromise);
        const std::int64_t after = must(turn.store->data_version());
        turn.waiting = {effects_of("0B")};
        turn.commit();
        CHECK(must(turn.store->data_version()) == after);
    }

    TEST_CASE("no read lasts: the server can write and checkpoint after each") {
        Turn turn;
        turn.waiting = {waiting_of("t"), effects_of("0A")};
        turn.commit();
        CHECK(must(turn.view->transaction(key_named("t"))));
        CHECK(must(turn.view->pending(1)));
        CHECK(must(turn.view->pending_count("p", "", kNow)).of_profile == 1);
        CHECK(must(turn.view->issuance("iss-local", "0A")));
        CHECK_FALSE(must(turn.view->challenge({1})));
        CHECK_FALSE(must(turn.view->crl("a")));
        CHECK(must(turn.view->revocations("iss-local", kNow)).empty());
        const auto admin = turn.admin();
        must(admin->decide_pending(1, Verdict::Approve, "", alice()));
        turn.waiting = {effects_of("0B")};
        turn.commit();
        SQLite::Database other = stranger(turn.path());
        CHECK(other.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt64() == 0);
    }
}

}  // namespace scep::store
