#include "core/config/variables.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "core/base/suggest.hpp"
#include "core/config/config.hpp"
#include "core/config/variable_text.hpp"

namespace scep::config {

namespace {

constexpr std::array kVariables{
    Variable{"CERTCTL_SERVER_TLS_CERT_PATH", "server", "tls_cert_path"},
    Variable{"CERTCTL_SERVER_TLS_KEY_PATH", "server", "tls_key_path"},
    Variable{"CERTCTL_MAX_BODY_SIZE", "server", "max_body_size", Kind::Number},
    Variable{"CERTCTL_SCEP_STATE_PATH", "server", "state_path"},
    Variable{"CERTCTL_SCEP_AUDIT_KEY_PATH", "server", "audit_key_path"},
    Variable{"CERTCTL_TRUSTED_PROXY_ENABLED", "server.trusted_proxy", "enabled", Kind::Flag},
    Variable{"CERTCTL_TRUSTED_PROXY_CIDRS", "server.trusted_proxy", "cidrs", Kind::List},
    Variable{"CERTCTL_RATE_LIMIT_ENABLED", "server.rate_limit", "enabled", Kind::Flag},
    Variable{"CERTCTL_RATE_LIMIT_RPS", "server.rate_limit", "rps", Kind::Number},
    Variable{"CERTCTL_RATE_LIMIT_BURST", "server.rate_limit", "burst", Kind::Number},
    Variable{"CERTCTL_CA_CERT_PATH", "issuer.iss-local", "ca_cert_path"},
    Variable{"CERTCTL_CA_KEY_PATH", "issuer.iss-local", "ca_key_path"},
    Variable{"CERTCTL_SCEP_ISSUER_ID", "", "issuer_id"},
    Variable{kFlatProfileId, "", "profile_id"},
    Variable{"CERTCTL_SCEP_CHALLENGE_PASSWORD", "", "challenge_password"},
    Variable{"CERTCTL_SCEP_RA_CERT_PATH", "", "ra_cert_path"},
    Variable{"CERTCTL_SCEP_RA_KEY_PATH", "", "ra_key_path"},
};

// What sets more than one setting, or none: the first is read by the command line.
constexpr std::array<std::string_view, 5> kOthers{
    "CERTCTL_SCEP_CONFIG", kProfiles, kEnabled, kHost, kPort};

bool is_known(std::string_view key) {
    return profile_setting(key) != nullptr || key.starts_with(kIntune);
}

}  // namespace

std::span<const Variable> variables() noexcept {
    return kVariables;
}

bool is_variable(std::string_view name) {
    return std::ranges::find(kOthers, name) != kOthers.end() ||
           std::ranges::find(kVariables, name, &Variable::name) != kVariables.end();
}

const Setting* profile_setting(std::string_view name) {
    const auto found = std::ranges::find(kProfileSettings, name, &Setting::name);
    return found == kProfileSettings.end() || found->kind == Kind::Table ? nullptr : &*found;
}

std::array<std::string, 2> prefixes_of(std::string_view profile) {
    const std::string upper = to_upper(profile);
    std::string plain = upper;
    std::ranges::replace(plain, '-', '_');
    return {fmt::format("{}{}_", kProfilePrefix, plain),
            fmt::format("{}{}_", kProfilePrefix, upper)};
}

Owner owner_of(std::string_view variable, const std::vector<std::string>& profiles) {
    Owner best;
    for (const std::string& profile : profiles)
        for (const std::string& prefix : prefixes_of(profile)) {
            if (!variable.starts_with(prefix))
                continue;
            const Owner found{&profile, to_lower(variable.substr(prefix.size()))};
            if (std::tuple(is_known(found.key), prefix.size()) >
                std::tuple(is_known(best.key), best.prefix_size(variable)))
                best = found;
        }
    return best;
}

std::string nearest_variable(std::string_view variable) {
    std::vector<std::string_view> names(kOthers.begin(), kOthers.end());
    for (const Variable& known : kVariables)
        names.push_back(known.name);
    return std::string(nearest(variable, names));
}

std::string nearest_profile_variable(std::string_view variable, std::string_view key) {
    std::vector<std::string_view> names;
    for (const Setting& setting : kProfileSettings)
        names.push_back(setting.name);
    const std::string_view near = nearest(key, names);
    if (near.empty())
        return {};
    return fmt::format("{}{}", variable.substr(0, variable.size() - key.size()), to_upper(near));
}

std::string variable_for(std::string_view setting) {
    const std::size_t dot = std::min(setting.rfind('.'), setting.size());
    const std::string_view table = setting.substr(0, dot);
    const std::string_view key = setting.substr(std::min(dot + 1, setting.size()));
    for (const Variable& variable : kVariables)
        if (!variable.table.empty() && variable.table == table && variable.key == key)
            return std::string(variable.name);
    constexpr std::string_view kTables = "scep.";
    if (!table.starts_with(kTables) || profile_setting(key) == nullptr)
        return {};
    return prefixes_of(table.substr(kTables.size())).front() + to_upper(key);
}

}  // namespace scep::config
