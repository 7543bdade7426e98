// One-time challenges (SECURITY rule S14; RFC 8894 sections 2.4, 7.3).
#include <doctest/doctest.h>

#include "serve/endpoint/world.hpp"

using namespace scep;
using namespace scep::test;

namespace {

constexpr std::string_view kSecret = "Ab3dE5gH7jK9mN1pQ3sT5vW7yZ9";

store::OneTimeChallenge challenge() {
    return {.digest = crypto::sha256(as_bytes(kSecret)),
            .uses = 1,
            .created_at = kNow,
            .expires_at = kNow + std::chrono::hours(24)};
}

RequestRecipe with_secret(const std::string& subject = "CN=device-1") {
    return {.subject = subject,
            .challenge = std::string(kSecret),
            .transaction_id = "transaction of " + subject};
}

bool refused_because(const World& w, const endpoint::Outcome& outcome, std::string_view reason) {
    return fails_with(w, outcome, FailInfo::BadRequest) &&
           reason_of(outcome).find(reason) != std::string::npos;
}

}  // namespace

TEST_SUITE("serve/endpoint one-time challenges") {
    TEST_CASE("S14 it is good once, beside the profile's own challenge") {
        World w;
        w.view.add(challenge());
        const endpoint::Outcome first = w.send(with_secret());
        CHECK(is_success(w, first));
        CHECK(w.view.minted(0).used == 1);
        CHECK(w.view.minted(0).last_serial == first.serial);
        CHECK(is_success(w, w.send(RequestRecipe{})));
        CHECK(w.view.minted(0).used == 1);
    }

    TEST_CASE("S14 the same request again does not spend it again") {
        World w;
        w.view.add(challenge());
        const Buffer message = make_message(with_secret(), w.profile.ra.certificate);
        const endpoint::Outcome first = w.send(message);
        const endpoint::Outcome again = w.send(message);
        CHECK(again.serial == first.serial);
        CHECK(w.view.minted(0).used == 1);
    }

    TEST_CASE("S14 a second use is an event of its own, with both addresses") {
        World w;
        w.view.add(challenge());
        w.send(with_secret());
        w.view.minted(0).last_used_by = "198.51.100.9";
        const endpoint::Outcome second = w.send(with_secret("CN=device-2"));
        CHECK(refused_because(w, second, "one-time challenge used again"));
        REQUIRE(second.effects.events.size() == 2);
        const store::AuditEvent& event = second.effects.events.front();
        CHECK(event.action == "scep_challenge_reuse");
        CHECK(event.reason.find("198.51.100.9") != std::string::npos);
        CHECK(event.reason.find("192.0.2.7") != std::string::npos);
        CHECK(event.reason.find(kSecret) == std::string::npos);
    }

    TEST_CASE("S14 expired, revoked, of another profile") {
        World w;
        store::OneTimeChallenge minted = challenge();
        SUBCASE("expired") {
            minted.expires_at = kNow;
            w.view.add(minted);
            CHECK(refused_because(w, w.send(with_secret()), "one-time challenge expired"));
        }
        SUBCASE("revoked") {
            minted.revoked_at = kNow;
            w.view.add(minted);
            CHECK(refused_because(w, w.send(with_secret()), "one-time challenge revoked"));
        }
        SUBCASE("of another profile") {
            minted.profile = "lab";
            w.view.add(minted);
            CHECK(refused_because(w, w.send(with_secret()), "challenge wrong"));
        }
        CHECK(w.view.minted(0).used == 0);
    }

    TEST_CASE("S14 what is wrong with it is for the operator alone") {
        World w;
        w.view.add(challenge());
        w.send(with_secret());
        const endpoint::Outcome spent = w.send(with_secret("CN=device-2"));
        const endpoint::Outcome wrong = w.send(RequestRecipe{.challenge = "wrong"});
        CHECK(read_reply(w.profile, spent).fail_info_text ==
              read_reply(w.profile, wrong).fail_info_text);
    }

    TEST_CASE("S14 spent on another subject or SAN than it was minted for, it stays unspent") {
        World w;
        store::OneTimeChallenge minted = challenge();
        minted.subject_pattern = {"CN=cam-*"};
        minted.san_pattern = {"dns:cam-*.example"};
        w.view.add(minted);
        CHECK(refused_because(w, w.send(with_secret()), "is for others"));
        RequestRecipe camera = with_secret("CN=cam-1");
        camera.sans = {"dns:printer.example"};
        CHECK(refused_because(w, w.send(camera), "is for others"));
        CHECK(w.view.minted(0).used == 0);
        camera.sans = {"dns:cam-1.example"};
        CHECK(is_success(w, w.send(camera)));
    }

    TEST_CASE("S14 a request that waits for an operator has spent it") {
        ProfileRecipe recipe;
        recipe.settings.approval = config::Approval::Manual;
        World w(recipe);
        w.view.add(challenge());
        CHECK(is_pending(w, w.send(with_secret())));
        CHECK(w.view.at(1).authorisation == "one-time challenge accepted, challenge 1");
        CHECK(refused_because(w, w.send(with_secret("CN=device-2")), "used again"));
    }
}
