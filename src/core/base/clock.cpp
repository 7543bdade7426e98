#include "core/base/clock.hpp"

#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace scep {

namespace {

constexpr std::int64_t kLongestDuration = 100LL * 366 * 86400;  // seconds

bool read_number(std::string_view text, int& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() && text.front() != '-';
}

std::int64_t unit_seconds(char unit) noexcept {
    switch (unit) {
        case 's':
            return 1;
        case 'm':
            return 60;
        case 'h':
            return 3600;
        case 'd':
            return 86400;
        default:
            return 0;
    }
}

}  // namespace

CivilTime to_civil(TimePoint time) noexcept {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return {static_cast<int>(date.year()),
            static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day())),
            static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count()),
            static_cast<int>(clock.seconds().count())};
}

Result<TimePoint> from_civil(const CivilTime& civil) {
    // The chrono types keep a month and a day in one octet, so 257 would pass for 1.
    const bool in_octets = civil.month > 0 && civil.month <= 12 && civil.day > 0 && civil.day <= 31;
    const std::chrono::year_month_day date(std::chrono::year(civil.year),
                                           std::chrono::month(static_cast<unsigned>(civil.month)),
                                           std::chrono::day(static_cast<unsigned>(civil.day)));
    const bool clock_ok = civil.hour >= 0 && civil.hour < 24 && civil.minute >= 0 &&
                          civil.minute < 60 && civil.second >= 0 && civil.second < 60;
    if (!in_octets || !date.ok() || !clock_ok || civil.year < 0 || civil.year > 9999)
        return fail(Errc::Der, "no such date or time of day");
    return std::chrono::sys_days(date) + std::chrono::hours(civil.hour) +
           std::chrono::minutes(civil.minute) + Seconds(civil.second);
}

std::string to_rfc3339(TimePoint time) {
    const CivilTime c = to_civil(time);
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

Result<TimePoint> parse_rfc3339(std::string_view text) {
    CivilTime c;
    const bool shape = text.size() == 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
                       text[13] == ':' && text[16] == ':' && text[19] == 'Z';
    if (!shape || !read_number(text.substr(0, 4), c.year) ||
        !read_number(text.substr(5, 2), c.month) || !read_number(text.substr(8, 2), c.day) ||
        !read_number(text.substr(11, 2), c.hour) || !read_number(text.substr(14, 2), c.minute) ||
        !read_number(text.substr(17, 2), c.second))
        return fail(Errc::Usage, "not a time of the form 2026-11-24T03:00:00Z");
    return from_civil(c);
}

Result<Seconds> parse_duration(std::string_view text) {
    std::int64_t count = 0;
    const std::int64_t unit = text.empty() ? 0 : unit_seconds(text.back());
    const std::string_view digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (unit == 0 || error != std::errc{} || end != digits.data() + digits.size() || count < 0)
        return fail(Errc::Config,
                    R"(not a duration, want a form like "30s", "60m", "24h" or "7d")");
    if (count > kLongestDuration / unit)
        return fail(Errc::Config, "duration is longer than 100 years");
    return Seconds(count * unit);
}

}  // namespace scep
