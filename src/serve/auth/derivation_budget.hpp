// How much deriving of keys from passwords a profile lets strangers cost: whoever sends a message
// names the number of PBKDF2 iterations, and nothing is authenticated before they are done
// (SECURITY rule S06).
#pragma once

#include <cstdint>
#include <string>

#include "core/base/limits.hpp"
#include "serve/auth/rate_limit.hpp"

namespace scep::auth {

class DerivationBudget {
  public:
    using Instant = RateLimit::Instant;

    // `sharers` profiles of one server derive keys: each has its share of what the loop may spend.
    explicit DerivationBudget(std::int64_t sharers = 1)
        : of_profile_(limits::kDerivationsOfProfile, limits::kDerivationOfProfileEvery * sharers) {}

    // True, and counted, while both the client and the profile have these iterations left. What a
    // client is refused for its own budget costs the profile's none.
    bool take(const std::string& client_address, std::uint32_t iterations, Instant now);

  private:
    RateLimit of_client_{limits::kDerivationsOfAddress, limits::kDerivationOfAddressEvery};
    RateLimit of_profile_;
};

}  // namespace scep::auth
