// One rule as data, and what its function sees and says.
#pragma once

#include <span>

#include "core/check/deployment.hpp"

namespace scep::check {

struct Facts {
    const Deployment& deployment;
    TimePoint now;
    Seconds min_remaining;
};

struct Rule;

// Collects findings in the name of one rule, which gives id, severity and citation.
class Reporter {
  public:
    Reporter(const Rule& rule, std::vector<Finding>& findings) noexcept
        : rule_(&rule), findings_(&findings) {}

    // `profile` is a path_id, or "-" for the server as a whole.
    Finding& add(std::string_view profile, Where where, std::string message, std::string hint = {});

  private:
    const Rule* rule_;
    std::vector<Finding>* findings_;
};

struct Rule {
    std::string_view id;
    Severity severity;
    std::string_view cite;
    std::string_view summary;
    void (*check)(const Facts&, Reporter&);  // null: found while loading
};

// "-", the profile of findings about the server as a whole.
inline constexpr std::string_view kServer = "-";

std::span<const Rule> rules() noexcept;
const Rule& rule(std::string_view id) noexcept;  // the id is in the table (assert)

// rules_profile.cpp
void check_profile_present(const Facts& facts, Reporter& out);
void check_profile_issuer(const Facts& facts, Reporter& out);
void check_certificate_profile(const Facts& facts, Reporter& out);
void check_challenge_printable(const Facts& facts, Reporter& out);
void check_challenge_strength(const Facts& facts, Reporter& out);
void check_challenge_in_file(const Facts& facts, Reporter& out);

// rules_ra.cpp
void check_ra_present(const Facts& facts, Reporter& out);
void check_ra_match(const Facts& facts, Reporter& out);
void check_ra_valid(const Facts& facts, Reporter& out);
void check_ra_expiry(const Facts& facts, Reporter& out);
void check_ra_key_type(const Facts& facts, Reporter& out);
void check_ra_key_size(const Facts& facts, Reporter& out);
void check_ra_key_usage(const Facts& facts, Reporter& out);
void check_ra_eku(const Facts& facts, Reporter& out);
void check_ra_chain(const Facts& facts, Reporter& out);
void check_ra_is_ca(const Facts& facts, Reporter& out);

// rules_ca.cpp
void check_ca_match(const Facts& facts, Reporter& out);
void check_ca_basic_constraints(const Facts& facts, Reporter& out);
void check_ca_key_usage(const Facts& facts, Reporter& out);
void check_ca_valid(const Facts& facts, Reporter& out);
void check_ca_expiry(const Facts& facts, Reporter& out);
void check_ca_chain(const Facts& facts, Reporter& out);
void check_ca_outlived(const Facts& facts, Reporter& out);

// rules_server.cpp
void check_tls_match(const Facts& facts, Reporter& out);
void check_tls_valid(const Facts& facts, Reporter& out);
void check_tls_expiry(const Facts& facts, Reporter& out);
void check_tls_names(const Facts& facts, Reporter& out);
void check_tls_eku(const Facts& facts, Reporter& out);
void check_state_writable(const Facts& facts, Reporter& out);
void check_state_local(const Facts& facts, Reporter& out);
void check_state_mode(const Facts& facts, Reporter& out);
void check_state_database(const Facts& facts, Reporter& out);
void check_audit_key(const Facts& facts, Reporter& out);

// rules_bundle.cpp
void check_trust_valid(const Facts& facts, Reporter& out);
void check_trust_expiry(const Facts& facts, Reporter& out);
void check_trust_basic_constraints(const Facts& facts, Reporter& out);
void check_trust_key_usage(const Facts& facts, Reporter& out);
void check_trust_key_size(const Facts& facts, Reporter& out);
void check_trust_signature(const Facts& facts, Reporter& out);
void check_trust_duplicate(const Facts& facts, Reporter& out);
void check_trust_issuing_ca(const Facts& facts, Reporter& out);

// rules_crl.cpp
void check_trust_crl(const Facts& facts, Reporter& out);
void check_trust_crl_expiry(const Facts& facts, Reporter& out);
void check_trust_crl_missing(const Facts& facts, Reporter& out);
void check_trust_crl_issuer(const Facts& facts, Reporter& out);
void check_trust_deny_empty(const Facts& facts, Reporter& out);

// rules_mtls.cpp
void check_mtls_scep_open(const Facts& facts, Reporter& out);
void check_mtls_bind(const Facts& facts, Reporter& out);
void check_mtls_unused(const Facts& facts, Reporter& out);

// rules_proxy.cpp
void check_proxy_both(const Facts& facts, Reporter& out);
void check_proxy_networks(const Facts& facts, Reporter& out);
void check_proxy_header(const Facts& facts, Reporter& out);
void check_proxy_unauthenticated(const Facts& facts, Reporter& out);
void check_proxy_ca_valid(const Facts& facts, Reporter& out);
void check_proxy_ca_expiry(const Facts& facts, Reporter& out);
void check_proxy_ca_constraints(const Facts& facts, Reporter& out);
void check_proxy_unused(const Facts& facts, Reporter& out);

}  // namespace scep::check
