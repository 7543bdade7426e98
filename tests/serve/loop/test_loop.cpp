#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "serve/loop/loop.hpp"

namespace {

using namespace scep;
using namespace scep::loop;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kNoWait{0};

// A loop whose time stands still until it is moved.
struct Fixture {
    Instant now{};
    std::unique_ptr<Loop> loop = std::move(Loop::create([this] { return now; }).value());

    void turn() { REQUIRE(loop->run_once(kNoWait)); }
};

// One end of a socket pair in the loop; the other in the test's hand.
class Pipe final : public Handler {
  public:
    explicit Pipe(Loop& loop, Want want = Want::Read) : loop_(loop) {
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()) == 0);
        REQUIRE(loop_.add(ends_[0], want, *this));
    }

    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    ~Pipe() override {
        loop_.remove(ends_[0]);
        ::close(ends_[0]);
        hang_up();
    }

    int fd() const noexcept { return ends_[0]; }

    void poke() const { REQUIRE(::write(ends_[1], "x", 1) == 1); }

    void drain() const {
        char c = 0;
        REQUIRE(::read(ends_[0], &c, 1) == 1);
    }

    void hang_up() noexcept {
        if (ends_[1] >= 0)
            ::close(ends_[1]);
        ends_[1] = -1;
    }

    void on_ready() noexcept override {
        ++calls;
        if (action)
            action();
    }

    int calls = 0;
    std::function<void()> action{};

  private:
    Loop& loop_;
    std::array<int, 2> ends_{};
};

TEST_CASE_FIXTURE(Fixture, "a descriptor is reported while it is ready, level-triggered") {
    Pipe pipe(*loop);
    turn();
    CHECK(pipe.calls == 0);
    pipe.poke();
    turn();
    turn();
    CHECK(pipe.calls == 2);
    pipe.drain();
    turn();
    CHECK(pipe.calls == 2);
}

TEST_CASE_FIXTURE(Fixture, "interest can change between reading, writing and nothing") {
    Pipe pipe(*loop, Want::Write);
    turn();
    CHECK(pipe.calls == 1);
    loop->change(pipe.fd(), Want::Read);
    turn();
    CHECK(pipe.calls == 1);
    pipe.poke();
    loop->change(pipe.fd(), Want::Nothing);
    turn();
    CHECK(pipe.calls == 1);
    loop->change(pipe.fd(), Want::Read);
    turn();
    CHECK(pipe.calls == 2);
}

TEST_CASE_FIXTURE(Fixture, "a peer that hangs up does not spin a loop that wants nothing") {
    Pipe pipe(*loop);
    loop->change(pipe.fd(), Want::Nothing);
    turn();
    pipe.hang_up();
    turn();
    bool fired = false;
    const auto timer = loop->at(now + seconds(1), [&] { fired = true; });
    REQUIRE(loop->run_once(milliseconds(1)));  // would return at once, again and again
    CHECK(pipe.calls == 0);
    loop->change(pipe.fd(), Want::Read);
    turn();
    CHECK(pipe.calls == 1);
    CHECK_FALSE(fired);
}

TEST_CASE_FIXTURE(Fixture, "a handler that removes another in the same turn silences it") {
    auto first = std::make_unique<Pipe>(*loop);
    auto second = std::make_unique<Pipe>(*loop);
    int calls = 0;
    first->action = [&] {
        ++calls;
        second.reset();
    };
    second->action = [&] {
        ++calls;
        first.reset();
    };
    first->poke();
    second->poke();
    turn();
    CHECK(calls == 1);
}

TEST_CASE_FIXTURE(Fixture, "a descriptor number that is used again does not inherit an event") {
    auto first = std::make_unique<Pipe>(*loop);
    auto second = std::make_unique<Pipe>(*loop);
    std::unique_ptr<Pipe> later;
    const auto replace = [&](std::unique_ptr<Pipe>& other) {
        if (later)
            return;
        other.reset();
        later = std::make_unique<Pipe>(*loop);  // takes the numbers that are free now
    };
    first->action = [&] { replace(second); };
    second->action = [&] { replace(first); };
    first->poke();
    second->poke();
    turn();
    REQUIRE(later);
    CHECK(later->calls == 0);
}

TEST_CASE_FIXTURE(Fixture, "a handler may retire itself and is destroyed when the turn ends") {
    auto pipe = std::make_unique<Pipe>(*loop);
    Pipe& it = *pipe;
    std::string order;

    struct Last {
        explicit Last(std::string* to) : order(to) {}

        Last(const Last&) = delete;
        Last& operator=(const Last&) = delete;

        ~Last() { *order += "destroyed "; }

        std::string* order;
    };

    it.action = [&, last = std::make_shared<Last>(&order)] {
        loop->retire(std::move(pipe));
        order += "callback ";
    };
    loop->at_turn_end([&] { order += "end "; });
    it.poke();
    turn();
    CHECK(order == "callback end destroyed ");
}

