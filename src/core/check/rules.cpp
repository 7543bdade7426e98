// The table of rules. Ids and citations are promises: operators filter by them.
#include <algorithm>
#include <array>
#include <cassert>

#include "core/check/rule.hpp"

namespace scep::check {

namespace {

using enum Severity;

constexpr std::array kRules{
    Rule{"profile-present",
         Error,
         "certctl-scep(1)",
         "at least one SCEP profile is configured",
         check_profile_present},
    Rule{"profile-issuer",
         Error,
         "certctl-scep(1)",
         "each profile names an issuer that exists",
         check_profile_issuer},
    Rule{"profile-certificate-profile",
         Error,
         "certctl-scep(1)",
         "each profile names a certificate profile that exists, or none",
         check_certificate_profile},

    Rule{"ca-certificate",
         Error,
         "RFC 8894 section 2.1.2",
         "the CA certificate can be read",
         nullptr},
    Rule{"ca-key", Error, "SECURITY S28", "the CA key can be read", nullptr},
    Rule{"ca-key-mode", Error, "SECURITY S28", "only the owner may read the CA key", nullptr},
    Rule{"ca-chain-file",
         Error,
         "certctl-scep(1)",
         "chain_path can be read and holds certificates",
         nullptr},
    Rule{"ca-key-match",
         Error,
         "RFC 5280 section 6.1",
         "the CA key is that of the CA certificate",
         check_ca_match},
    Rule{"ca-basic-constraints",
         Error,
         "RFC 5280 section 4.2.1.9",
         "the CA certificate says CA:TRUE",
         check_ca_basic_constraints},
    Rule{"ca-key-usage",
         Error,
         "RFC 5280 section 4.2.1.3",
         "the CA certificate may sign certificates",
         check_ca_key_usage},
    Rule{"ca-valid",
         Error,
         "RFC 5280 section 4.1.2.5",
         "the CA certificate is valid now",
         check_ca_valid},
    Rule{"ca-expiry",
         Warning,
         "RFC 5280 section 4.1.2.5",
         "the CA certificate does not expire soon",
         check_ca_expiry},
    Rule{"ca-chain",
         Error,
         "RFC 5280 section 6.1",
         "chain_path leads from the CA certificate to a root",
         check_ca_chain},
    Rule{"ca-outlived",
         Warning,
         "SECURITY S09",
         "the CA certificate outlasts what it would issue",
         check_ca_outlived},

    Rule{"ra-present",
         Error,
         "RFC 8894 section 2.1",
         "each profile has an RA pair",
         check_ra_present},
    Rule{
        "ra-certificate", Error, "RFC 8894 section 2.1", "the RA certificate can be read", nullptr},
    Rule{"ra-key", Error, "SECURITY S28", "the RA key can be read", nullptr},
    Rule{"ra-key-mode", Error, "SECURITY S28", "only the owner may read the RA key", nullptr},
    Rule{"ra-key-match",
         Error,
         "RFC 8894 section 3.1",
         "the RA key is that of the RA certificate",
         check_ra_match},
    Rule{"ra-valid",
         Error,
         "RFC 5280 section 4.1.2.5",
         "the RA certificate is valid now",
         check_ra_valid},
    Rule{"ra-expiry",
         Warning,
         "RFC 5280 section 4.1.2.5",
         "the RA certificate does not expire soon",
         check_ra_expiry},
    Rule{"ra-key-type",
         Error,
         "RFC 8894 section 3.1",
         "the RA key is RSA: requests are encrypted to it",
         check_ra_key_type},
    Rule{"ra-key-size",
         Error,
         "SECURITY S05",
         "the RA key is RSA of 2048 bits or EC of P-256, or more",
         check_ra_key_size},
    Rule{"ra-key-usage",
         Error,
         "RFC 8894 section 3.1",
         "the RA certificate may sign, and encrypt when it is RSA",
         check_ra_key_usage},
    Rule{"ra-eku",
         Warning,
         "SECURITY S30",
         "clients can tell the RA certificate from a device's",
         check_ra_eku},
    Rule{"ra-chain",
         Error,
         "RFC 8894 section 2.1",
         "the RA certificate chains to the CA of its profile",
         check_ra_chain},
    Rule{"ra-key-shared",
         Warning,
         "RFC 8894 section 7.2",
         "the RA does not use the CA's key",
         check_ra_is_ca},

    Rule{"challenge-present",
         Error,
         "RFC 8894 section 2.4",
         "each profile has a challenge that is not empty",
         nullptr},
    Rule{"challenge-mode",
         Error,
         "SECURITY S14",
         "only the owner may read the challenge",
         check_challenge_in_file},
    Rule{"challenge-printable",
         Warning,
         "RFC 2985 section 5.4.1",
         "the challenge fits a PrintableString",
         check_challenge_printable},
    Rule{"challenge-strength",
         Warning,
         "SECURITY S14",
         "the challenge has about 128 bits of entropy",
         check_challenge_strength},

    Rule{"trust-bundle",
         Error,
         "SECURITY S18",
         "the mTLS trust bundle can be read and holds certificates and no key",
         nullptr},
    Rule{"trust-crl", Error, "SECURITY S18", "mtls_crl_path can be read and is current", nullptr},
    Rule{"trust-deny", Error, "SECURITY S18", "mtls_deny_path can be read", nullptr},
    Rule{"proxy-ca",
         Error,
         "SECURITY S21",
         "client_ca_path of the trusted proxy can be read and holds certificates",
         nullptr},

    Rule{"tls-certificate", Error, "certctl-scep(1)", "the TLS certificate can be read", nullptr},
    Rule{"tls-key", Error, "SECURITY S28", "the TLS key can be read", nullptr},
    Rule{"tls-key-mode", Error, "SECURITY S28", "only the owner may read the TLS key", nullptr},
    Rule{"tls-key-match",
         Error,
         "RFC 8446 section 4.4.2",
         "the TLS key is that of the TLS certificate",
         check_tls_match},
    Rule{"tls-valid",
         Error,
         "RFC 5280 section 4.1.2.5",
         "the TLS certificate is valid now",
         check_tls_valid},
    Rule{"tls-expiry",
         Warning,
         "RFC 5280 section 4.1.2.5",
         "the TLS certificate does not expire soon",
         check_tls_expiry},
    Rule{"tls-names",
         Warning,
         "RFC 9525 section 6.1",
         "the TLS certificate has subjectAltNames",
         check_tls_names},
    Rule{"tls-eku",
         Error,
         "RFC 5280 section 4.2.1.12",
         "the TLS certificate is for servers",
         check_tls_eku},

    Rule{"state-writable",
         Error,
         "SECURITY S25",
         "the state database can be opened or made",
         check_state_writable},
    Rule{"state-local",
         Warning,
         "SECURITY S25",
         "the state database is on a local file system",
         check_state_local},
    Rule{"state-mode",
         Warning,
         "SECURITY S27",
         "only the owner may read the state database",
         check_state_mode},
    Rule{"state-database",
         Error,
         "SECURITY S27",
         "the state database is this program's and fits the audit key",
         check_state_database},
    Rule{"audit-key",
         Error,
         "SECURITY S27",
         "the audit key is private, or can be made with a new database",
         check_audit_key},
};

}  // namespace

std::span<const Rule> rules() noexcept {
    return kRules;
}

const Rule& rule(std::string_view id) noexcept {
    const auto found = std::ranges::find(kRules, id, &Rule::id);
    assert(found != kRules.end());
    return *found;
}

Finding& Reporter::add(std::string_view profile,
                       Where where,
                       std::string message,
                       std::string hint) {
    return findings_->emplace_back(Finding{.id = std::string(rule_->id),
                                           .severity = rule_->severity,
                                           .profile = std::string(profile),
                                           .where = std::move(where),
                                           .message = std::move(message),
                                           .cite = std::string(rule_->cite),
                                           .hint = std::move(hint)});
}

std::vector<Finding> check_deployment(const Deployment& deployment,
                                      TimePoint now,
                                      Seconds min_remaining) {
    const Facts facts{.deployment = deployment, .now = now, .min_remaining = min_remaining};
    std::vector<Finding> out;
    for (const Rule& rule : kRules) {
        std::ranges::copy_if(deployment.load_findings,
                             std::back_inserter(out),
                             [&](const Finding& finding) { return finding.id == rule.id; });
        Reporter reporter(rule, out);
        if (rule.check != nullptr)
            rule.check(facts, reporter);
    }
    return out;
}

std::vector<RuleInfo> list_rules() {
    std::vector<RuleInfo> out;
    out.reserve(kRules.size());
    for (const Rule& rule : kRules)
        out.push_back({rule.id, rule.severity, rule.cite, rule.summary});
    return out;
}

}  // namespace scep::check
