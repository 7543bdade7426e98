// What an operator approved is found, whatever stands before it.
#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "serve/approvals.hpp"
#include "serve/store/turn_view.hpp"
#include "support/pki.hpp"
#include "support/temp_dir.hpp"

using namespace scep;
using test::must;

namespace {

struct Fixture {
    Fixture() { profiles["served"]; }

    // The server's connection makes it wait, admin's approves it.
    void approve(const std::string& profile, const std::string& subject) {
        ++last;
        const store::TransactionKey key{.profile = profile,
                                        .transaction_id = to_buffer(as_bytes(subject))};
        must(store->write(
            {{.transactions = {{.key = key}},
              .pending = {
                  {.key = key, .expires_at = TimePoint(Seconds(60)), .subject = subject}}}}));
        must(admin->decide_pending(last, store::Verdict::Approve, "", {.name = "alice"}));
    }

    std::vector<std::string> look() {
        issued.clear();
        REQUIRE(approvals.look());
        return issued;
    }

    test::TempDir dir{};
    std::unique_ptr<store::Store> store = must(store::Store::open(dir / "db", SecretBytes(32, 1)));
    std::unique_ptr<store::Store> admin =
        must(store::Store::open_existing(dir / "db", SecretBytes(32, 1)));
    std::vector<store::Effects> waiting{};
    std::unique_ptr<store::TurnView> view = must(store::TurnView::make(*store, waiting));
    serve::ServedProfiles profiles{};
    std::vector<std::string> issued{};
    serve::Approvals approvals{
        *store, *view, profiles, [this](const auto& /*served*/, const auto& pending) {
            issued.push_back(pending.subject);
        }};
    std::int64_t last = 0;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_SUITE("serve/approvals") {
    TEST_CASE("what is there at the start is found at once, what comes later when it has come") {
        Fixture f;
        f.approve("served", "first");
        CHECK(f.look() == Names{"first"});
        CHECK(f.look().empty());
        f.approve("served", "second");
        CHECK(f.look() == Names{"first", "second"});  // whoever is told has not issued it
    }

    TEST_CASE("what waits for its commit is not told again") {
        Fixture f;
        f.approve("served", "first");
        f.waiting = {{.pending_outcomes = {{.id = 1, .state = store::PendingState::Issued}}}};
        CHECK(f.look().empty());
    }

    TEST_CASE("what could not be written down is told again, though nobody has written since") {
        Fixture f;
        f.approve("served", "first");
        CHECK(f.look() == Names{"first"});
        CHECK(f.look().empty());
        f.approvals.look_again();
        CHECK(f.look() == Names{"first"});
        CHECK(f.look().empty());
    }

    TEST_CASE("requests of a profile that is not served any more keep nobody waiting") {
        Fixture f;
        for (std::size_t i = 0; i < limits::kApprovedAtOnce; ++i)
            f.approve("gone", "old");
        f.approve("served", "new");
        CHECK(f.look().empty());
        CHECK(f.look() == Names{"new"});
        CHECK(f.look().empty());
    }

    TEST_CASE("a round that is under way when more is approved is followed by another") {
        Fixture f;
        f.approve("served", "first");
        for (std::size_t i = 0; i < limits::kApprovedAtOnce; ++i)
            f.approve("gone", "old");
        CHECK(f.look() == Names{"first"});
        f.approve("served", "last");
        CHECK(f.look() == Names{"last"});
        CHECK(f.look() == Names{"first"});
        CHECK(f.look() == Names{"last"});
        CHECK(f.look().empty());
    }
}
