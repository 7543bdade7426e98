// How many refusals are written down one by one; the rest is counted (SECURITY rule S24).
#pragma once

#include <cstdint>
#include <string>

#include "core/base/limits.hpp"
#include "serve/auth/rate_limit.hpp"

namespace scep::serve {

class RefusalQuota {
  public:
    // Whether the next refusal of this address is written.
    bool take(const std::string& address, auth::RateLimit::Instant now) {
        const IpAddress client = parse_ip(address).value_or(IpAddress{});
        return each_.take(client, now) && all_.take(IpAddress{}, now);
    }

  private:
    auth::RateLimit each_{limits::kRefusalRows, limits::kRefusalRowEvery};
    auth::RateLimit all_{limits::kAllRefusalRows, limits::kAllRefusalRowsEvery};
};

}  // namespace scep::serve
