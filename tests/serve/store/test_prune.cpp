// Waiting requests that ended are taken out in the end (SECURITY rule S24).
#include "core/base/limits.hpp"
#include "fixture.hpp"

namespace scep::store {

namespace {

constexpr Seconds kLong = limits::kPendingKept + Seconds{7200};

struct Opened {
    TempDir dir{};
    std::unique_ptr<Store> store = must(Store::open(dir / "state.db", key_of()));

    void add(std::string_view name, Seconds later = Seconds{0}) {
        Effects effects = waiting_of(name);
        effects.pending[0].received_at += later;
        effects.pending[0].expires_at += later;
        must_write(*store, {effects});
    }

    void add_rejected(std::string_view name, Seconds later = Seconds{0}) {
        add(name, later);
        const std::int64_t id = must(store->pending_requests({})).back().id;
        must(store->decide_pending(id, Verdict::Reject, "", alice()));
    }

    // The names of those that are left.
    std::string left() const {
        std::string out;
        for (const PendingRequest& request : must(store->pending_requests({})))
            out += request.transaction_id;
        return out;
    }

    std::int64_t transactions() const {
        return stranger(dir / "state.db")
            .execAndGet("SELECT count(*) FROM scep_transaction")
            .getInt64();
    }
};

}  // namespace

TEST_SUITE("serve/store/prune") {
    TEST_CASE("S24 each new request takes out two that expired long ago, the oldest first") {
        Opened opened;
        for (const std::string_view name : {"a", "b", "c"})
            opened.add_rejected(name);
        opened.add_rejected("d", Seconds{60});
        opened.add("e", kLong);
        CHECK(opened.left() == "cde");
        CHECK(opened.transactions() == 3);
        opened.add("f", kLong);
        CHECK(opened.left() == "ef");
        opened.add("g", kLong);
        CHECK(opened.left() == "efg");
        CHECK(must(opened.store->verify_chain()) == 4);
    }

    TEST_CASE("what nobody decided waits on, though the clock was a month ahead for a moment") {
        Opened opened;
        opened.add("a");
        opened.add("b", kLong);
        CHECK(opened.left() == "ab");
        CHECK(opened.transactions() == 2);
        CHECK(must(opened.store->decide_pending(1, Verdict::Approve, "", alice())).id == 1);
    }

    TEST_CASE("whatever they came to, but for what was approved and is not issued yet") {
        Opened opened;
        for (const std::string_view name : {"a", "b", "c"})
            opened.add(name);
        must(opened.store->decide_pending(1, Verdict::Approve, "", alice()));
        must(opened.store->decide_pending(2, Verdict::Reject, "no", alice()));
        Effects issued = effects_of("0A");
        issued.transactions = {transaction_of("c", "0A")};
        issued.transactions[0].pending_id = 3;
        issued.pending_outcomes = {
            {.id = 3, .key = key_named("c"), .state = PendingState::Issued, .serial = "0A"}};
        must_write(*opened.store, {issued});
        opened.add("d", kLong);
        CHECK(opened.left() == "ad");
        CHECK(opened.transactions() == 3);  // that of c leads to its certificate
        CHECK(must(opened.store->approved(10)).size() == 1);
        CHECK(must(opened.store->audit({.action = "admin_reject"})).size() == 1);
        CHECK(must(opened.store->verify_chain()) == 3);
    }

    TEST_CASE("the transaction of one that is taken out stays with the request that took it over") {
        Opened opened;
        opened.add_rejected("a");
        opened.add("a", kLong - Seconds{7100});
        CHECK(opened.transactions() == 1);
        opened.add("b", kLong);
        CHECK(opened.left() == "ab");
        CHECK(opened.transactions() == 2);
    }

    TEST_CASE("S24 of many that expired just now the newest stay") {
        Opened opened;
        opened.add("a");
        opened.add("b", Seconds{86400});
        stranger(opened.dir / "state.db")
            .exec("UPDATE sqlite_sequence SET seq = " + std::to_string(limits::kMaxEndedPending) +
                  " WHERE name = 'pending_request'");
        opened.add("c", Seconds{3600});  // a expires now
        CHECK(opened.left() == "abc");
        opened.add("d", Seconds{3601});
        CHECK(opened.left() == "bcd");
    }
}

}  // namespace scep::store
