// Rules about profiles: what they refer to and what they let in.
#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/check/rule.hpp"

namespace scep::check {

namespace {

Where setting(const Deployment& deployment, const config::Profile& profile, std::string_view key) {
    return deployment.config.place_of("scep." + profile.name, key);
}

std::string_view weakness_of(std::string_view word) {
    if (word == "sha1")
        return "SHA-1, for which collisions are made";
    if (word == "3des")
        return "3DES, whose blocks are short and which is withdrawn";
    return "RSA keys of 1024 bits, which can be factored";
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
        for (const std::string& word : profile.settings.allow_legacy)
            out.add(profile.settings.path_id,
                    setting(facts.deployment, profile.settings, "allow_legacy"),
                    fmt::format("every client of this profile may use {}", weakness_of(word)),
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
