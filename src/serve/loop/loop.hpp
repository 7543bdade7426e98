// The event loop: epoll, timers, signals, deferred work. One thread; nothing else calls epoll.
//
// A turn: wait; move ready descriptors to a list; dispatch them; run deferred work; run the turn's
// end hook (where the server commits and releases replies); destroy what was retired. Time is read
// once per turn.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "core/base/result.hpp"

namespace scep::loop {

using Instant = std::chrono::steady_clock::time_point;

enum class Want : std::uint8_t { Nothing, Read, Write };

// A descriptor's owner. Does not feel responsible for closing it in the loop: the owner removes
// itself first, then closes.
class Handler {
  public:
    virtual ~Handler() = default;
    virtual void on_ready() noexcept = 0;
};

class Timer {
  public:
    virtual ~Timer() = default;  // cancels
};

class Loop {
  public:
    static Result<std::unique_ptr<Loop>> create();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Level-triggered; `handler` must stay until remove().
    Status add(int fd, Want want, Handler& handler);
    void change(int fd, Want want) noexcept;
    // No event of this turn reaches the handler any more.
    void remove(int fd) noexcept;

    // Once, not before `when`. `action` may add and remove anything.
    [[nodiscard]] std::unique_ptr<Timer> at(Instant when, std::function<void()> action);
    // Blocks the signal for the process and calls `action` from the loop when it comes.
    Status on_signal(int signal_number, std::function<void()> action);
    // Runs in this turn, after the ready list.
    void defer(std::function<void()> action);
    // Runs at the end of every turn.
    void at_turn_end(std::function<void()> action);

    Instant now() const noexcept;  // of this turn

    // Until stop(). Io when epoll fails.
    Status run();
    Status run_once(std::chrono::milliseconds longest_wait);
    void stop() noexcept;

  private:
    struct State;
    explicit Loop(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

}  // namespace scep::loop
