// How often somebody may: a bucket for each address that refills at a steady rate.
#pragma once

#include <chrono>
#include <map>

#include "core/base/network.hpp"

namespace scep::auth {

class RateLimit {
  public:
    using Instant = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    // `burst` at once, then one in `every`.
    RateLimit(std::int64_t burst, Duration every) noexcept;

    // True, and counted, while the bucket of this address has `count` left; an address stands for
    // its client_of().
    bool take(const IpAddress& address, Instant now, std::int64_t count = 1);
    // The same without counting.
    bool has(const IpAddress& address, Instant now, std::int64_t count = 1) const;

    std::size_t size() const noexcept { return recent_.size() + older_.size(); }

  private:
    // When the bucket is full again, which is all there is to know of one (GCRA).
    using Buckets = std::map<IpAddress, Instant>;

    Instant full_at(const IpAddress& key, Instant now) const;

    Duration every_, whole_;
    // The addresses of late, and those before them: what is in neither has a full bucket, or had
    // one so many addresses ago that it is forgotten.
    Buckets recent_{}, older_{};
};

}  // namespace scep::auth
