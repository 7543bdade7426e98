// What the rules about bundles of CA certificates share: the bundles of a deployment, and where a
// certificate of one stands.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "core/check/rule.hpp"

namespace scep::check {

// visit(profile) for each profile with an mTLS route.
template <class Visit>
void each_mtls_profile(const Facts& facts, const Visit& visit) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (profile.settings.mtls.enabled)
            visit(profile);
}

// visit(profile, entry) for each certificate of each bundle.
template <class Visit>
void each_bundle_entry(const Facts& facts, const Visit& visit) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        for (const x509::BundleEntry& entry : profile.trust.bundle)
            visit(profile, entry);
    });
}

// The block and its subject.
Where place_of(const std::filesystem::path& file, const x509::BundleEntry& entry);

// "remove the block at line 12 of FILE"; of a DER file, the file.
std::string removal_hint(const std::filesystem::path& file, const x509::BundleEntry& entry);

// "mtls_bind" of the profile's table.
Where setting_place(const Facts& facts, const LoadedProfile& profile, std::string_view key);

// The certificates of a bundle by the names of their subjects, as Name::match_key() has them.
using SubjectIndex = std::unordered_multimap<std::string, const x509::BundleEntry*>;
SubjectIndex index_subjects(const std::vector<x509::BundleEntry>& bundle);

}  // namespace scep::check
