// Strangers cannot fill the disk or the log: past a quota of their sender refusals are counted, not
// written down one by one (SECURITY rule S24).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/base/limits.hpp"
#include "serve/auth/rate_limit.hpp"
#include "serve/endpoint/endpoint.hpp"
#include "serve/loop/loop.hpp"

namespace scep::serve {

class Refusals {
  public:
    // What was only counted.
    struct Counted {
        std::uint64_t unlogged = 0;
        std::map<std::string, std::uint64_t> unrecorded{};  // audit rows by path_id
    };

    // `on_due` is called kRefusalSummary after the first that was only counted; it calls take().
    Refusals(loop::Loop& loop, std::function<void()> on_due)
        : loop_(loop), on_due_(std::move(on_due)) {}

    // Whether the next line about a request of this address that issued nothing is logged; counted
    // when it is not. Those that were answered hide none that was refused.
    enum class Line : std::uint8_t { Answered, Refused };
    bool may_log(Line line, const std::string& address);
    // Takes the audit row out of an outcome that is only counted: of a refusal, a poll or a repeat.
    void spare_row(endpoint::Outcome& outcome, const std::string& address);
    Counted take();
    // Of a row that was not committed.
    void put_back(const std::string& path_id, std::uint64_t count);

    bool pending() const noexcept { return counted_.unlogged != 0 || !counted_.unrecorded.empty(); }

  private:
    class Quota {
      public:
        bool take(const std::string& address, loop::Instant now);

      private:
        auth::RateLimit each_{limits::kRefusalRows, limits::kRefusalRowEvery};
        auth::RateLimit all_{limits::kAllRefusalRows, limits::kAllRefusalRowsEvery};
    };

    void arm();

    loop::Loop& loop_;
    std::function<void()> on_due_;
    Quota answered_{}, refused_{}, rows_{};
    Counted counted_{};
    std::unique_ptr<loop::Timer> due_{};
};

}  // namespace scep::serve
