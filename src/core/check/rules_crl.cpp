// Rules about the revocation lists and denied fingerprints of an mTLS route. serve demands, for
// each certificate below the anchor, a current list of its issuer (SECURITY rule S18).
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/check/bundle_rules.hpp"

namespace scep::check {

namespace {

// A list is fetched anew many times in its life; in the last quarter of it somebody should have.
constexpr int kShareLeft = 4;

const std::filesystem::path& crl_path(const LoadedProfile& profile) {
    return profile.settings.mtls.crl_path;
}

Where place_of_crl(const LoadedProfile& profile, const x509::Crl& crl) {
    return {.source = crl_path(profile).string(), .line = crl.line};
}

std::string refresh_hint(const LoadedProfile& profile) {
    return fmt::format(
        "fetch the CA's new list into {}; openssl crl -noout -issuer -nextupdate "
        "-in FILE shows what it has",
        crl_path(profile).string());
}

// A list that a newer one of the same issuer stands in for.
bool is_replaced(const x509::Crl& crl, const LoadedProfile& profile, TimePoint now) {
    return std::ranges::any_of(profile.trust.crls, [&](const x509::Crl& other) {
        return &other != &crl && other.issuer_key == crl.issuer_key && other.current_at(now) &&
               (!crl.current_at(now) || !other.next_update ||
                (crl.next_update && *other.next_update > *crl.next_update));
    });
}

// visit(profile, crl) for each list of each profile that is the newest of its issuer.
template <class Visit>
void each_crl(const Facts& facts, const Visit& visit) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        for (const x509::Crl& crl : profile.trust.crls)
            if (!is_replaced(crl, profile, facts.now))
                visit(profile, crl);
    });
}

}  // namespace

void check_trust_crl(const Facts& facts, Reporter& out) {
    each_crl(facts, [&](const LoadedProfile& profile, const x509::Crl& crl) {
        if (crl.current_at(facts.now))
            return;
        const bool future = facts.now < crl.this_update;
        out.add(profile.settings.path_id,
                place_of_crl(profile, crl),
                fmt::format("the CRL of {} is {}: {} is {}; every device of that CA is refused",
                            crl.issuer,
                            future ? "not valid yet" : "stale",
                            future ? "thisUpdate" : "nextUpdate",
                            to_rfc3339(future ? crl.this_update : *crl.next_update)),
                refresh_hint(profile));
    });
}

void check_trust_crl_expiry(const Facts& facts, Reporter& out) {
    each_crl(facts, [&](const LoadedProfile& profile, const x509::Crl& crl) {
        if (!crl.current_at(facts.now) || !crl.next_update)
            return;
        const Seconds left = *crl.next_update - facts.now;
        const Seconds life = *crl.next_update - crl.this_update;
        if (left >= std::min(facts.min_remaining, life / kShareLeft))
            return;
        out.add(profile.settings.path_id,
                place_of_crl(profile, crl),
                fmt::format("the CRL of {} is stale in {} hours: nextUpdate is {}",
                            crl.issuer,
                            std::chrono::duration_cast<std::chrono::hours>(left).count(),
                            to_rfc3339(*crl.next_update)),
                refresh_hint(profile));
    });
}

void check_trust_crl_issuer(const Facts& facts, Reporter& out) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        if (profile.trust.crls.empty() || profile.trust.bundle.empty())
            return;
        const SubjectIndex subjects = index_subjects(profile.trust.bundle);
        for (const x509::Crl& crl : profile.trust.crls) {
            const auto [first, last] = subjects.equal_range(crl.issuer_key);
            const bool known = std::any_of(first, last, [&](const auto& subject) {
                return x509::check_crl_issued_by(crl, subject.second->certificate).has_value();
            });
            if (!known)
                out.add(profile.settings.path_id,
                        place_of_crl(profile, crl),
                        fmt::format("the CRL of {} is by no CA of the bundle", crl.issuer),
                        "keep it if devices send a certificate of that CA along; else remove it");
        }
    });
}

