// The wall clock; everything below cli takes a Clock.
#pragma once

#include <chrono>

#include "core/base/clock.hpp"

namespace scep::cli {

class SystemClock final : public Clock {
  public:
    TimePoint now() const noexcept override {
        return std::chrono::floor<Seconds>(std::chrono::system_clock::now());
    }
};

}  // namespace scep::cli
