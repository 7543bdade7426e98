#include <doctest/doctest.h>

#include "serve/auth/derivation_budget.hpp"

using namespace scep;
using auth::DerivationBudget;

namespace {

constexpr DerivationBudget::Instant kStart{std::chrono::hours(1)};
constexpr std::uint32_t kOfAddress =
    static_cast<std::uint32_t>(limits::kDerivationsOfAddress * limits::kDerivation);

}  // namespace

TEST_SUITE("serve/auth/derivation_budget") {
    TEST_CASE("S06 the dearest derivation fits, and what is cheap is not free") {
        DerivationBudget budget;
        CHECK(budget.take("192.0.2.1", limits::kMaxPbkdf2Iterations, kStart));
        for (std::uint32_t left = kOfAddress - limits::kMaxPbkdf2Iterations; left != 0;
             left -= limits::kDerivation)
            REQUIRE(budget.take("192.0.2.1", 1, kStart));
        CHECK_FALSE(budget.take("192.0.2.1", 1, kStart));
        CHECK(budget.take("192.0.2.1", 1, kStart + limits::kDerivationOfAddressEvery));
    }

    TEST_CASE("S06 what an address is refused costs the profile nothing") {
        DerivationBudget budget;
        REQUIRE(budget.take("192.0.2.1", kOfAddress, kStart));
        for (int i = 0; i < 1000; ++i)
            REQUIRE_FALSE(budget.take("192.0.2.1", kOfAddress, kStart));
        for (int i = 2; i <= limits::kDerivationsOfProfile / limits::kDerivationsOfAddress; ++i)
            REQUIRE(budget.take("192.0.2." + std::to_string(i), kOfAddress, kStart));
        CHECK_FALSE(budget.take("192.0.2.99", 1, kStart));
        CHECK(budget.take("192.0.2.99", 1, kStart + limits::kDerivationOfProfileEvery));
    }

    TEST_CASE("S06 profiles that share the loop refill more slowly, each from its own") {
        DerivationBudget budget(5);
        for (int i = 1; i <= limits::kDerivationsOfProfile / limits::kDerivationsOfAddress; ++i)
            REQUIRE(budget.take("192.0.2." + std::to_string(i), kOfAddress, kStart));
        CHECK_FALSE(budget.take("192.0.2.99", 1, kStart + 4 * limits::kDerivationOfProfileEvery));
        CHECK(budget.take("192.0.2.99", 1, kStart + 5 * limits::kDerivationOfProfileEvery));
    }

    TEST_CASE("S06 an IPv6 client is its /64, and who has no address is one client") {
        DerivationBudget budget;
        REQUIRE(budget.take("2001:db8::1", kOfAddress, kStart));
        CHECK_FALSE(budget.take("2001:db8::2", 1, kStart));
        REQUIRE(budget.take("", kOfAddress, kStart));
        CHECK_FALSE(budget.take("unknown", 1, kStart));
    }
}
