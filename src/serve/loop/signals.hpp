// Signals as a descriptor: blocked in the process, read in the loop.
#pragma once

#include <functional>
#include <map>

#include "serve/loop/loop.hpp"

namespace scep::loop {

class Signals final : public Handler {
  public:
    explicit Signals(Loop& loop) noexcept : loop_(loop) {}

    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals() override;

    // Blocks the signal; a second action for it replaces the first. Io.
    Status add(int signal_number, std::function<void()> action);

    void on_ready() noexcept override;

  private:
    Loop& loop_;
    int fd_ = -1;
    std::map<int, std::function<void()>> actions_{};
};

}  // namespace scep::loop
