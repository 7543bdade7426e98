// The two questions about dates that rules of every certificate ask.
#pragma once

#include <optional>
#include <string>

#include "core/check/rule.hpp"

namespace scep::check {

// "expired: notAfter was ..." or "not valid yet: ..."; nullopt when valid at `now`.
std::optional<std::string> invalidity(const x509::Certificate& certificate, TimePoint now);

// "expires in 12 days, ..."; nullopt when it lasts longer than `min_remaining` or is not valid now.
std::optional<std::string> nearing_expiry(const x509::Certificate& certificate, const Facts& facts);

}  // namespace scep::check
