#include <unistd.h>

#include <filesystem>
#include <sqlite3.h>

#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "serve/turn.hpp"

using namespace scep;
using serve::Turn;

namespace {

struct Directory {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("scep-turn-" + std::to_string(::getpid()));

    Directory() { std::filesystem::create_directories(path); }

    ~Directory() { std::filesystem::remove_all(path); }
};

// Another process, as far as SQLite can tell, in the middle of its own transaction.
class OtherWriter {
  public:
    explicit OtherWriter(const std::filesystem::path& path) {
        REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
        REQUIRE(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    }

    ~OtherWriter() { sqlite3_close(database_); }

    OtherWriter(const OtherWriter&) = delete;
    OtherWriter& operator=(const OtherWriter&) = delete;

  private:
    sqlite3* database_ = nullptr;
};

Turn::Waiting success(std::uint64_t connection, loop::Instant since) {
    Turn::Waiting waiting{.connection = connection, .since = since};
    waiting.outcome.decision = "success";
    waiting.outcome.effects.events.push_back(
        {.profile = "test", .action = "scep_pkcsreq", .outcome = "success"});
    return waiting;
}

struct Fixture {
    Directory directory{};
    std::unique_ptr<store::Store> store =
        *store::Store::open(directory.path / "state.db", SecretBytes(32, 1));
    std::vector<Turn::Waiting> released{};
    Turn turn{[this](Turn::Waiting&& waiting) { released.push_back(std::move(waiting)); }};
};

}  // namespace

TEST_SUITE("serve/server") {
    TEST_CASE("S25 nothing is released before the commit, and then everything, in order") {
        Fixture fixture;
        const loop::Instant now{};
        fixture.turn.add(success(1, now));
        fixture.turn.add(success(2, now));
        CHECK(fixture.released.empty());
        REQUIRE(fixture.turn.commit(*fixture.store, now) == store::WriteResult::Done);
        REQUIRE(fixture.released.size() == 2);
        CHECK(fixture.released[0].connection == 1);
        CHECK(fixture.released[1].connection == 2);
        CHECK(fixture.store->audit({})->size() == 2);
        CHECK(fixture.turn.empty());
    }

    TEST_CASE("S14 what a revocation of its challenge has overtaken is answered 503") {
        Fixture fixture;
        const store::Operator alice{.name = "alice"};
        REQUIRE(fixture.store->add_challenge(
            {.digest = {1}, .profile = "test", .expires_at = TimePoint(Seconds(60))}, alice));
        const loop::Instant now{};
        fixture.turn.add(success(1, now));
        Turn::Waiting spending = success(2, now);
        spending.outcome.effects.challenge_uses = {{.id = 1}};
        fixture.turn.add(std::move(spending));
        REQUIRE(fixture.store->revoke_challenge(1, alice));
        REQUIRE(fixture.turn.commit(*fixture.store, now) == store::WriteResult::Done);
        REQUIRE(fixture.released.size() == 2);
        CHECK(fixture.released[0].outcome.decision == "success");
        CHECK(fixture.released[1].outcome.decision == "refused 503");
        CHECK(fixture.released[1].outcome.reply.status == 503);
        CHECK(fixture.store->audit({.action = "scep_pkcsreq"})->size() == 1);
    }

    TEST_CASE("S12 what another writer has overtaken is answered 503, and nothing of it written") {
        Fixture fixture;
        const store::Operator alice{.name = "alice"};
        const store::TransactionKey key{.profile = "test"};
        REQUIRE(fixture.store->write(
            {{.issuances = {{.issuer_id = "iss", .serial = "0A"}},
              .transactions = {{.key = key}},
              .pending = {{.key = key, .expires_at = TimePoint(Seconds(60))}}}}));
        REQUIRE(fixture.store->add_challenge(
            {.digest = {1}, .profile = "test", .uses = 1, .expires_at = TimePoint(Seconds(60))},
            alice));
        const loop::Instant now{};
        std::vector<store::Effects> conditions(4);
        conditions[0].challenge_uses = {{.id = 1}};
        conditions[1].challenge_uses = {{.id = 1}};  // its last use is the one before
        conditions[2].pending_outcomes = {{.id = 1, .state = store::PendingState::Issued}};
        conditions[3].unrevoked = {{"iss", "0A"}};
        for (std::size_t i = 0; i < conditions.size(); ++i) {
            Turn::Waiting waiting = success(i, now);
            conditions[i].events = std::move(waiting.outcome.effects.events);
            waiting.outcome.effects = std::move(conditions[i]);
            fixture.turn.add(std::move(waiting));
        }
        REQUIRE(fixture.store->decide_pending(1, store::Verdict::Reject, "no", alice));
        REQUIRE(fixture.store->revoke("0A", {}, store::RevocationReason::KeyCompromise, alice));
        REQUIRE(fixture.turn.commit(*fixture.store, now) == store::WriteResult::Done);
        REQUIRE(fixture.released.size() == 4);
        CHECK(fixture.released[0].outcome.decision == "success");
        for (std::size_t i = 1; i < 4; ++i)
            CHECK(fixture.released[i].outcome.reply.status == 503);
        CHECK(fixture.store->audit({.action = "scep_pkcsreq"})->size() == 1);
    }

    TEST_CASE("S26 while another writer holds the database replies wait, and after 5 s are 503") {
        Fixture fixture;
        const OtherWriter other(fixture.directory.path / "state.db");
        const loop::Instant start{};
        fixture.turn.add(success(1, start));
        REQUIRE(fixture.turn.commit(*fixture.store, start) == store::WriteResult::Busy);
        CHECK(fixture.released.empty());
        fixture.turn.add(success(2, start + limits::kStoreBusyDeadline));
        REQUIRE(fixture.turn.commit(*fixture.store,
                                    start + limits::kStoreBusyDeadline + std::chrono::seconds(1)) ==
                store::WriteResult::Busy);
        REQUIRE(fixture.released.size() == 1);
        CHECK(fixture.released[0].connection == 1);
        CHECK(fixture.released[0].outcome.reply.status == 503);
        CHECK_FALSE(fixture.turn.empty());
    }

}  // TEST_SUITE
