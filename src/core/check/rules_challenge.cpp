// Rules about challenges. Nothing of a challenge is shown, not even its length (SECURITY rule S14).
#include <algorithm>

#include <fmt/format.h>

#include "core/base/entropy.hpp"
#include "core/base/escape.hpp"
#include "core/check/rule.hpp"

namespace scep::check {

namespace {

constexpr unsigned kGroupAndOthers = 077;
constexpr std::string_view kPrintable =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 '()+,-./:=?";

Where setting(const Deployment& deployment, const config::Profile& profile, std::string_view key) {
    return deployment.config.place_of("scep." + profile.name, key);
}

Where place_of_challenge(const Deployment& deployment, const config::Profile& profile) {
    if (!profile.challenge_password_file.empty())
        return {.source = profile.challenge_password_file.string()};
    return setting(deployment, profile, "challenge_password");
}

bool is_printable_string(std::string_view text) {
    return text.find_first_not_of(kPrintable) == std::string_view::npos;
}

// What the environment opened, the environment closes.
std::string hint_of_raw_csr(const config::Profile& profile) {
    if (profile.line != 0)
        return {};
    return fmt::format("{}=false, unless certctl's own clients enrol here",
                       config::variable_for(fmt::format("scep.{}.raw_csr", profile.name)));
}

bool has_challenge_setting(const config::Profile& profile) {
    return !profile.challenge_password.empty() || !profile.challenge_password_file.empty();
}

}  // namespace

bool applies_to_wanted_challenge(const Facts& /*facts*/, const LoadedProfile* profile) {
    return wants_challenge(profile->settings);
}

bool applies_to_password_recipients(const Facts& /*facts*/, const LoadedProfile* profile) {
    return profile->settings.password_recipients;
}

// Where an operator decides on every request, or mints every challenge, there may be none.
bool wants_challenge(const config::Profile& profile) noexcept {
    const bool automatic = profile.approval == config::Approval::Automatic;
    return (automatic && !profile.one_time_challenges_only) || has_challenge_setting(profile);
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
        if (!profile.challenge.empty() && most_bits(as_text(profile.challenge)) < kStrongBits)
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

// S06: whoever records a message tries challenges on it at home, as many as he can.
void check_password_recipients(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles) {
        const config::Profile& settings = profile.settings;
        if (!settings.password_recipients)
            continue;
        if (!wants_challenge(settings))
            out.add(settings.path_id,
                    setting(facts.deployment, settings, "password_recipients"),
                    "is on, and there is no challenge for messages to be opened by");
        else if (!profile.challenge.empty() && least_bits(as_text(profile.challenge)) < kStrongBits)
            out.add(settings.path_id,
                    place_of_challenge(facts.deployment, settings),
                    "the challenge may have less than 128 bits, and password_recipients lets "
                    "whoever records a message guess it offline");
    }
}

void check_raw_csr(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (profile.settings.raw_csr)
            out.add(profile.settings.path_id,
                    setting(facts.deployment, profile.settings, "raw_csr"),
                    "a request without an envelope carries the challenge unencrypted inside TLS, "
                    "and whoever guesses spends the failures of all such clients",
                    hint_of_raw_csr(profile.settings));
}

}  // namespace scep::check
