#include "serve/loop/timers.hpp"

namespace scep::loop {

// Knows its key only, so it makes no difference whether the action has run or not.
class Timers::Armed final : public Timer {
  public:
    Armed(Queue& queue, const Key& key) noexcept : queue_(queue), key_(key) {}

    Armed(const Armed&) = delete;
    Armed& operator=(const Armed&) = delete;

    ~Armed() override { queue_.erase(key_); }

  private:
    Queue& queue_;
    Key key_;
};

std::unique_ptr<Timer> Timers::add(Instant when, std::function<void()> action) {
    const Key key(when, ++last_number_);
    auto armed = std::make_unique<Armed>(queue_, key);
    queue_.emplace(key, std::move(action));
    return armed;
}

std::optional<Instant> Timers::next() const noexcept {
    if (queue_.empty())
        return {};
    return queue_.begin()->first.first;
}

void Timers::run_due(Instant now) {
    const std::uint64_t newest = last_number_;
    auto due = queue_.begin();
    while (due != queue_.end() && due->first.first <= now) {
        const Key key = due->first;
        if (key.second <= newest) {
            const auto action = std::move(due->second);
            queue_.erase(due);
            action();
        }
        due = queue_.upper_bound(key);
    }
}

}  // namespace scep::loop
