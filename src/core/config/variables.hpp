// The names of the environment variables, certctl's: which setting each of them sets. Those of
// profiles are made from the profile's name and its setting's:
// CERTCTL_SCEP_PROFILE_<NAME>_<SETTING>.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/settings.hpp"

namespace scep::config {

inline constexpr std::string_view kOurs = "CERTCTL_";
inline constexpr std::string_view kScep = "CERTCTL_SCEP_";
inline constexpr std::string_view kProfilePrefix = "CERTCTL_SCEP_PROFILE_";
inline constexpr std::string_view kProfiles = "CERTCTL_SCEP_PROFILES";
inline constexpr std::string_view kEnabled = "CERTCTL_SCEP_ENABLED";
inline constexpr std::string_view kHost = "CERTCTL_SERVER_HOST";
inline constexpr std::string_view kPort = "CERTCTL_SERVER_PORT";
inline constexpr std::string_view kFlatProfileId = "CERTCTL_SCEP_PROFILE_ID";
inline constexpr std::string_view kIntune = "intune_";

// A variable that sets one setting by itself.
struct Variable {
    std::string_view name;
    std::string_view table;  // "server.rate_limit"; of the one flat profile when empty
    std::string_view key;
    Kind kind = Kind::Text;
};

std::span<const Variable> variables() noexcept;

// Whether the name means something, that of a profile's setting aside.
bool is_variable(std::string_view name);

// The setting of a profile's table; nullptr when there is none, or a table.
const Setting* profile_setting(std::string_view name);

// The two spellings of a profile's name in its variables, underscores first: POSIX shells cannot
// export a hyphen.
std::array<std::string, 2> prefixes_of(std::string_view profile);

struct Owner {
    const std::string* profile = nullptr;  // borrowed
    std::string key{};                     // "issuer_id"

    std::size_t prefix_size(std::string_view variable) const noexcept {
        return profile == nullptr ? 0 : variable.size() - key.size();
    }
};

// Whose setting a variable is: of several profiles whose names begin it, the longest that leaves
// the name of a setting. No profile when none begins it.
Owner owner_of(std::string_view variable, const std::vector<std::string>& profiles);

// The name that was meant by a misspelt one; empty when nothing is near. `key` is the end of a
// profile's variable.
std::string nearest_variable(std::string_view variable);
std::string nearest_profile_variable(std::string_view variable, std::string_view key);

}  // namespace scep::config
