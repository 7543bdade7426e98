#include <algorithm>
#include <array>
#include <charconv>

#include "core/capture/text_codec.hpp"
#include "core/capture/text_lines.hpp"

namespace scep::capture {

namespace {

constexpr std::array<std::string_view, 12> kMonths{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool number(std::string_view text, std::size_t at, std::size_t size, int& out) noexcept {
    if (at + size > text.size())
        return false;
    const char* const end = text.data() + at + size;
    const auto [stop, error] = std::from_chars(text.data() + at, end, out);
    return error == std::errc{} && stop == end && out >= 0;
}

// " +0130" behind a time of Apache's; HAProxy writes local time without.
Seconds zone(std::string_view text) noexcept {
    int hours = 0, minutes = 0;
    if (text.size() < 6 || text[0] != ' ' || (text[1] != '+' && text[1] != '-') ||
        !number(text, 2, 2, hours) || !number(text, 4, 2, minutes))
        return Seconds{0};
    const Seconds out = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return text[1] == '-' ? -out : out;
}

// "10/Oct/2026:13:55:36 +0000"
std::optional<TimePoint> common_log_time(std::string_view text) {
    constexpr std::size_t kSize = 20;
    CivilTime civil;
    if (text.size() < kSize || text[2] != '/' || text[6] != '/' || text[11] != ':')
        return std::nullopt;
    const auto* const month = std::ranges::find(kMonths, text.substr(3, 3));
    if (month == kMonths.end() || !number(text, 0, 2, civil.day) ||
        !number(text, 7, 4, civil.year) || !number(text, 12, 2, civil.hour) ||
        !number(text, 15, 2, civil.minute) || !number(text, 18, 2, civil.second))
        return std::nullopt;
    civil.month = static_cast<int>(month - kMonths.begin()) + 1;
    const auto time = from_civil(civil);
    if (!time)
        return std::nullopt;
    return *time - zone(text.substr(kSize));
}

}  // namespace

std::optional<TimePoint> iso_time(std::string_view text) {
    constexpr std::size_t kSize = 19;  // to the second
    if (text.size() < kSize)
        return std::nullopt;
    std::string plain = std::string(text.substr(0, kSize)) + 'Z';
    if (plain[10] == ' ')
        plain[10] = 'T';
    const auto time = parse_rfc3339(plain);
    if (!time)
        return std::nullopt;
    text.remove_prefix(kSize);
    if (text.starts_with('.') || text.starts_with(','))
        text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
    // "+02:00" as Apache writes it: " +0200".
    std::string offset(text.substr(0, 6));
    std::erase(offset, ':');
    return *time - zone(' ' + offset);
}

std::optional<TimePoint> log_time(std::string_view line) {
    constexpr int kBrackets = 4;  // that are looked into: "haproxy[123]: 192.0.2.7:4 [10/Oct/..."
    std::size_t at = line.find('[');
    for (int i = 0; i < kBrackets && at != std::string_view::npos; ++i, at = line.find('[', at + 1))
        if (const auto time = common_log_time(line.substr(at + 1)))
            return time;
    return iso_time(line);
}

}  // namespace scep::capture
