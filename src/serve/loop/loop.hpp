// The event loop: epoll, timers, signals, deferred work. One thread; nothing else calls epoll.
//
// A turn: wait; move ready descriptors to a list; dispatch them; run due timers (after the
// descriptors, so that what came in time counts); run deferred work; run the turn's end hooks
// (where the server commits and releases replies); destroy what was retired. Time is read once per
// turn.
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
    Handler() = default;
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    virtual ~Handler() = default;
    virtual void on_ready() noexcept = 0;
};

// The loop must outlive it.
class Timer {
  public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    virtual ~Timer() = default;  // cancels; allowed inside the timer's own action
};

class Loop {
  public:
    using Time = std::function<Instant()>;

    // Ignores SIGPIPE in the process. `time` is for tests; the steady clock when empty. Io.
    static Result<std::unique_ptr<Loop>> create(Time time = {});
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Level-triggered; `handler` must stay until remove(). With Want::Nothing the handler hears
    // nothing, not even that the peer has gone. Io.
    Status add(int fd, Want want, Handler& handler);
    // Takes effect before the next wait, so changes that cancel out within a turn cost nothing.
    void change(int fd, Want want) noexcept;
    // Call before closing `fd`. No event of this turn reaches the handler any more.
    void remove(int fd) noexcept;

    // Once, not before `when`. `action` may add and remove anything.
    [[nodiscard]] std::unique_ptr<Timer> at(Instant when, std::function<void()> action);
    // Blocks the signal for the process (call before starting threads) and calls `action` from the
    // loop when it comes. It stays blocked when the loop has gone. Io.
    Status on_signal(int signal_number, std::function<void()> action);
    // Runs in this turn, after the ready list; what is deferred from there on runs in the next.
    void defer(std::function<void()> action);
    // Runs at the end of every turn, in the order of the calls.
    void at_turn_end(std::function<void()> action);
    // Destroys `handler` at the end of this turn: the way out for one that ends in its own
    // callback.
    void retire(std::unique_ptr<Handler> handler);

    Instant now() const noexcept;  // of this turn

    // Until stop(), also one that came before. Io when epoll fails.
    Status run();
    // One turn; waits for a descriptor, a signal or a timer, and no longer than `longest_wait`.
    Status run_once(std::chrono::milliseconds longest_wait);
    void stop() noexcept;

  private:
    struct State;
    explicit Loop(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

}  // namespace scep::loop
