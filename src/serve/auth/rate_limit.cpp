#include "serve/auth/rate_limit.hpp"

#include <algorithm>
#include <utility>

#include "core/base/limits.hpp"

namespace scep::auth {

RateLimit::RateLimit(std::int64_t burst, Duration every) noexcept
    : every_(every), whole_(every * burst) {}

RateLimit::Instant RateLimit::full_at(const IpAddress& key, Instant now) const {
    for (const Buckets* buckets : {&recent_, &older_})
        if (const auto found = buckets->find(key); found != buckets->end())
            return std::max(found->second, now);
    return now;
}

bool RateLimit::has(const IpAddress& address, Instant now, std::int64_t count) const {
    return full_at(client_of(address), now) + count * every_ - now <= whole_;
}

bool RateLimit::take(const IpAddress& address, Instant now, std::int64_t count) {
    const IpAddress key = client_of(address);
    const Instant full = full_at(key, now) + count * every_;
    if (full - now > whole_)
        return false;
    recent_.insert_or_assign(key, full);
    if (recent_.size() > limits::kMaxRateClients / 2) {
        older_ = std::exchange(recent_, {});
    }
    return true;
}

}  // namespace scep::auth
