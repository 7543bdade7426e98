// Whether there is anything for a rule to judge. What could not be loaded is not judged twice: the
// finding of the loading stands for it.
#include <algorithm>

#include "core/check/rule.hpp"

namespace scep::check {

namespace {

template <class Predicate>
bool any_issuer(const Facts& facts, const Predicate& predicate) {
    return std::ranges::any_of(facts.deployment.issuers, predicate);
}

template <class Predicate>
bool any_ra(const LoadedProfile& profile, const Predicate& predicate) {
    return std::ranges::any_of(profile.ra, predicate);
}

const LoadedIssuer* issuer_of(const Facts& facts, const LoadedProfile& profile) {
    const auto& issuers = facts.deployment.issuers;
    return profile.issuer < issuers.size() ? &issuers[profile.issuer] : nullptr;
}

bool is_wildcard(const std::string& host) {
    return host == "0.0.0.0" || host == "::";
}

}  // namespace

bool applies_to_issuers(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.deployment.issuers.empty();
}

bool applies_to_ca(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_issuer(facts, [](const auto& issuer) { return issuer.certificate != nullptr; });
}

bool applies_to_ca_pair(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_issuer(facts, [](const auto& issuer) { return issuer.certificate && issuer.key; });
}

bool applies_to_ca_chain(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_issuer(
        facts, [](const auto& issuer) { return issuer.certificate && !issuer.chain.empty(); });
}

bool applies_to_ca_chain_file(const Facts& facts, const LoadedProfile* /*profile*/) {
    return std::ranges::any_of(facts.deployment.config.issuers, [](const config::Issuer& issuer) {
        return !issuer.chain_path.empty();
    });
}

// A root's signature on itself proves nothing, whatever its digest.
bool applies_to_issued_ca(const Facts& facts, const LoadedProfile* /*profile*/) {
    return any_issuer(facts, [](const auto& issuer) {
        return issuer.certificate && (!issuer.certificate->self_issued() || !issuer.chain.empty());
    });
}

bool applies_to_loaded_issuer(const Facts& facts, const LoadedProfile* profile) {
    const LoadedIssuer* issuer = issuer_of(facts, *profile);
    return issuer != nullptr && issuer->certificate && issuer->certificate->valid_at(facts.now);
}

bool applies_to_named_certificate_profile(const Facts& /*facts*/, const LoadedProfile* profile) {
    return !profile->settings.profile_id.empty();
}

bool applies_to_configured_ra(const Facts& /*facts*/, const LoadedProfile* profile) {
    return !profile->ra.empty();
}

bool applies_to_ra(const Facts& /*facts*/, const LoadedProfile* profile) {
    return any_ra(*profile, [](const LoadedRa& ra) { return ra.certificate != nullptr; });
}

bool applies_to_ra_pair(const Facts& /*facts*/, const LoadedProfile* profile) {
    return any_ra(*profile, [](const LoadedRa& ra) { return ra.certificate && ra.key; });
}

bool applies_to_ra_under_ca(const Facts& facts, const LoadedProfile* profile) {
    const LoadedIssuer* issuer = issuer_of(facts, *profile);
    return applies_to_ra(facts, profile) && issuer != nullptr && issuer->certificate;
}

bool applies_to_ra_and_ca_keys(const Facts& facts, const LoadedProfile* profile) {
    const LoadedIssuer* issuer = issuer_of(facts, *profile);
    return any_ra(*profile, [](const LoadedRa& ra) { return ra.key != nullptr; }) &&
           issuer != nullptr && issuer->key;
}

bool applies_to_challenge(const Facts& /*facts*/, const LoadedProfile* profile) {
    return !profile->challenge.empty();
}

bool applies_to_several_challenges(const Facts& facts, const LoadedProfile* profile) {
    return facts.deployment.profiles.size() > 1 && !profile->challenge.empty();
}

bool applies_to_must_staple(const Facts& facts, const LoadedProfile* profile) {
    return profile->certificate_profile.must_staple && issuer_of(facts, *profile) != nullptr;
}

bool applies_to_devices_of_their_own_key(const Facts& facts, const LoadedProfile* /*profile*/) {
    return std::ranges::none_of(facts.clients, [](const ClientFamily* family) {
        return family->has(Quirk::ForeignSigner);
    });
}

bool applies_to_tls_key(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.deployment.config.server.tls_key_path.empty();
}

bool applies_to_tls(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.deployment.tls_chain.empty();
}

bool applies_to_tls_pair(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.deployment.tls_chain.empty() && facts.deployment.tls_key;
}

// Behind a loopback address there is a proxy, and a wildcard says nothing about names.
bool applies_to_listen_host(const Facts& facts, const LoadedProfile* profile) {
    const config::ListenAddress& listen = facts.deployment.config.server.listen;
    return applies_to_tls(facts, profile) && !config::is_loopback(listen) &&
           !is_wildcard(listen.host);
}

bool applies_to_database(const Facts& facts, const LoadedProfile* /*profile*/) {
    return facts.deployment.state.mode.has_value();
}

bool applies_to_readable_database(const Facts& facts, const LoadedProfile* profile) {
    const StateFacts& state = facts.deployment.state;
    return applies_to_database(facts, profile) && !state.unwritable &&
           (state.database_unfit || !facts.deployment.audit_key.empty());
}

}  // namespace scep::check
