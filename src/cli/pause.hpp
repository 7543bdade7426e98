// Waiting, handed in as the clock is: tests do not sleep.
#pragma once

#include <thread>

#include "core/base/clock.hpp"

namespace scep::cli {

class Pause {
  public:
    Pause() = default;
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    virtual ~Pause() = default;

    virtual void wait(Seconds time) = 0;
};

// For programs that nobody looks on.
class SystemPause final : public Pause {
  public:
    void wait(Seconds time) override { std::this_thread::sleep_for(time); }
};

}  // namespace scep::cli
