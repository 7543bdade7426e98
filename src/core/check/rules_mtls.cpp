// Rules about the settings of an mTLS route (SECURITY rule S20).
#include <fmt/format.h>

#include "core/check/bundle_rules.hpp"

namespace scep::check {

namespace {

std::string route(std::string_view prefix, const LoadedProfile& profile) {
    const std::string& id = profile.settings.path_id;
    return id.empty() ? std::string(prefix) : fmt::format("{}/{}", prefix, id);
}

}  // namespace

void check_mtls_scep_open(const Facts& facts, Reporter& out) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        if (!profile.settings.mtls.only)
            out.add(profile.settings.path_id,
                    setting_place(facts, profile, "mtls_only"),
                    fmt::format("{} is open beside {}: the challenge alone still enrols",
                                route("/scep", profile),
                                route("/scep-mtls", profile)),
                    "set mtls_only = true when the last device has moved; certctl-scep admin audit "
                    "list shows who has not");
    });
}

void check_mtls_bind(const Facts& facts, Reporter& out) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        if (profile.settings.mtls.bind == config::MtlsBind::None)
            out.add(
                profile.settings.path_id,
                setting_place(facts, profile, "mtls_bind"),
                "any bootstrap certificate may enrol any name",
                "set mtls_bind to \"cn\", \"san\" or \"serial\" if devices ask for the identity "
                "that their bootstrap certificates have");
    });
}

void check_mtls_unused(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles) {
        const config::Mtls& mtls = profile.settings.mtls;
        if (mtls.enabled)
            continue;
        const auto unused = [&](bool set, std::string_view key) {
            if (set)
                out.add(profile.settings.path_id,
                        setting_place(facts, profile, key),
                        "has no effect: mtls_enabled is false",
                        "set mtls_enabled = true, or remove the setting");
        };
        unused(!mtls.bundle_path.empty(), "mtls_client_ca_trust_bundle_path");
        unused(mtls.bind != config::MtlsBind::None, "mtls_bind");
        unused(!mtls.crl_path.empty(), "mtls_crl_path");
        unused(!mtls.deny_path.empty(), "mtls_deny_path");
    }
}

}  // namespace scep::check
