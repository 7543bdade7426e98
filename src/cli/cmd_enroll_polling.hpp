// enroll: asking again while the CA has not decided (RFC 8894 section 4.4).
#pragma once

#include "cli/cmd_enroll.hpp"

namespace scep::cli {

// The times between polls: the interval, then half as long again each time, up to ten minutes (or
// the interval, where that is longer); the last one ends with the timeout.
class Backoff {
  public:
    explicit Backoff(const Polling& polling) : next_(polling.interval), left_(polling.timeout) {}

    // As long as the server asks for (Retry-After) where that is longer, up to ten minutes as well.
    // nullopt: the time is over.
    std::optional<Seconds> next(Seconds asked_for = {});

  private:
    Seconds next_;
    Seconds left_;
};

}  // namespace scep::cli
