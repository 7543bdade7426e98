#include "serve/auth/derivation_budget.hpp"

namespace scep::auth {

bool DerivationBudget::take(const std::string& client_address,
                            std::uint32_t iterations,
                            Instant now) {
    const IpAddress client = parse_ip(client_address).value_or(IpAddress{});
    const std::int64_t cost = (iterations + limits::kDerivation - 1) / limits::kDerivation;
    return of_client_.has(client, now, cost) && of_profile_.take(IpAddress{}, now, cost) &&
           of_client_.take(client, now, cost);
}

}  // namespace scep::auth