TEST_CASE_FIXTURE(Fixture, "timers run once, in order, and not before their time") {
    std::string order;
    const auto late = loop->at(now + seconds(2), [&] { order += 'c'; });
    const auto early = loop->at(now + seconds(1), [&] { order += 'a'; });
    const auto equal = loop->at(now + seconds(1), [&] { order += 'b'; });
    turn();
    CHECK(order.empty());
    now += seconds(1);
    turn();
    turn();
    CHECK(order == "ab");
    now += seconds(5);
    turn();
    CHECK(order == "abc");
}

TEST_CASE_FIXTURE(Fixture, "a timer is cancelled by its destructor, in an action too") {
    int calls = 0;
    std::unique_ptr<Timer> first;
    std::unique_ptr<Timer> second;
    first = loop->at(now, [&] {
        ++calls;
        first.reset();
        second.reset();
    });
    second = loop->at(now, [&] { ++calls; });
    loop->at(now, [&] { ++calls; }).reset();
    turn();
    CHECK(calls == 1);
}

TEST_CASE_FIXTURE(Fixture, "a timer that sets another for now cannot hold the loop") {
    int calls = 0;
    std::unique_ptr<Timer> timer;
    std::function<void()> again = [&] {
        ++calls;
        timer = loop->at(loop->now(), again);
    };
    timer = loop->at(now, again);
    turn();
    CHECK(calls == 1);
    turn();
    CHECK(calls == 2);
}

TEST_CASE_FIXTURE(Fixture, "a turn is: descriptors, timers, deferred work, end hooks") {
    Pipe pipe(*loop);
    std::string order;
    pipe.action = [&] {
        order += 'r';
        pipe.drain();
        loop->defer([&] {
            order += 'd';
            loop->defer([&] { order += 'D'; });
        });
    };
    const auto timer = loop->at(now, [&] { order += 't'; });
    loop->at_turn_end([&] { order += 'e'; });
    pipe.poke();
    turn();
    CHECK(order == "rtde");
    turn();
    CHECK(order == "rtdeDe");
}

TEST_CASE_FIXTURE(Fixture, "an end hook may add end hooks") {
    int calls = 0;
    loop->at_turn_end([&] {
        for (int i = 0; calls == 0 && i < 100; ++i)
            loop->at_turn_end([&] { ++calls; });
    });
    turn();
    CHECK(calls == 100);
}

TEST_CASE_FIXTURE(Fixture, "deferred work does not wait for a descriptor") {
    bool done = false;
    loop->defer([&] { done = true; });
    REQUIRE(loop->run_once(std::chrono::hours(1)));
    CHECK(done);
}

TEST_CASE_FIXTURE(Fixture, "time is read when the wait ends and then stands for the turn") {
    const Instant before = loop->now();
    now += seconds(3);
    CHECK(loop->now() == before);
    turn();
    CHECK(loop->now() == now);
}

TEST_CASE_FIXTURE(Fixture, "a signal becomes a call from the loop") {
    int calls = 0;
    REQUIRE(loop->on_signal(SIGUSR1, [&] { ++calls; }));
    REQUIRE(loop->on_signal(SIGUSR2, [&] { calls += 10; }));
    REQUIRE(::raise(SIGUSR1) == 0);
    CHECK(calls == 0);
    turn();
    CHECK(calls == 1);
    REQUIRE(::raise(SIGUSR2) == 0);
    turn();
    CHECK(calls == 11);
}

TEST_CASE("run ends with stop, whoever says it and when") {
    auto loop = std::move(Loop::create().value());
    loop->stop();
    REQUIRE(loop->run());
    const auto timer = loop->at(loop->now() + milliseconds(1), [&] { loop->stop(); });
    REQUIRE(loop->run());
}

TEST_CASE("a descriptor that epoll does not take is an Io error") {
    auto loop = std::move(Loop::create().value());

    class Nobody final : public Handler {
        void on_ready() noexcept override {}
    } nobody;

    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    const Status added = loop->add(::fileno(file), Want::Read, nobody);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == Errc::Io);
    CHECK(to_text(added.error()) == "epoll_ctl: operation not permitted");
    REQUIRE(std::fclose(file) == 0);
}

TEST_CASE("a write to a peer that has gone does not end the process") {
    auto loop = std::move(Loop::create().value());
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    ::close(ends[1]);
    CHECK(::write(ends[0], "x", 1) == -1);
    ::close(ends[0]);
}

}  // namespace
