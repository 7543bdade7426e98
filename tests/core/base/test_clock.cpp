#include <doctest/doctest.h>

#include "core/base/clock.hpp"

using namespace scep;

namespace {

TimePoint at(std::int64_t seconds) {
    return TimePoint(Seconds(seconds));
}

}  // namespace

TEST_SUITE("core/base clock") {
    TEST_CASE("times are written in RFC 3339 and read back") {
        struct Row {
            std::int64_t seconds;
            std::string_view text;
        };

        for (const Row& row : {Row{0, "1970-01-01T00:00:00Z"},
                               Row{-1, "1969-12-31T23:59:59Z"},
                               Row{951782400, "2000-02-29T00:00:00Z"},
                               Row{1795402800, "2026-11-23T03:00:00Z"},
                               Row{253402300799, "9999-12-31T23:59:59Z"},
                               Row{-62167219200, "0000-01-01T00:00:00Z"}}) {
            CAPTURE(row.text);
            CHECK(to_rfc3339(at(row.seconds)) == row.text);
            CHECK(parse_rfc3339(row.text).value() == at(row.seconds));
        }
    }

    TEST_CASE("other forms of time, and times that are not, are refused") {
        for (const std::string_view text : {"",
                                            "2026-11-24",
                                            "2026-11-24T03:00:00",
                                            "2026-11-24 03:00:00Z",
                                            "2026-11-24T03:00:00+00:00",
                                            "2026-11-24T03:00:00.5Z",
                                            "2026-1-024T03:00:00Z",
                                            "2026-+1-24T03:00:00Z",
                                            "2026--1-24T03:00:00Z",
                                            "2026-13-01T00:00:00Z",
                                            "2026-00-01T00:00:00Z",
                                            "2026-02-29T00:00:00Z",
                                            "2026-11-31T00:00:00Z",
                                            "2026-11-24T24:00:00Z",
                                            "2026-11-24T03:60:00Z",
                                            "2026-11-24T03:00:60Z"}) {
            CAPTURE(text);
            CHECK_FALSE(parse_rfc3339(text));
        }
    }

    TEST_CASE("fields out of range are no dates, however far out") {
        CHECK(from_civil({2024, 2, 29, 0, 0, 0}));
        CHECK_FALSE(from_civil({2023, 2, 29, 0, 0, 0}));
        CHECK_FALSE(from_civil({2024, 257, 1, 0, 0, 0}));
        CHECK_FALSE(from_civil({2024, 1, 257, 0, 0, 0}));
        CHECK_FALSE(from_civil({2024, -255, 1, 0, 0, 0}));
        CHECK_FALSE(from_civil({2024 + 65536, 1, 1, 0, 0, 0}));
        CHECK_FALSE(from_civil({10000, 1, 1, 0, 0, 0}));
        CHECK_FALSE(from_civil({-1, 1, 1, 0, 0, 0}));
        CHECK_FALSE(from_civil({2024, 1, 1, -1, 0, 0}));
    }

    TEST_CASE("durations have one number and one unit") {
        CHECK(parse_duration("30s").value() == Seconds(30));
        CHECK(parse_duration("60m").value() == Seconds(3600));
        CHECK(parse_duration("24h").value() == Seconds(86400));
        CHECK(parse_duration("7d").value() == Seconds(7 * 86400));
        CHECK(parse_duration("0s").value() == Seconds(0));
        CHECK(parse_duration("36600d").value() == Seconds(36600LL * 86400));
        for (const std::string_view text :
             {"", "s", "5", "5w", "-5s", "+5s", " 5s", "5 s", "5s ", "1.5h", "1h30m", "0x5s"}) {
            CAPTURE(text);
            const Result<Seconds> duration = parse_duration(text);
            REQUIRE_FALSE(duration);
            CHECK(duration.error().code == Errc::Config);
        }
    }

    TEST_CASE("durations beyond 100 years are refused without overflow") {
        CHECK(parse_duration("36601d").error().what == "duration is longer than 100 years");
        CHECK_FALSE(parse_duration("9223372036854775807d"));
        CHECK_FALSE(parse_duration("9223372036854775808s"));
        CHECK_FALSE(parse_duration("99999999999999999999999999d"));
    }

    TEST_CASE("a fixed clock moves only when told") {
        FixedClock clock(at(100));
        CHECK(clock.now() == at(100));
        clock.advance(Seconds(5));
        CHECK(clock.now() == at(105));
        clock.set(at(7));
        CHECK(clock.now() == at(7));
    }
}
