#include "core/check/bundle_rules.hpp"

#include <fmt/format.h>

namespace scep::check {

Where place_of(const std::filesystem::path& file, const x509::BundleEntry& entry) {
    return {
        .source = file.string(), .line = entry.line, .subject = entry.certificate.subject_text()};
}

std::string removal_hint(const std::filesystem::path& file, const x509::BundleEntry& entry) {
    if (entry.line == 0)
        return fmt::format("put another certificate into {}", file.string());
    return fmt::format("remove the block at line {} of {}", entry.line, file.string());
}

Where setting_place(const Facts& facts, const LoadedProfile& profile, std::string_view key) {
    return {.source = facts.deployment.config.path.string(),
            .line = profile.settings.line,
            .field = fmt::format("scep.{}.{}", profile.settings.name, key)};
}

SubjectIndex index_subjects(const std::vector<x509::BundleEntry>& bundle) {
    SubjectIndex out;
    out.reserve(bundle.size());
    for (const x509::BundleEntry& entry : bundle)
        if (const Result<x509::Name> subject = entry.certificate.subject())
            out.emplace(subject->match_key(), &entry);
    return out;
}

}  // namespace scep::check
