// Rules about the CA that takes over from an issuer's: next_ca_cert_path and next_ca_key_path.
#include <algorithm>

#include <fmt/format.h>

#include "core/check/rule.hpp"
#include "core/check/validity.hpp"

namespace scep::check {

namespace {

// visit(settings, issuer, next) for each issuer whose next CA certificate was loaded.
template <class Visit>
void each_next(const Facts& facts, const Visit& visit) {
    for (const LoadedIssuer& issuer : facts.deployment.issuers)
        if (const config::Issuer* settings = facts.deployment.config.issuer(issuer.id);
            settings != nullptr && !issuer.next.empty())
            visit(*settings, issuer, issuer.next.front());
}

template <class Predicate>
bool any_issuer(const Facts& facts, const Predicate& predicate) {
    return std::ranges::any_of(facts.deployment.issuers, predicate);
}

template <class Predicate>
bool any_setting(const Facts& facts, const Predicate& predicate) {
    return std::ranges::any_of(facts.deployment.config.issuers, predicate);
}

const LoadedIssuer* issuer_of(const Facts& facts, const LoadedProfile& profile) {
    const auto& issuers = facts.deployment.issuers;
    return profile.issuer < issuers.size() ? &issuers[profile.issuer] : nullptr;
}

bool has_recipient(const LoadedProfile& profile, const LoadedIssuer& issuer) {
    return issuer.next_key->public_key().type() == crypto::KeyType::Rsa ||
           std::ranges::any_of(profile.ra, [&](const LoadedRa& ra) {
               return ra.certificate &&
                      x509::check_issued_by(
                          crypto::Library::standard(), *ra.certificate, issuer.next.front());
           });
}

Where at(const std::filesystem::path& path) {
    return {.source = path.string()};
}

}  // namespace

bool applies_to_next_ca_setting(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_setting(facts, [](const config::Issuer& issuer) {
        return !issuer.next_ca_cert_path.empty() || !issuer.next_ca_key_path.empty();
    });
}

bool applies_to_next_ca_key_setting(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_setting(
        facts, [](const config::Issuer& issuer) { return !issuer.next_ca_key_path.empty(); });
}

bool applies_to_next_ca(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_issuer(facts, [](const LoadedIssuer& issuer) { return !issuer.next.empty(); });
}

bool applies_to_next_ca_pair(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_issuer(
        facts, [](const LoadedIssuer& issuer) { return !issuer.next.empty() && issuer.next_key; });
}

bool applies_to_both_cas(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_issuer(facts, [](const LoadedIssuer& issuer) {
        return !issuer.next.empty() && issuer.certificate;
    });
}

bool applies_to_next_issuer(const Facts& facts, const LoadedProfile* profile) {
    const LoadedIssuer* issuer = issuer_of(facts, *profile);
    return issuer != nullptr && !issuer->next.empty() && issuer->next_key;
}

void check_next_ca_match(const Facts& facts, Reporter& out) {
    each_next(facts, [&](const auto& settings, const auto& issuer, const auto& next) {
        const Result<crypto::PublicKey> key = next.public_key();
        if (!key)
            out.add(kServer,
                    at(settings.next_ca_cert_path),
                    fmt::format("the key cannot be used: {}", key.error().what));
        else if (issuer.next_key && !(*key == issuer.next_key->public_key()))
            out.add(kServer,
                    at(settings.next_ca_key_path),
                    fmt::format("does not match the certificate {}",
                                settings.next_ca_cert_path.string()));
    });
}

void check_next_ca_constraints(const Facts& facts, Reporter& out) {
    each_next(facts, [&](const auto& settings, const auto& /*issuer*/, const auto& next) {
        if (!next.is_ca())
            out.add(kServer,
                    at(settings.next_ca_cert_path),
                    fmt::format("is not a CA certificate: {} lacks CA:TRUE", next.subject_text()));
        else if (!next.allows_usage(x509::kKeyCertSign))
            out.add(kServer, at(settings.next_ca_cert_path), "the key usage lacks keyCertSign");
    });
}

// That it is not valid yet is as it should be: its certificates begin with it.
void check_next_ca_valid(const Facts& facts, Reporter& out) {
    each_next(facts, [&](const auto& settings, const auto& /*issuer*/, const auto& next) {
        if (next.not_after() < facts.now)
            out.add(kServer, at(settings.next_ca_cert_path), *invalidity(next, facts.now));
    });
}

void check_next_ca_later(const Facts& facts, Reporter& out) {
    each_next(facts, [&](const auto& settings, const auto& issuer, const auto& next) {
        if (!issuer.certificate)
            return;
        const TimePoint end = issuer.certificate->not_after();
        if (next.not_after() <= end)
            out.add(kServer,
                    at(settings.next_ca_cert_path),
                    fmt::format("ends {}, and the CA that it replaces {}",
                                to_rfc3339(next.not_after()),
                                to_rfc3339(end)));
        else if (next.not_before() > end)
            out.add(kServer,
                    at(settings.next_ca_cert_path),
                    fmt::format("begins {}, after the CA that it replaces ended, {}",
                                to_rfc3339(next.not_before()),
                                to_rfc3339(end)));
    });
}

// Which of the two issued a certificate could no longer be told apart.
void check_next_ca_key_new(const Facts& facts, Reporter& out) {
    each_next(facts, [&](const auto& settings, const auto& issuer, const auto& next) {
        if (issuer.certificate && equal(next.spki(), issuer.certificate->spki()))
            out.add(kServer,
                    at(settings.next_ca_cert_path),
                    fmt::format("has the same key as {}", settings.ca_cert_path.string()));
    });
}

// The current CA signs what GetNextCACert gives, and the next one the replies to what is enveloped
// for it: careful clients take neither from a key that may only sign certificates.
void check_next_ca_signature_usage(const Facts& facts, Reporter& out) {
    const auto judge = [&](const x509::Certificate& ca, const auto& path, std::string_view what) {
        if (!ca.allows_usage(x509::kDigitalSignature))
            out.add(
                kServer,
                at(path),
                fmt::format("the key usage lacks digitalSignature, and this CA signs {}", what));
    };
    each_next(facts, [&](const auto& settings, const auto& issuer, const auto& next) {
        if (!issuer.certificate)
            return;
        judge(*issuer.certificate, settings.ca_cert_path, "the replies to GetNextCACert");
        if (issuer.next_key)
            judge(next, settings.next_ca_cert_path, "the replies to what is enveloped for it");
    });
}

void check_next_ca_recipient(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (const LoadedIssuer* issuer = issuer_of(facts, profile);
            applies_to_next_issuer(facts, &profile) && !has_recipient(profile, *issuer))
            out.add(profile.settings.path_id,
                    facts.deployment.config.place_of("issuer." + issuer->id, "next_ca_key_path"),
                    "nobody can envelop a request for the next CA: its key is EC, and no RA pair "
                    "is issued by it");
}

}  // namespace scep::check
