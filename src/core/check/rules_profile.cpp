// Rules about profiles and their challenges. Nothing of a challenge is shown, not even its length
// (SECURITY rule S14).
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/escape.hpp"
#include "core/base/strength.hpp"
#include "core/check/rule.hpp"

namespace scep::check {

namespace {

constexpr unsigned kGroupAndOthers = 077;

Where setting(const Deployment& deployment, const config::Profile& profile, std::string_view key) {
    return deployment.config.place_of("scep." + profile.name, key);
}

Where place_of_challenge(const Deployment& deployment, const config::Profile& profile) {
    if (!profile.challenge_password_file.empty())
        return {.source = profile.challenge_password_file.string()};
    return setting(deployment, profile, "challenge_password");
}

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kPrintablePunctuation = " '()+,-./:=?";

bool holds(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

bool is_printable_string(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return holds(kLower, c) || holds(kUpper, c) || holds(kDigits, c) ||
               holds(kPrintablePunctuation, c);
    });
}

}  // namespace

void check_profile_present(const Facts& facts, Reporter& out) {
    if (facts.deployment.profiles.empty())
        out.add(kServer,
                {.source = facts.deployment.config.path.string()},
                "no SCEP profile is configured",
                "add a table [scep.NAME]");
}

void check_profile_issuer(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (profile.issuer >= facts.deployment.issuers.size())
            out.add(
                profile.settings.path_id,
                setting(facts.deployment, profile.settings, "issuer_id"),
                fmt::format("there is no [issuer.{}]", escape_text(profile.settings.issuer_id)));
}

void check_certificate_profile(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles) {
        const std::string& id = profile.settings.profile_id;
        if (!id.empty() && facts.deployment.config.certificate_profile(id) == nullptr)
            out.add(profile.settings.path_id,
                    setting(facts.deployment, profile.settings, "profile_id"),
                    fmt::format("there is no [certificate_profile.{}]", escape_text(id)));
    }
}

void check_challenge_printable(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (!is_printable_string(as_text(profile.challenge)))
            out.add(profile.settings.path_id,
                    place_of_challenge(facts.deployment, profile.settings),
                    "the challenge does not fit a PrintableString, which is all that some clients "
                    "can send",
                    "use letters and digits");
}

void check_challenge_strength(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (!profile.challenge.empty() && estimated_bits(as_text(profile.challenge)) < kStrongBits)
            out.add(profile.settings.path_id,
                    place_of_challenge(facts.deployment, profile.settings),
                    "the challenge looks guessable: less than 128 bits by its letters and length",
                    "openssl rand -hex 16 makes a strong one");
}

// A challenge inside the configuration is as public as that file.
void check_challenge_in_file(const Facts& facts, Reporter& out) {
    const unsigned mode = facts.deployment.state.configuration_mode.value_or(0);
    if ((mode & kGroupAndOthers) == 0)
        return;
    const std::string file = facts.deployment.config.path.string();
    for (const LoadedProfile& profile : facts.deployment.profiles) {
        const Where place = setting(facts.deployment, profile.settings, "challenge_password");
        if (!profile.settings.challenge_password.empty() && place.source == file)
            out.add(profile.settings.path_id,
                    place,
                    fmt::format("holds a challenge while the mode of the file is {:04o}, want 0600",
                                mode),
                    fmt::format("chmod 0600 {}, or use challenge_password_file", shell_word(file)));
    }
}

// Whoever holds it for one endpoint can enrol at the other, under that one's rules.
void check_challenge_shared(const Facts& facts, Reporter& out) {
    const std::vector<LoadedProfile>& profiles = facts.deployment.profiles;
    for (std::size_t i = 0; i < profiles.size(); ++i) {
        const auto twin = std::ranges::find_if(
            profiles.begin(), profiles.begin() + static_cast<std::ptrdiff_t>(i), [&](auto& other) {
                return !other.challenge.empty() && other.challenge == profiles[i].challenge;
            });
        if (twin != profiles.begin() + static_cast<std::ptrdiff_t>(i))
            out.add(
                profiles[i].settings.path_id,
                place_of_challenge(facts.deployment, profiles[i].settings),
                fmt::format("is also the challenge of {}", endpoint_text(twin->settings.path_id)),
                "give each profile a challenge of its own: openssl rand -hex 16 makes one");
    }
}

// S08: a captured envelope can be wrapped again by a stranger, but Apple's devices need the leave.
void check_signer_key(const Facts& facts, Reporter& out) {
    if (!applies_to_devices_of_their_own_key(facts, nullptr))
        return;
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (!profile.settings.require_signer_key)
            out.add(profile.settings.path_id,
                    setting(facts.deployment, profile.settings, "require_signer_key"),
                    facts.clients.empty()
                        ? "a stranger can wrap a captured request again, and spend its challenge"
                        : "none of the named clients needs this off, and a stranger can wrap a "
                          "captured request again",
                    "require_signer_key = true, unless Apple's devices enrol here");
}

void check_legacy_algorithms(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (!profile.settings.allow_legacy.empty())
            out.add(profile.settings.path_id,
                    setting(facts.deployment, profile.settings, "allow_legacy"),
                    fmt::format("{} can be used by every client of this profile",
                                fmt::join(profile.settings.allow_legacy, ", ")),
                    "keep old devices in a profile of their own, and empty the list once they "
                    "are gone");
}

// A client that demands a staple where nobody answers OCSP refuses the certificate.
void check_must_staple(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles) {
        const config::Issuer* issuer = facts.deployment.config.issuer(profile.settings.issuer_id);
        if (profile.certificate_profile.must_staple && issuer != nullptr &&
            issuer->ocsp_url.empty())
            out.add(profile.settings.path_id,
                    facts.deployment.config.place_of("issuer." + issuer->id, "ocsp_url"),
                    fmt::format("is not set, while certificate profile {} says must_staple",
                                profile.certificate_profile.name),
                    "set ocsp_url, or must_staple = false");
    }
}

}  // namespace scep::check
