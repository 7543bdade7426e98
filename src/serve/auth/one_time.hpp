// One-time challenges: minted by the operator, kept as digests (SECURITY rule S14, RFC 8894
// section 7.3).
#pragma once

#include <optional>

#include "core/x509/request.hpp"
#include "serve/store/view.hpp"

namespace scep::auth {

enum class OneTimeVerdict : std::uint8_t {
    Unknown,  // no such challenge, or it is of another profile
    Good,
    Spent,  // shown after its last use
    Expired,
    Revoked
};

struct OneTimeAnswer {
    OneTimeVerdict verdict = OneTimeVerdict::Unknown;
    store::OneTimeChallenge challenge{};  // unless Unknown
};

// What is known of the challenge in a request; Unknown without one. Store.
Result<OneTimeAnswer> look_up(const store::View& view,
                              const x509::CertificationRequest& request,
                              std::string_view profile,
                              TimePoint now);

std::string_view to_text(OneTimeVerdict verdict) noexcept;  // "one-time challenge expired"

}  // namespace scep::auth
