// Timers in the order they are due.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "serve/loop/loop.hpp"

namespace scep::loop {

class Timers {
  public:
    std::unique_ptr<Timer> add(Instant when, std::function<void()> action);

    std::optional<Instant> next() const noexcept;

    // Those armed before the call and due at `now`: one that arms another for `now` cannot hold the
    // loop. An action may cancel and add any.
    void run_due(Instant now);

  private:
    using Key = std::pair<Instant, std::uint64_t>;  // the number tells equal instants apart
    using Queue = std::map<Key, std::function<void()>>;
    class Armed;

    Queue queue_{};
    std::uint64_t last_number_ = 0;
};

}  // namespace scep::loop
