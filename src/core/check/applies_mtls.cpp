// Whether a rule about an mTLS route or the trusted proxy has anything to judge.
#include "core/check/rule.hpp"

namespace scep::check {

bool applies_to_mtls(const Facts& /*facts*/, const LoadedProfile* profile) {
    return profile->settings.mtls.enabled;
}

bool applies_to_no_mtls(const Facts& facts, const LoadedProfile* profile) {
    return !applies_to_mtls(facts, profile);
}

bool applies_to_bundle(const Facts& /*facts*/, const LoadedProfile* profile) {
    return !profile->trust.bundle.empty();
}

bool applies_to_crl_file(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_mtls(facts, profile) && !profile->settings.mtls.crl_path.empty();
}

bool applies_to_crls(const Facts& /*facts*/, const LoadedProfile* profile) {
    return !profile->trust.crls.empty();
}

bool applies_to_deny_file(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_mtls(facts, profile) && !profile->settings.mtls.deny_path.empty();
}

bool applies_to_proxy(const Facts& facts, const LoadedProfile* /*profile*/) {
    return facts.deployment.config.server.trusted_proxy.enabled;
}

bool applies_to_proxy_ca(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.deployment.config.server.trusted_proxy.client_ca_path.empty();
}

bool applies_to_proxy_cas(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.deployment.proxy_cas.empty();
}

}  // namespace scep::check
