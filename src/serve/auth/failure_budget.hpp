// How many wrong challenges a profile takes on its raw-CSR path before it takes none at all: that
// path costs a guesser no private-key operation and no CMS.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/base/limits.hpp"

namespace scep::auth {

// A bucket of kChallengeFailures that gets one back every kChallengeFailureEvery.
class FailureBudget {
  public:
    // Of a clock that nobody sets: the budget neither comes back nor goes away with the date.
    using Instant = std::chrono::steady_clock::time_point;

    bool left(Instant now) noexcept {
        refill(now);
        return spent_ < limits::kChallengeFailures;
    }

    void spend(Instant now) noexcept {
        refill(now);
        spent_ = std::min(spent_ + 1, limits::kChallengeFailures);
    }

  private:
    void refill(Instant now) noexcept {
        const auto back = (now - since_) / limits::kChallengeFailureEvery;
        if (back <= 0)
            return;
        spent_ = std::max<std::int64_t>(0, spent_ - back);
        since_ += back * limits::kChallengeFailureEvery;
    }

    std::int64_t spent_ = 0;
    Instant since_{};
};

}  // namespace scep::auth
