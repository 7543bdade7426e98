// Waiting that somebody sees: a wheel that turns on a terminal, gone when it ends.
#pragma once

#include <array>
#include <ostream>

#include "cli/pause.hpp"

namespace scep::cli {

class Spinner final : public Pause {
  public:
    explicit Spinner(std::ostream& terminal) : terminal_(terminal) {}

    void wait(Seconds time) override {
        using Clock = std::chrono::steady_clock;
        const auto end = Clock::now() + time;
        for (std::size_t turn = 0; Clock::now() < end; ++turn) {
            const auto left = std::chrono::ceil<Seconds>(end - Clock::now());
            terminal_ << '\r' << kWheel[turn % kWheel.size()] << " asks again in " << left.count()
                      << " s \x1b[K" << std::flush;
            std::this_thread::sleep_for(std::min<Clock::duration>(kTurn, end - Clock::now()));
        }
        terminal_ << "\r\x1b[K" << std::flush;
    }

  private:
    static constexpr std::array kWheel{'|', '/', '-', '\\'};
    static constexpr std::chrono::milliseconds kTurn{125};
    std::ostream& terminal_;
};

}  // namespace scep::cli
