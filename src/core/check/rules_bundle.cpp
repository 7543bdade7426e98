// Rules about the certificates of an mTLS trust bundle. Each of them is an anchor, trusted as it
// stands (SECURITY rule S18): nothing above it is asked.
#include <map>

#include <fmt/format.h>

#include "core/check/bundle_rules.hpp"
#include "core/check/validity.hpp"
#include "core/x509/key_facts.hpp"

namespace scep::check {

namespace {

const std::filesystem::path& bundle_of(const LoadedProfile& profile) {
    return profile.settings.mtls.bundle_path;
}

// add(entry, message, hint) in the name of the profile.
Finding& add(Reporter& out,
             const LoadedProfile& profile,
             const x509::BundleEntry& entry,
             std::string message,
             std::string hint) {
    return out.add(profile.settings.path_id,
                   place_of(bundle_of(profile), entry),
                   std::move(message),
                   std::move(hint));
}

std::string replace_or_remove(const LoadedProfile& profile, const x509::BundleEntry& entry) {
    return fmt::format("put the CA's new certificate beside it, then {}",
                       removal_hint(bundle_of(profile), entry));
}

}  // namespace

// One of the future waits for its day and shuts out nobody else's devices; one that is over stands
// there by mistake.
void check_trust_valid(const Facts& facts, Reporter& out) {
    each_bundle_entry(facts, [&](const LoadedProfile& profile, const x509::BundleEntry& entry) {
        auto why = invalidity(entry.certificate, facts.now);
        if (!why)
            return;
        const bool future = facts.now < entry.certificate.not_before();
        Finding& finding = add(out,
                               profile,
                               entry,
                               *std::move(why),
                               future ? "its devices are refused until then"
                                      : removal_hint(bundle_of(profile), entry) +
                                            "; its devices are refused either way");
        if (future)
            finding.severity = Severity::Warning;
    });
}

void check_trust_expiry(const Facts& facts, Reporter& out) {
    each_bundle_entry(facts, [&](const LoadedProfile& profile, const x509::BundleEntry& entry) {
        if (auto why = nearing_expiry(entry.certificate, facts))
            add(out, profile, entry, *std::move(why), replace_or_remove(profile, entry));
    });
}

void check_trust_basic_constraints(const Facts& facts, Reporter& out) {
    each_bundle_entry(facts, [&](const LoadedProfile& profile, const x509::BundleEntry& entry) {
        if (!entry.certificate.is_ca())
            add(out,
                profile,
                entry,
                "is not a CA certificate: it lacks CA:TRUE",
                fmt::format("name its issuer instead ({}), or {}",
                            entry.certificate.issuer_text(),
                            removal_hint(bundle_of(profile), entry)));
    });
}

void check_trust_key_usage(const Facts& facts, Reporter& out) {
    each_bundle_entry(facts, [&](const LoadedProfile& profile, const x509::BundleEntry& entry) {
        if (entry.certificate.is_ca() && !entry.certificate.allows_usage(x509::kKeyCertSign))
            add(out,
                profile,
                entry,
                "the key usage lacks keyCertSign: no device's certificate can be by it",
                removal_hint(bundle_of(profile), entry));
    });
}

void check_trust_key_size(const Facts& facts, Reporter& out) {
    each_bundle_entry(facts, [&](const LoadedProfile& profile, const x509::BundleEntry& entry) {
        if (auto unfit = x509::key_facts(entry.certificate).unfit)
            add(out,
                profile,
                entry,
                *std::move(unfit),
                fmt::format("whoever breaks it passes as any device: {}",
                            removal_hint(bundle_of(profile), entry)));
    });
}

// Nobody verifies a root's signature over itself; one that another CA made may have been forged.
void check_trust_signature(const Facts& facts, Reporter& out) {
    each_bundle_entry(facts, [&](const LoadedProfile& profile, const x509::BundleEntry& entry) {
        const auto algorithm = entry.certificate.signature_algorithm();
        if (!algorithm ||
            (algorithm->digest != crypto::Digest::Md5 && algorithm->digest != crypto::Digest::Sha1))
            return;
        const bool root = entry.certificate.self_issued();
        Finding& finding =
            add(out,
                profile,
                entry,
                fmt::format("is signed with {}{}",
                            crypto::info(algorithm->digest).name,
                            root ? ", by itself: the anchor is trusted as it stands" : ""),
                root ? "make sure that the block is the CA's own: openssl x509 -noout -fingerprint "
                       "-sha256"
                     : "ask the CA for a certificate signed with SHA-256");
        if (root)
            finding.severity = Severity::Notice;
        else if (algorithm->digest == crypto::Digest::Md5)
            finding.severity = Severity::Error;
    });
}

void check_trust_duplicate(const Facts& facts, Reporter& out) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        std::map<x509::Fingerprint, std::size_t> seen;
        for (const x509::BundleEntry& entry : profile.trust.bundle) {
            const auto [first, fresh] = seen.emplace(entry.certificate.fingerprint(), entry.line);
            if (!fresh)
                add(out,
                    profile,
                    entry,
                    fmt::format("is the certificate of line {} once more", first->second),
                    removal_hint(bundle_of(profile), entry));
        }
    });
}

