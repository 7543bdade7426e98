#include "serve/auth/one_time.hpp"

#include "core/crypto/keys.hpp"

namespace scep::auth {

namespace {

OneTimeVerdict judge(const store::OneTimeChallenge& challenge, TimePoint now) {
    if (challenge.revoked_at)
        return OneTimeVerdict::Revoked;
    if (challenge.used >= challenge.uses)
        return OneTimeVerdict::Spent;
    return now >= challenge.expires_at ? OneTimeVerdict::Expired : OneTimeVerdict::Good;
}

}  // namespace

// The database compares digests of secrets with 128 bits and more: how far a comparison came says
// nothing about any of them.
Result<OneTimeAnswer> look_up(const store::View& view,
                              const x509::CertificationRequest& request,
                              std::string_view profile,
                              TimePoint now) {
    if (!request.challenge())
        return OneTimeAnswer{};
    SCEP_TRY(found, view.challenge(crypto::sha256(request.challenge()->value)));
    if (!found || found->profile != profile)
        return OneTimeAnswer{};
    return OneTimeAnswer{.verdict = judge(*found, now), .challenge = *std::move(found)};
}

std::string_view to_text(OneTimeVerdict verdict) noexcept {
    switch (verdict) {
        case OneTimeVerdict::Unknown:
            return "challenge wrong";
        case OneTimeVerdict::Good:
            return "one-time challenge accepted";
        case OneTimeVerdict::Spent:
            return "one-time challenge used again";
        case OneTimeVerdict::Expired:
            return "one-time challenge expired";
        case OneTimeVerdict::Revoked:
            break;
    }
    return "one-time challenge revoked";
}

}  // namespace scep::auth
