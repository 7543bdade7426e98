#include "core/scep/http_answer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/base/escape.hpp"

namespace scep {

namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpForbidden = 403;
constexpr std::size_t kShownOctets = 200;  // of a body that is no message

// What a server wrote instead of a message, for an error: short, and safe to show (rule S23).
std::string shown(const ExchangeReply& reply) {
    std::string out =
        reply.content_type.empty() ? "" : fmt::format(" ({})", escape_text(reply.content_type));
    std::string_view text = as_text(reply.body).substr(0, kShownOctets);
    const auto last = text.find_last_not_of(" \t\r\n");
    text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
    const bool binary = text.find('\0') != std::string_view::npos;
    if (!text.empty() && !binary)
        out += fmt::format(": {}", escape_text(text));
    return out;
}

std::optional<int> number(std::string_view text) {
    int out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return out;
}

// IMF-fixdate, the one form that is written today: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<TimePoint> http_date(std::string_view text) {
    constexpr std::string_view kShape = "Sun, 06 Nov 1994 08:49:37 GMT";
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != kShape.size() || !text.ends_with(" GMT"))
        return std::nullopt;
    const auto month = kMonths.find(text.substr(8, 3));
    const auto day = number(text.substr(5, 2)), year = number(text.substr(12, 4));
    const auto hour = number(text.substr(17, 2)), minute = number(text.substr(20, 2));
    const auto second = number(text.substr(23, 2));
    if (month == std::string_view::npos || month % 3 != 0 || !day || !year || !hour || !minute ||
        !second)
        return std::nullopt;
    const auto time = from_civil({.year = *year,
                                  .month = static_cast<int>(month / 3) + 1,
                                  .day = *day,
                                  .hour = *hour,
                                  .minute = *minute,
                                  .second = *second});
    return time ? std::optional(*time) : std::nullopt;
}

}  // namespace

bool is_busy(int status) noexcept {
    constexpr int kBusy[] = {408, 429, 500, 502, 503, 504};
    return std::ranges::find(kBusy, status) != std::end(kBusy);
}

Seconds parse_retry_after(std::string_view text, TimePoint now) noexcept {
    constexpr std::size_t kMostDigits = 9;
    if (text.empty())
        return {};
    if (text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::max(Seconds{}, http_date(text).value_or(now) - now);
    unsigned seconds = 0;
    std::from_chars(text.data(), text.data() + std::min(text.size(), kMostDigits), seconds);
    return Seconds(seconds);
}

Status check_http_status(const ExchangeReply& reply) {
    if (reply.status == kHttpOk)
        return {};
    const bool refused = reply.status == kHttpUnauthorized || reply.status == kHttpForbidden;
    return fail(refused ? Errc::Policy : Errc::Protocol,
                fmt::format("the server answers HTTP {}{}", reply.status, shown(reply)));
}

Error with_body(Error error, const ExchangeReply& reply) {
    constexpr std::uint8_t kSequence = 0x30;
    const bool unreadable = error.code == Errc::Der || error.code == Errc::Protocol;
    const bool message = (!reply.body.empty() && reply.body.front() == kSequence) ||
                         asn1::looks_like_pem(as_text(reply.body));
    const bool plain = reply.content_encoding.empty() || reply.content_encoding == "identity";
    if (unreadable && !message && !plain)
        error.what += fmt::format(
            "; the server sends it with Content-Encoding {}, which was not "
            "asked for",
            escape_text(reply.content_encoding));
    else if (unreadable && !message && reply.status == kHttpOk)
        error.what += reply.body.empty() ? "; the body is empty"
                                         : fmt::format("; the server wrote{}", shown(reply));
    return error;
}

}  // namespace scep
