#include "core/scep/signing_time.hpp"

#include <charconv>
#include <optional>

namespace scep {

namespace {

constexpr std::string_view kField = "signingTime";
constexpr std::size_t kZoneOctets = 5;  // +hhmm

std::optional<int> number(std::string_view digits) {
    int value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, failed] = std::from_chars(digits.data(), end, value);
    if (failed != std::errc{} || stop != end || value < 0)
        return {};
    return value;
}

// Cuts the zone off `text`; what is to be subtracted for UTC.
std::optional<Seconds> take_zone(std::string_view& text) {
    if (text.ends_with('Z')) {
        text.remove_suffix(1);
        return Seconds{0};
    }
    if (text.size() < kZoneOctets)
        return {};
    const std::string_view zone = text.substr(text.size() - kZoneOctets);
    const auto hours = number(zone.substr(1, 2));
    const auto minutes = number(zone.substr(3, 2));
    if ((zone[0] != '+' && zone[0] != '-') || !hours || !minutes || *hours > 23 || *minutes > 59)
        return {};
    text.remove_suffix(kZoneOctets);
    const Seconds east = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return zone[0] == '+' ? east : -east;
}

}  // namespace

Result<TimePoint> signing_time(const asn1::Element& element) {
    Result<TimePoint> strict = asn1::time(element, kField);
    if (strict || element.constructed)
        return strict;
    std::string_view text = as_text(element.content);
    const std::optional<Seconds> east = take_zone(text);
    if (!east)
        return strict;
    std::string digits(text);
    const std::size_t without_seconds = element.tag == asn1::kUtcTime ? 10 : 12;
    if (digits.size() == without_seconds)
        digits += "00";
    digits += 'Z';
    asn1::Element canonical = element;
    canonical.content = as_bytes(digits);
    Result<TimePoint> time = asn1::time(canonical, kField);
    if (!time)
        return strict;
    return *time - *east;
}

}  // namespace scep
