// What deriving keys from passwords may cost (SECURITY rule S06).
#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "serve/endpoint/raw_reply.hpp"

using namespace scep;
using namespace scep::test;

namespace {

// Opening it, and the reply's.
constexpr std::int64_t kEach = 2 * std::int64_t{limits::kPbkdf2Iterations} / limits::kDerivation;
constexpr std::int64_t kOfAddress = limits::kDerivationsOfAddress / kEach;
constexpr std::int64_t kOfProfile = limits::kDerivationsOfProfile / kEach;

ProfileRecipe with_passwords() {
    ProfileRecipe out;
    out.settings.password_recipients = true;
    return out;
}

// By a stranger, who does not know the challenge.
RequestRecipe guess() {
    return {.challenge = "guess", .password = "guess"};
}

RequestRecipe good(std::string transaction_id) {
    return {.transaction_id = std::move(transaction_id), .password = std::string(kChallenge)};
}

bool is_too_much(const endpoint::Outcome& outcome) {
    return outcome.reply.status == 429 && outcome.effects.empty() &&
           outcome.detail.find("derivation budget") != std::string::npos;
}

void spend_address(World& w) {
    for (std::int64_t i = 0; i < kOfAddress; ++i)
        REQUIRE(fails_with(w, w.send(guess()), FailInfo::BadMessageCheck));
}

}  // namespace

TEST_SUITE("serve/endpoint derivations") {
    TEST_CASE("S06 an address that had its share is told to wait, and leaves the others theirs") {
        World w(with_passwords());
        spend_address(w);
        CHECK(is_too_much(w.send(guess())));
        CHECK(is_too_much(w.send(good("mine"))));
        w.now += std::chrono::hours(1);  // somebody sets the clock
        CHECK(is_too_much(w.send(good("mine"))));
        CHECK(is_success(w, w.send(RequestRecipe{})));  // an envelope for a key costs none
        w.instant += kEach * limits::kDerivationOfAddressEvery;
        CHECK(is_success(w, w.send(good("mine"))));
        CHECK(is_too_much(w.send(good("mine"))));
        w.client_address = "192.0.2.8";
        CHECK(is_success(w, w.send(good("theirs"))));
    }

    TEST_CASE("S06 many addresses together do not hold the loop either") {
        World w(with_passwords());
        for (std::int64_t i = 0; i < kOfProfile / kOfAddress; ++i) {
            w.client_address = "192.0.2." + std::to_string(i);
            spend_address(w);
        }
        w.client_address = "198.51.100.1";
        CHECK(is_too_much(w.send(good("t"))));
        w.instant += kEach * limits::kDerivationOfProfileEvery;
        CHECK(is_success(w, w.send(good("t"))));
    }

    TEST_CASE("S06 queries cost the same, and none where the signer may not ask") {
        World w(with_passwords());
        RequestRecipe query = good("query");
        query.signer = w.enrol({});
        query.type = MessageType::GetCert;
        query.plaintext = issuer_and_serial(w.profile.ca.certificate, query.signer->serial());
        RequestRecipe stranger = query;
        stranger.signer.reset();
        for (std::int64_t i = 0; i < kOfAddress; ++i)
            REQUIRE(fails_with(w, w.send(stranger), FailInfo::BadCertId));
        for (std::int64_t i = 0; i < kOfAddress; ++i)
            REQUIRE(is_success(w, w.send(query)));
        CHECK(is_too_much(w.send(query)));
    }
}
