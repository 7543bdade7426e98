#include "serve/auth/rate_limit.hpp"

#include <algorithm>
#include <utility>

#include "core/base/limits.hpp"

namespace scep::auth {

namespace {

constexpr std::size_t kClientOctets = 8;  // of an IPv6 address: the /64

IpAddress client_of(IpAddress address) noexcept {
    if (!address.is_v4())
        std::fill(address.octets.begin() + kClientOctets, address.octets.end(), 0);
    return address;
}

}  // namespace

RateLimit::RateLimit(std::int64_t burst, Duration every) noexcept
    : every_(every), spread_(every * (burst - 1)) {}

RateLimit::Instant RateLimit::full_at(const IpAddress& key, Instant now) const {
    for (const Buckets* buckets : {&recent_, &older_})
        if (const auto found = buckets->find(key); found != buckets->end())
            return std::max(found->second, now);
    return now;
}

bool RateLimit::has(const IpAddress& address, Instant now) const {
    return full_at(client_of(address), now) - now <= spread_;
}

bool RateLimit::take(const IpAddress& address, Instant now) {
    const IpAddress key = client_of(address);
    const Instant full = full_at(key, now);
    if (full - now > spread_)
        return false;
    recent_.insert_or_assign(key, full + every_);
    if (recent_.size() > limits::kMaxRateClients / 2) {
        older_ = std::exchange(recent_, {});
    }
    return true;
}

}  // namespace scep::auth