// OpenSSL tells them apart by the authority key identifier alone and never tries the second: shown
// by a device without one, which passes or not by the order of the bundle.
void check_trust_namesake(const Facts& facts, Reporter& out) {
    each_mtls_profile(facts, [&](const LoadedProfile& profile) {
        std::map<std::string, const x509::BundleEntry*> first_of;
        for (const x509::BundleEntry& entry : profile.trust.bundle) {
            const Result<x509::Name> subject = entry.certificate.subject();
            if (!subject)
                continue;
            const auto [first, fresh] = first_of.emplace(subject->match_key(), &entry);
            if (!fresh && !equal(first->second->certificate.spki(), entry.certificate.spki()))
                add(out,
                    profile,
                    entry,
                    fmt::format("has the name of line {} and another key: a device whose "
                                "certificate has no authority key identifier passes under the "
                                "first alone",
                                first->second->line),
                    "put first the CA of such devices; certctl-scep bundle-check --client-cert "
                    "shows which pass");
        }
    });
}

namespace {

// The CA itself under whatever certificate, or one that issued it.
bool leads_to(const x509::Certificate& anchor, const x509::Certificate& ca) {
    if (equal(anchor.spki(), ca.spki()) && equal(anchor.subject_der(), ca.subject_der()))
        return true;
    return equal(anchor.subject_der(), ca.issuer_der()) &&
           x509::check_issued_by(crypto::Library::standard(), ca, anchor).has_value();
}

bool leads_to_issuer(const x509::Certificate& anchor, const LoadedIssuer& issuer) {
    if (leads_to(anchor, *issuer.certificate))
        return true;
    for (const x509::Certificate& above : issuer.chain)
        if (leads_to(anchor, above))
            return true;
    return false;
}

}  // namespace

// Every device that was ever enrolled then holds what was meant to be the factory's alone.
void check_trust_issuing_ca(const Facts& facts, Reporter& out) {
    each_bundle_entry(facts, [&](const LoadedProfile& profile, const x509::BundleEntry& entry) {
        const auto& issuers = facts.deployment.issuers;
        if (profile.issuer >= issuers.size() || !issuers[profile.issuer].certificate)
            return;
        if (leads_to_issuer(entry.certificate, issuers[profile.issuer]))
            add(out,
                profile,
                entry,
                fmt::format("leads to issuer {}: every certificate that this profile enrols passes "
                            "as a bootstrap certificate",
                            issuers[profile.issuer].id),
                fmt::format("bootstrap certificates want a CA of their own; else {}",
                            removal_hint(bundle_of(profile), entry)));
    });
}

}  // namespace scep::check
