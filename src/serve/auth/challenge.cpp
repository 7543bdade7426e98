#include "serve/auth/challenge.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/crypto/system_random.hpp"

namespace scep::auth {

namespace {

constexpr std::size_t kKeySize = 32;  // octets

std::array<std::uint8_t, 32> keyed_digest(Bytes key, Bytes secret) {
    std::array<std::uint8_t, 32> out{};
    unsigned size = 0;
    HMAC(EVP_sha256(),
         key.data(),
         static_cast<int>(key.size()),
         secret.data(),
         secret.size(),
         out.data(),
         &size);
    return out;
}

}  // namespace

std::string_view to_text(ChallengeVerdict verdict) noexcept {
    switch (verdict) {
        case ChallengeVerdict::Accepted:
            return "challenge accepted";
        case ChallengeVerdict::Missing:
            return "challenge missing";
        case ChallengeVerdict::Wrong:
            break;
    }
    return "challenge wrong";
}

// The key is fresh in each process: a digest that leaks cannot be searched offline.
StaticChallenge::StaticChallenge(Bytes secret) : key_(kKeySize) {
    crypto::SystemRandom().fill(key_);
    expected_ = keyed_digest(key_, secret);
}

ChallengeVerdict StaticChallenge::check(const x509::CertificationRequest& request) const {
    const std::optional<x509::ChallengePassword>& given = request.challenge();
    const std::array<std::uint8_t, 32> digest =
        keyed_digest(key_, given ? Bytes(given->value) : Bytes{});
    const bool same = equal_constant_time(digest, expected_);
    if (!given)
        return ChallengeVerdict::Missing;
    return same ? ChallengeVerdict::Accepted : ChallengeVerdict::Wrong;
}

}  // namespace scep::auth
