// Time as a value that is handed in, and its text forms.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace scep {

using TimePoint = std::chrono::sys_seconds;  // UTC
using Seconds = std::chrono::seconds;

class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    virtual TimePoint now() const noexcept = 0;
};

// Stands still until it is told to move.
class FixedClock final : public Clock {
  public:
    explicit FixedClock(TimePoint now) noexcept : now_(now) {}

    TimePoint now() const noexcept override { return now_; }

    void set(TimePoint now) noexcept { now_ = now; }

    void advance(Seconds by) noexcept { now_ += by; }

  private:
    TimePoint now_;
};

struct CivilTime {
    int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;  // proleptic Gregorian
};

CivilTime to_civil(TimePoint time) noexcept;

// Der when a field is out of its range (month 13, 30 February, second 60).
Result<TimePoint> from_civil(const CivilTime& civil);

std::string to_rfc3339(TimePoint time);  // "2026-11-24T03:00:00Z"
Result<TimePoint> parse_rfc3339(std::string_view text);

// "30s", "60m", "24h", "7d"; Config otherwise. At most 100 years.
Result<Seconds> parse_duration(std::string_view text);

}  // namespace scep
