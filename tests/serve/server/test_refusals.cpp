#include <doctest/doctest.h>

#include "serve/refusals.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;
using serve::Refusals;

namespace {

endpoint::Outcome refusal(const std::string& profile = "corp") {
    endpoint::Outcome out;
    out.effects.events.push_back({.profile = profile, .outcome = "failure"});
    return out;
}

struct World {
    // Rows of this address that are kept of so many.
    int kept(const std::string& address, int count, const std::string& profile = "corp") {
        int out = 0;
        for (int i = 0; i < count; ++i) {
            endpoint::Outcome outcome = refusal(profile);
            refusals.spare_row(outcome, address);
            out += outcome.effects.empty() ? 0 : 1;
        }
        return out;
    }

    void pass(std::chrono::seconds time) {
        now += time;
        REQUIRE(loop->run_once(std::chrono::milliseconds(1)));
    }

    loop::Instant now{std::chrono::hours(1)};
    std::unique_ptr<loop::Loop> loop = must(loop::Loop::create([this] { return now; }));
    int due = 0;
    Refusals refusals{*loop, [this] { ++due; }};
};

}  // namespace

TEST_SUITE("serve/refusals") {
    TEST_CASE("S24 past the quota of an address its refusals are counted, by profile") {
        World w;
        w.pass({});
        CHECK(w.kept("192.0.2.1", 100) == limits::kRefusalRows);
        CHECK(w.kept("192.0.2.1", 5, "lab") == 0);
        CHECK(w.kept("192.0.2.2", 5) == 5);
        const Refusals::Counted counted = w.refusals.take();
        CHECK(counted.unrecorded == std::map<std::string, std::uint64_t>{{"corp", 40}, {"lab", 5}});
        CHECK(w.refusals.take().unrecorded.empty());
        w.pass(limits::kRefusalRowEvery);
        CHECK(w.kept("192.0.2.1", 5) == 1);
    }

    TEST_CASE("S24 many addresses share a quota") {
        World w;
        w.pass({});
        int kept = 0;
        for (int i = 0; i < 1000; ++i)
            kept += w.kept("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), 1);
        CHECK(kept == limits::kAllRefusalRows);
    }

    TEST_CASE("S24 a count whose row was not written is counted again") {
        World w;
        w.pass({});
        CHECK_FALSE(w.refusals.pending());
        w.refusals.put_back("corp", 40);
        CHECK(w.refusals.pending());
        CHECK(w.refusals.take().unrecorded.at("corp") == 40);
        w.refusals.put_back("corp", 40);
        w.pass(limits::kRefusalSummary);
        CHECK(w.due == 1);
    }

    TEST_CASE("what was issued is never left out") {
        World w;
        w.kept("192.0.2.1", 100);
        endpoint::Outcome issued;
        issued.effects.issuances.push_back({});
        issued.effects.events.push_back({.outcome = "success"});
        w.refusals.spare_row(issued, "192.0.2.1");
        CHECK(issued.effects.events.size() == 1);
    }

    TEST_CASE("S24 log lines have a quota of their own, and the summary is due once") {
        World w;
        w.pass({});
        int logged = 0;
        for (int i = 0; i < 100; ++i)
            logged += w.refusals.may_log(Refusals::Line::Refused, "192.0.2.1") ? 1 : 0;
        CHECK(logged == limits::kRefusalRows);
        CHECK(w.refusals.may_log(Refusals::Line::Answered, "192.0.2.1"));
        CHECK(w.due == 0);
        w.pass(limits::kRefusalSummary);
        CHECK(w.due == 1);
        CHECK(w.refusals.take().unlogged == 40);
        w.pass(limits::kRefusalSummary);
        CHECK(w.due == 1);
    }
}