namespace {

using CrlIndex = std::unordered_multimap<std::string, const x509::Crl*>;

// Why no device under the CA can pass; nullopt when a current list speaks for it.
std::optional<std::string> without_crl(const x509::Certificate& ca,
                                       const CrlIndex& crls,
                                       const LoadedProfile& profile) {
    const Result<x509::Name> subject = ca.subject();
    const auto [first, last] =
        subject ? crls.equal_range(subject->match_key()) : std::pair{crls.end(), crls.end()};
    std::string why = "there is no CRL of it in " + crl_path(profile).string();
    for (auto it = first; it != last; ++it) {
        const Status by = x509::check_crl_issued_by(*it->second, ca);
        if (by)
            return std::nullopt;  // a stale one is check_trust_crl()'s
        why = fmt::format("the CRL at line {} of {} {}",
                          it->second->line,
                          crl_path(profile).string(),
                          by.error().what);
    }
    return why;
}

struct Missing {
    const x509::BundleEntry* entry;
    std::string why;
};

std::vector<Missing> missing_crls(const LoadedProfile& profile) {
    CrlIndex crls;
    for (const x509::Crl& crl : profile.trust.crls)
        crls.emplace(crl.issuer_key, &crl);
    std::vector<Missing> out;
    for (const x509::BundleEntry& entry : profile.trust.bundle)
        if (auto why = without_crl(entry.certificate, crls, profile))
            out.push_back({&entry, *std::move(why)});
    return out;
}

// What issued another CA of the bundle may have no devices of its own, and then needs no list.
std::set<const x509::BundleEntry*> parents_in(const std::vector<x509::BundleEntry>& bundle) {
    const SubjectIndex subjects = index_subjects(bundle);
    std::set<const x509::BundleEntry*> out;
    for (const x509::BundleEntry& entry : bundle) {
        const Result<x509::Name> issuer = entry.certificate.issuer();
        if (!issuer || entry.certificate.self_issued())
            continue;
        const auto [first, last] = subjects.equal_range(issuer->match_key());
        for (auto it = first; it != last; ++it)
            out.insert(it->second);
    }
    return out;
}

}  // namespace

// Without any list of the bundle's CAs nobody passes, and serve should not start to say so to each
// device in turn.
void check_trust_crl_missing(const Facts& facts, Reporter& out) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        if (profile.trust.crls.empty())
            return;
        const std::vector<Missing> missing = missing_crls(profile);
        const std::set<const x509::BundleEntry*> parents = parents_in(profile.trust.bundle);
        for (const Missing& item : missing) {
            const bool parent = parents.contains(item.entry);
            Finding& finding =
                out.add(profile.settings.path_id,
                        place_of(profile.settings.mtls.bundle_path, *item.entry),
                        fmt::format("{}: {}",
                                    item.why,
                                    parent ? "devices right below it are refused"
                                           : "every device of this CA is refused"),
                        fmt::format("append the CA's list: openssl crl -in FILE >> {}",
                                    shell_word(crl_path(profile).string())));
            if (missing.size() == profile.trust.bundle.size())
                finding.severity = Severity::Error;
            else if (parent)
                finding.severity = Severity::Notice;
        }
    });
}

void check_trust_deny_empty(const Facts& facts, Reporter& out) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        const bool loaded =
            std::ranges::none_of(facts.deployment.load_findings, [&](const Finding& finding) {
                return finding.id == "trust-deny" && finding.profile == profile.settings.path_id;
            });
        if (!profile.settings.mtls.deny_path.empty() && loaded && profile.trust.denied.empty())
            out.add(
                profile.settings.path_id,
                {.source = profile.settings.mtls.deny_path.string()},
                "holds no fingerprint: nobody is denied",
                "one a line: openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE | cut -d= "
                "-f2");
    });
}

}  // namespace scep::check
