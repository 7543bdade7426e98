// Who may have what, for both forms of a request: the challenge that lets it in, and the policy of
// the profile over what it asks for. Used inside this room only.
#pragma once

#include "serve/endpoint/decide.hpp"

namespace scep::endpoint {

struct ChallengeAnswer {
    bool accepted = false;
    bool missing = false;                               // there is none; a wrong one is neither
    std::string text{};                                 // for audit and log: "challenge wrong"
    std::optional<store::OneTimeChallenge> one_time{};  // the one that is spent when it is accepted
    std::optional<ChallengeReuse> reuse{};
};

// The profile's own challenge, then the one-time ones. Store.
Result<ChallengeAnswer> check_challenge(const ProfileSnapshot& profile,
                                        const Circumstances& circumstances,
                                        const x509::CertificationRequest& request);

// What the certificate profile grants, and the bounds of the one-time challenge allow; else why
// not.
struct Granted {
    x509::Grant grant{};
    std::optional<Refusal> refusal{};
};

Granted grant_for(const ProfileSnapshot& profile,
                  const x509::CertificationRequest& request,
                  const crypto::PublicKey& key,
                  const std::optional<store::OneTimeChallenge>& one_time);

// The same when the peer has to be told that the challenge is not good.
Refusal bad_challenge(std::string reason);

}  // namespace scep::endpoint
