// Rules about waiting, repeating and renewing.
#include <array>

#include <fmt/format.h>

#include "core/check/rule.hpp"

namespace scep::check {

namespace {

constexpr std::chrono::hours kDay{24};

Where setting(const Facts& facts, const LoadedProfile& profile, std::string_view key) {
    return facts.deployment.config.place_of("scep." + profile.settings.name, key);
}

}  // namespace

std::string duration_text(Seconds duration) {
    struct Unit {
        Seconds size;
        std::string_view name;
    };

    constexpr std::array kUnits{Unit{kDay, "days"},
                                Unit{std::chrono::hours(1), "hours"},
                                Unit{std::chrono::minutes(1), "minutes"}};
    for (const Unit& unit : kUnits)
        if (duration >= unit.size && duration % unit.size == Seconds::zero())
            return fmt::format("{} {}", duration / unit.size, unit.name);
    return fmt::format("{} seconds", duration.count());
}

bool applies_to_renewal_window(const Facts& /*facts*/, const LoadedProfile* profile) {
    return profile->settings.renewal_window.has_value();
}

bool applies_to_repeat_window(const Facts& /*facts*/, const LoadedProfile* profile) {
    return profile->settings.repeat_window != Seconds::zero();
}

void check_approval(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (profile.settings.approval == config::Approval::Manual)
            out.add(profile.settings.path_id,
                    setting(facts, profile, "approval"),
                    fmt::format("every request waits for an operator, {} at most: devices have to "
                                "ask again until then, and not all do",
                                duration_text(profile.settings.pending_ttl)));
}

void check_renewal_window(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles) {
        const std::optional<Seconds>& window = profile.settings.renewal_window;
        const Seconds life = profile.certificate_profile.max_ttl;
        if (window && *window > life)
            out.add(profile.settings.path_id,
                    setting(facts, profile, "renewal_window"),
                    fmt::format("is {}, and certificates live {}: each can renew itself from its "
                                "first day",
                                duration_text(*window),
                                duration_text(life)));
    }
}

void check_repeat_window(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (profile.settings.repeat_window > kDay)
            out.add(profile.settings.path_id,
                    setting(facts, profile, "repeat_window"),
                    fmt::format("for {} whoever repeats a recorded request gets its certificate "
                                "again",
                                duration_text(profile.settings.repeat_window)));
}

}  // namespace scep::check
