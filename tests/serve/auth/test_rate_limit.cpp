#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "serve/auth/rate_limit.hpp"

using namespace scep;
using auth::RateLimit;

namespace {

constexpr RateLimit::Instant kStart{std::chrono::hours(1)};
constexpr std::chrono::milliseconds kTick{100};

IpAddress ip(std::string_view text) {
    const auto parsed = parse_ip(text);
    REQUIRE(parsed);
    return *parsed;
}

}  // namespace

TEST_SUITE("serve/auth/rate_limit") {
    TEST_CASE("a burst, then one at a time") {
        RateLimit limit(3, kTick);
        const IpAddress client = ip("192.0.2.1");
        for (int i = 0; i < 3; ++i)
            CHECK(limit.take(client, kStart));
        CHECK_FALSE(limit.has(client, kStart));
        CHECK_FALSE(limit.take(client, kStart));
        CHECK_FALSE(limit.take(client, kStart + kTick - std::chrono::nanoseconds(1)));
        CHECK(limit.has(client, kStart + kTick));
        CHECK(limit.take(client, kStart + kTick));
        CHECK_FALSE(limit.take(client, kStart + kTick));
        for (int i = 0; i < 3; ++i)
            CHECK(limit.take(client, kStart + 100 * kTick));
        CHECK_FALSE(limit.take(client, kStart + 100 * kTick));
    }

    TEST_CASE("what costs more takes more at once") {
        RateLimit limit(3, kTick);
        const IpAddress client = ip("192.0.2.1");
        CHECK_FALSE(limit.take(client, kStart, 4));
        CHECK(limit.take(client, kStart, 2));
        CHECK_FALSE(limit.has(client, kStart, 2));
        CHECK(limit.take(client, kStart));
        CHECK_FALSE(limit.take(client, kStart + kTick, 2));
        CHECK(limit.take(client, kStart + 2 * kTick, 2));
    }

    TEST_CASE("asking does not count") {
        RateLimit limit(1, kTick);
        for (int i = 0; i < 5; ++i)
            CHECK(limit.has(ip("192.0.2.1"), kStart));
        CHECK(limit.take(ip("192.0.2.1"), kStart));
    }

    TEST_CASE("each address has its own bucket, an IPv6 client one for its /64") {
        RateLimit limit(1, kTick);
        CHECK(limit.take(ip("192.0.2.1"), kStart));
        CHECK(limit.take(ip("192.0.2.2"), kStart));
        CHECK_FALSE(limit.take(ip("192.0.2.1"), kStart));
        CHECK(limit.take(ip("2001:db8::1"), kStart));
        CHECK_FALSE(limit.take(ip("2001:db8::2"), kStart));
        CHECK(limit.take(ip("2001:db8:0:1::1"), kStart));
    }

    TEST_CASE("S24 any number of addresses is remembered in bounded room") {
        RateLimit limit(1, std::chrono::hours(1));
        IpAddress client = ip("10.0.0.0");
        for (std::size_t i = 0; i < 3 * limits::kMaxRateClients; ++i) {
            client.octets[13] = static_cast<std::uint8_t>(i >> 16U);
            client.octets[14] = static_cast<std::uint8_t>(i >> 8U);
            client.octets[15] = static_cast<std::uint8_t>(i);
            CHECK(limit.take(client, kStart));
            CHECK_FALSE(limit.take(client, kStart));
        }
        CHECK(limit.size() <= limits::kMaxRateClients + 1);
    }
}
