// Who may enrol: the static challenge of a profile (SECURITY rule S14).
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "core/base/secret.hpp"
#include "core/x509/request.hpp"

namespace scep::auth {

enum class ChallengeVerdict : std::uint8_t { Accepted, Missing, Wrong };
std::string_view to_text(
    ChallengeVerdict verdict) noexcept;  // for audit and log: "challenge wrong"

// Holds a keyed digest of the secret, not the secret; compares digests of fixed length in constant
// time.
class StaticChallenge {
  public:
    explicit StaticChallenge(Bytes secret);

    ChallengeVerdict check(const x509::CertificationRequest& request) const;

  private:
    SecretBytes key_;
    std::array<std::uint8_t, 32> expected_{};
};

}  // namespace scep::auth
