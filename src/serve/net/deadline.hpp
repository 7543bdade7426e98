// The one deadline of a connection, moved often.
#pragma once

#include "serve/loop/loop.hpp"

namespace scep::net {

// The timer below it is moved only when it would come too late; when it comes early it is set
// again. Most requests then touch no timer at all.
class Deadline {
  public:
    // `expired` runs from the loop, once for each set(), unless moved or cleared before. The loop
    // must outlive this.
    Deadline(loop::Loop& loop, std::function<void()> expired)
        : loop_(loop), expired_(std::move(expired)) {}

    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    void set(std::chrono::seconds from_now);

    void clear() noexcept { due_ = kNever; }

  private:
    static constexpr loop::Instant kNever = loop::Instant::max();

    void arm();
    void on_timer();

    loop::Loop& loop_;
    std::function<void()> expired_;
    loop::Instant due_ = kNever;
    loop::Instant armed_ = kNever;
    std::unique_ptr<loop::Timer> timer_{};
};

}  // namespace scep::net
