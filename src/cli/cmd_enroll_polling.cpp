#include "cli/cmd_enroll_polling.hpp"

#include <algorithm>

#include "cli/cmd_enroll_plan.hpp"

namespace scep::cli {

namespace {

constexpr Seconds kLongest = std::chrono::minutes(10);
constexpr Seconds kDefaultTimeout = std::chrono::hours(1);
constexpr Seconds kMaxInterval = std::chrono::hours(24);
constexpr Seconds kMaxTimeout = std::chrono::hours(24 * 30);

Result<Seconds> parse_time(std::string_view option,
                           const std::string& text,
                           Seconds least,
                           Seconds most,
                           std::string_view want) {
    const auto time = parse_duration(text);
    if (!time || *time < least || *time > most)
        return fail(wrong_value(option, text, want));
    return *time;
}

}  // namespace

std::optional<Seconds> Backoff::next(Seconds asked_for) {
    if (left_ <= Seconds::zero())
        return std::nullopt;
    const Seconds now = std::min(std::max(next_, std::min(asked_for, kLongest)), left_);
    left_ -= now;
    next_ = std::min(next_ + std::max(next_ / 2, Seconds(1)), std::max(next_, kLongest));
    return now;
}

Result<Polling> plan_polling(const EnrollOptions& options) {
    Polling out;
    if (!options.poll_interval.empty()) {
        SCEP_TRY(interval,
                 parse_time("--poll-interval",
                            options.poll_interval,
                            Seconds(1),
                            kMaxInterval,
                            "1s to 24h, such as 30s or 5m"));
        out.interval = interval;
        out.timeout = kDefaultTimeout;
    }
    if (!options.poll_timeout.empty()) {
        SCEP_TRY(timeout,
                 parse_time("--poll-timeout",
                            options.poll_timeout,
                            Seconds(0),
                            kMaxTimeout,
                            "0s to 30d, such as 10m or 24h"));
        out.timeout = timeout;
    }
    return out;
}

}  // namespace scep::cli
