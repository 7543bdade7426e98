#include "serve/loop/loop.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <deque>
#include <utility>
#include <vector>

#include "serve/loop/signals.hpp"
#include "serve/loop/system_error.hpp"
#include "serve/loop/timers.hpp"

namespace scep::loop {
namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);

// One descriptor number; `use` grows with each owner, so an event for an earlier one is recognised.
struct Slot {
    Handler* handler = nullptr;
    std::uint32_t use = 0;
    Want wanted = Want::Nothing;
    Want registered = Want::Nothing;
    bool changed = false;  // listed in `changes`
};

// epoll reports HUP whatever is asked; edge-triggered it does so once and not for ever.
std::uint32_t events_of(Want want) noexcept {
    switch (want) {
        case Want::Read:
            return EPOLLIN;
        case Want::Write:
            return EPOLLOUT;
        case Want::Nothing:
            break;
    }
    return EPOLLET;
}

std::uint64_t ticket(int fd, std::uint32_t use) noexcept {
    return (static_cast<std::uint64_t>(use) << 32U) | static_cast<std::uint32_t>(fd);
}

}  // namespace

struct Loop::State {
    int epoll = -1;
    bool stopped = false;
    Time time{};
    Instant now{};
    std::vector<Slot> slots{};  // by descriptor
    std::vector<int> changes{};
    std::array<epoll_event, 256> ready{};
    Timers timers{};
    std::vector<std::function<void()>> deferred{};
    std::deque<std::function<void()>> turn_ends{};  // grows without moving the one that runs
    std::vector<std::unique_ptr<Handler>> retired{};
    std::unique_ptr<Signals> signals{};

    Slot& slot(int fd) noexcept { return slots[static_cast<std::size_t>(fd)]; }

    Status control(int operation, int fd, Want want) noexcept;
    void apply_changes() noexcept;
    int wait_ms(std::chrono::milliseconds longest) const;
    void dispatch(std::size_t count) noexcept;
    void run_deferred();
    void destroy_retired() noexcept;
};

Status Loop::State::control(int operation, int fd, Want want) noexcept {
    epoll_event event{};
    event.events = events_of(want);
    event.data.u64 = ticket(fd, slot(fd).use);
    if (::epoll_ctl(epoll, operation, fd, &event) != 0)
        return fail(system_error("epoll_ctl"));
    slot(fd).registered = want;
    return {};
}

void Loop::State::apply_changes() noexcept {
    for (const int fd : changes) {
        Slot& changed = slot(fd);
        changed.changed = false;
        if (changed.handler == nullptr || changed.wanted == changed.registered)
            continue;
        const Status done = control(EPOLL_CTL_MOD, fd, changed.wanted);
        assert(done);  // MOD of a descriptor that is there cannot fail
        static_cast<void>(done);
    }
    changes.clear();
}

// Rounded up, so that a timer is due when the wait ends.
int Loop::State::wait_ms(std::chrono::milliseconds longest) const {
    if (!deferred.empty())
        return 0;
    auto wait = std::min(longest, kLongestWait);
    if (const auto next = timers.next()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - time());
        wait = std::clamp(left, std::chrono::milliseconds(0), wait);
    }
    return static_cast<int>(wait.count());
}

void Loop::State::dispatch(std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        const auto fd = static_cast<int>(ready[i].data.u64 & 0xffffffffU);
        const Slot& slot_now = slot(fd);
        if (slot_now.handler == nullptr || slot_now.wanted == Want::Nothing)
            continue;
        if (ticket(fd, slot_now.use) == ready[i].data.u64)
            slot_now.handler->on_ready();
    }
}

void Loop::State::run_deferred() {
    const auto work = std::exchange(deferred, {});
    for (const auto& action : work)
        action();
}

// A destructor may retire others.
void Loop::State::destroy_retired() noexcept {
    while (!retired.empty())
        std::exchange(retired, {}).clear();
}

Loop::Loop(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Loop::~Loop() {
    state_->destroy_retired();
    state_->deferred.clear();
    state_->turn_ends.clear();
    state_->signals.reset();
    ::close(state_->epoll);
}

Result<std::unique_ptr<Loop>> Loop::create(Time time) {
    auto state = std::make_unique<State>();
    state->epoll = ::epoll_create1(EPOLL_CLOEXEC);
    if (state->epoll < 0)
        return fail(system_error("epoll_create1"));
    state->time = time ? std::move(time) : Time(&std::chrono::steady_clock::now);
    state->now = state->time();
    // A peer that closed is a failed write, not our end. Cannot fail: the signal exists.
    static_cast<void>(::signal(SIGPIPE, SIG_IGN));
    std::unique_ptr<Loop> loop(new Loop(std::move(state)));
    loop->state_->signals = std::make_unique<Signals>(*loop);
    return loop;
}

Status Loop::add(int fd, Want want, Handler& handler) {
    const auto index = static_cast<std::size_t>(fd);
    if (index >= state_->slots.size())
        state_->slots.resize(index + 1);
    Slot& slot = state_->slots[index];
    assert(slot.handler == nullptr);
    ++slot.use;
    SCEP_CHECK(state_->control(EPOLL_CTL_ADD, fd, want));
    slot.handler = &handler;
    slot.wanted = want;
    return {};
}

void Loop::change(int fd, Want want) noexcept {
    Slot& slot = state_->slot(fd);
    assert(slot.handler != nullptr);
    slot.wanted = want;
    if (slot.changed || want == slot.registered)
        return;
    slot.changed = true;
    state_->changes.push_back(fd);
}

void Loop::remove(int fd) noexcept {
    state_->slot(fd).handler = nullptr;
    ::epoll_ctl(state_->epoll, EPOLL_CTL_DEL, fd, nullptr);
}

std::unique_ptr<Timer> Loop::at(Instant when, std::function<void()> action) {
    return state_->timers.add(when, std::move(action));
}

Status Loop::on_signal(int signal_number, std::function<void()> action) {
    return state_->signals->add(signal_number, std::move(action));
}

void Loop::defer(std::function<void()> action) {
    state_->deferred.push_back(std::move(action));
}

void Loop::at_turn_end(std::function<void()> action) {
    state_->turn_ends.push_back(std::move(action));
}

void Loop::retire(std::unique_ptr<Handler> handler) {
    state_->retired.push_back(std::move(handler));
}

Instant Loop::now() const noexcept {
    return state_->now;
}

Status Loop::run_once(std::chrono::milliseconds longest_wait) {
    State& state = *state_;
    state.apply_changes();
    const int wait = state.wait_ms(longest_wait);
    const int count =
        ::epoll_wait(state.epoll, state.ready.data(), static_cast<int>(state.ready.size()), wait);
    if (count < 0 && errno != EINTR)
        return fail(system_error("epoll_wait"));
    state.now = state.time();
    state.dispatch(static_cast<std::size_t>(std::max(count, 0)));
    state.timers.run_due(state.now);
    state.run_deferred();
    for (std::size_t i = 0; i < state.turn_ends.size(); ++i)
        state.turn_ends[i]();
    state.destroy_retired();
    return {};
}

Status Loop::run() {
    while (!state_->stopped)
        SCEP_CHECK(run_once(kLongestWait));
    state_->stopped = false;
    return {};
}

void Loop::stop() noexcept {
    state_->stopped = true;
}

}  // namespace scep::loop
