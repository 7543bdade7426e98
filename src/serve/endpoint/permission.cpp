#include "serve/endpoint/permission.hpp"

#include <utility>

#include <fmt/format.h>

#include "serve/auth/one_time.hpp"

namespace scep::endpoint {

namespace {

// A challenge that was minted for some subjects opens the door to these alone.
x509::CertificateProfile narrowed(x509::CertificateProfile profile,
                                  const store::OneTimeChallenge& challenge) {
    if (!challenge.subject_pattern.empty())
        profile.subject_pattern = challenge.subject_pattern;
    if (!challenge.san_pattern.empty())
        profile.san_pattern = challenge.san_pattern;
    return profile;
}

ChallengeAnswer answer_of(auth::OneTimeAnswer&& found) {
    ChallengeAnswer out{.accepted = found.verdict == auth::OneTimeVerdict::Good,
                        .text = std::string(auth::to_text(found.verdict))};
    if (found.verdict == auth::OneTimeVerdict::Spent)
        out.reuse = {found.challenge.last_used_by, found.challenge.last_serial};
    if (out.accepted) {
        out.text += fmt::format(", challenge {}", found.challenge.id);
        out.one_time = std::move(found.challenge);
    }
    return out;
}

}  // namespace

Refusal bad_challenge(std::string reason) {
    return bad_request("the challenge is missing or not accepted", std::move(reason));
}

Result<ChallengeAnswer> check_challenge(const ProfileSnapshot& profile,
                                        const Circumstances& circumstances,
                                        const x509::CertificationRequest& request) {
    const auth::ChallengeVerdict verdict = profile.challenge->check(request);
    if (verdict != auth::ChallengeVerdict::Wrong)
        return ChallengeAnswer{.accepted = verdict == auth::ChallengeVerdict::Accepted,
                               .missing = verdict == auth::ChallengeVerdict::Missing,
                               .text = std::string(auth::to_text(verdict))};
    SCEP_TRY(
        found,
        auth::look_up(circumstances.view, request, profile.settings.path_id, circumstances.now));
    return answer_of(std::move(found));
}

Granted grant_for(const ProfileSnapshot& profile,
                  const x509::CertificationRequest& request,
                  const crypto::PublicKey& key,
                  const std::optional<store::OneTimeChallenge>& one_time) {
    Result<x509::Grant> grant = x509::apply_profile(profile.certificate_profile, request, key);
    if (!grant)
        return {.refusal = against_policy(grant.error())};
    if (one_time) {
        const Result<x509::Grant> fits =
            x509::apply_profile(narrowed(profile.certificate_profile, *one_time), request, key);
        if (!fits)
            return {.refusal = bad_challenge(fmt::format("the one-time challenge is for others: {}",
                                                         to_text(fits.error())))};
    }
    return {.grant = *std::move(grant)};
}

}  // namespace scep::endpoint
