// One rule as data, and what its function sees and says.
#pragma once

#include <algorithm>
#include <span>

#include "core/check/clients.hpp"
#include "core/check/deployment.hpp"
#include "core/check/probe.hpp"

namespace scep::check {

struct Facts {
    const Deployment& deployment;
    TimePoint now;
    Seconds min_remaining;
    std::span<const ClientFamily* const> clients{};  // the named ones
    const Probe* probe = nullptr;                    // of a live server, for rules of Scope::Url
};

// What a rule is judged for: once for the server, once for each profile, or once for a live server
// that was asked (then no other rule is).
enum class Scope : std::uint8_t { Server, Profile, Url };

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
    Scope scope = Scope::Server;
    // Whether there is anything to judge; null: always. `profile` is null but for Scope::Profile.
    bool (*applies)(const Facts& facts, const LoadedProfile* profile) = nullptr;
    std::string_view hint{};  // the way out, where the check knows none that fits better
};

// "-", the profile of findings about the server as a whole.
inline constexpr std::string_view kServer = "-";

// The message about a setting that nobody set and that has no default.
inline constexpr std::string_view kNotSet = "is not set";

// The way out where this user may not look.
inline constexpr std::string_view kAsTheServer =
    "run this as the user that serve runs as, for instance with runuser -u USER --";

// The way out for a setting that is missing: the rule's, behind the name of the variable where the
// environment is where it would be set: there is no file, or no line of its table.
std::string hint_of_variable(const config::Config& config,
                             std::string_view setting,
                             std::size_t line,
                             std::string_view rule_id);

std::span<const Rule> rules() noexcept;
const Rule& rule(std::string_view id) noexcept;  // the id is in the table (assert)
std::string_view name(Scope scope) noexcept;     // "profile"

// Every rule over the facts: those of Scope::Url when there is a probe, else all others, with the
// findings of the loading among them; in the order of the table.
std::vector<Finding> run_rules(const Facts& facts);

// applies.cpp
bool applies_to_issuers(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ca(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ca_pair(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ca_chain(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ca_chain_file(const Facts& facts, const LoadedProfile* profile);
bool applies_to_issued_ca(const Facts& facts, const LoadedProfile* profile);
bool applies_to_loaded_issuer(const Facts& facts, const LoadedProfile* profile);
bool applies_to_named_certificate_profile(const Facts& facts, const LoadedProfile* profile);
bool applies_to_configured_ra(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ra(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ra_pair(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ra_under_ca(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ra_and_ca_keys(const Facts& facts, const LoadedProfile* profile);
bool applies_to_challenge(const Facts& facts, const LoadedProfile* profile);
bool applies_to_several_challenges(const Facts& facts, const LoadedProfile* profile);
bool applies_to_must_staple(const Facts& facts, const LoadedProfile* profile);
bool applies_to_devices_of_their_own_key(const Facts& facts, const LoadedProfile* profile);
bool applies_to_tls_key(const Facts& facts, const LoadedProfile* profile);
bool applies_to_tls(const Facts& facts, const LoadedProfile* profile);
bool applies_to_tls_pair(const Facts& facts, const LoadedProfile* profile);
bool applies_to_listen_host(const Facts& facts, const LoadedProfile* profile);
bool applies_to_database(const Facts& facts, const LoadedProfile* profile);
bool applies_to_readable_database(const Facts& facts, const LoadedProfile* profile);

// rules_profile.cpp
void check_profile_present(const Facts& facts, Reporter& out);
void check_profile_issuer(const Facts& facts, Reporter& out);
void check_certificate_profile(const Facts& facts, Reporter& out);
void check_signer_key(const Facts& facts, Reporter& out);
void check_legacy_algorithms(const Facts& facts, Reporter& out);
void check_must_staple(const Facts& facts, Reporter& out);

// rules_challenge.cpp
bool wants_challenge(const config::Profile& profile) noexcept;
bool applies_to_wanted_challenge(const Facts& facts, const LoadedProfile* profile);
bool applies_to_password_recipients(const Facts& facts, const LoadedProfile* profile);
void check_challenge_printable(const Facts& facts, Reporter& out);
void check_challenge_strength(const Facts& facts, Reporter& out);
void check_challenge_in_file(const Facts& facts, Reporter& out);
void check_challenge_shared(const Facts& facts, Reporter& out);
void check_password_recipients(const Facts& facts, Reporter& out);
void check_raw_csr(const Facts& facts, Reporter& out);

// rules_lifecycle.cpp
std::string duration_text(Seconds duration);  // "30 days", "36 hours", "90 seconds"
bool applies_to_renewal_window(const Facts& facts, const LoadedProfile* profile);
bool applies_to_repeat_window(const Facts& facts, const LoadedProfile* profile);
void check_approval(const Facts& facts, Reporter& out);
void check_renewal_window(const Facts& facts, Reporter& out);
void check_repeat_window(const Facts& facts, Reporter& out);

// rules_ra.cpp
bool applies_to_several_ra(const Facts& facts, const LoadedProfile* profile);
void check_ra_duplicate(const Facts& facts, Reporter& out);
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
void check_ra_signature(const Facts& facts, Reporter& out);

// rules_ca.cpp
void check_ca_match(const Facts& facts, Reporter& out);
void check_ca_basic_constraints(const Facts& facts, Reporter& out);
void check_ca_key_usage(const Facts& facts, Reporter& out);
void check_ca_valid(const Facts& facts, Reporter& out);
void check_ca_expiry(const Facts& facts, Reporter& out);
void check_ca_chain(const Facts& facts, Reporter& out);
void check_ca_outlived(const Facts& facts, Reporter& out);
void check_ca_path_length(const Facts& facts, Reporter& out);
void check_ca_signature(const Facts& facts, Reporter& out);
void check_ca_crl_sign(const Facts& facts, Reporter& out);

// rules_next_ca.cpp
bool applies_to_next_ca_setting(const Facts& facts, const LoadedProfile* profile);
bool applies_to_next_ca_key_setting(const Facts& facts, const LoadedProfile* profile);
bool applies_to_next_ca(const Facts& facts, const LoadedProfile* profile);
bool applies_to_next_ca_pair(const Facts& facts, const LoadedProfile* profile);
bool applies_to_both_cas(const Facts& facts, const LoadedProfile* profile);
bool applies_to_next_issuer(const Facts& facts, const LoadedProfile* profile);
void check_next_ca_match(const Facts& facts, Reporter& out);
void check_next_ca_constraints(const Facts& facts, Reporter& out);
void check_next_ca_valid(const Facts& facts, Reporter& out);
void check_next_ca_later(const Facts& facts, Reporter& out);
void check_next_ca_key_new(const Facts& facts, Reporter& out);
void check_next_ca_signature_usage(const Facts& facts, Reporter& out);
void check_next_ca_recipient(const Facts& facts, Reporter& out);

// rules_previous_ca.cpp
bool applies_to_previous_ca_setting(const Facts& facts, const LoadedProfile* profile);
bool applies_to_previous_ca(const Facts& facts, const LoadedProfile* profile);
void check_previous_ca_constraints(const Facts& facts, Reporter& out);
void check_previous_ca_former(const Facts& facts, Reporter& out);
void check_previous_ca_expired(const Facts& facts, Reporter& out);

// rules_server.cpp
void check_tls_match(const Facts& facts, Reporter& out);
void check_tls_valid(const Facts& facts, Reporter& out);
void check_tls_expiry(const Facts& facts, Reporter& out);
void check_tls_names(const Facts& facts, Reporter& out);
void check_tls_eku(const Facts& facts, Reporter& out);
void check_tls_signature(const Facts& facts, Reporter& out);
void check_listen_address(const Facts& facts, Reporter& out);
void check_tls_host(const Facts& facts, Reporter& out);
void check_clock(const Facts& facts, Reporter& out);
void check_state_writable(const Facts& facts, Reporter& out);
void check_state_local(const Facts& facts, Reporter& out);
void check_state_mode(const Facts& facts, Reporter& out);
void check_state_database(const Facts& facts, Reporter& out);
void check_audit_key(const Facts& facts, Reporter& out);

// applies_mtls.cpp
bool applies_to_mtls(const Facts& facts, const LoadedProfile* profile);
bool applies_to_no_mtls(const Facts& facts, const LoadedProfile* profile);
bool applies_to_bundle(const Facts& facts, const LoadedProfile* profile);
bool applies_to_crl_file(const Facts& facts, const LoadedProfile* profile);
bool applies_to_crls(const Facts& facts, const LoadedProfile* profile);
bool applies_to_deny_file(const Facts& facts, const LoadedProfile* profile);
bool applies_to_proxy(const Facts& facts, const LoadedProfile* profile);
bool applies_to_proxy_ca(const Facts& facts, const LoadedProfile* profile);
bool applies_to_proxy_cas(const Facts& facts, const LoadedProfile* profile);

// rules_bundle.cpp
void check_trust_valid(const Facts& facts, Reporter& out);
void check_trust_expiry(const Facts& facts, Reporter& out);
void check_trust_basic_constraints(const Facts& facts, Reporter& out);
void check_trust_key_usage(const Facts& facts, Reporter& out);
void check_trust_key_size(const Facts& facts, Reporter& out);
void check_trust_signature(const Facts& facts, Reporter& out);
void check_trust_duplicate(const Facts& facts, Reporter& out);
void check_trust_namesake(const Facts& facts, Reporter& out);
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

// rules_client.cpp
template <Quirk quirk>
bool applies_to_quirk(const Facts& facts, const LoadedProfile* /*profile*/) {
    return std::ranges::any_of(facts.clients,
                               [](const ClientFamily* family) { return family->has(quirk); });
}

bool applies_to_old_transports(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ra_for_strict_clients(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ca_for_rsa_clients(const Facts& facts, const LoadedProfile* profile);
bool applies_to_challenge_for_clients(const Facts& facts, const LoadedProfile* profile);
bool applies_to_reply_for_clients(const Facts& facts, const LoadedProfile* profile);
bool applies_to_waiting_clients(const Facts& facts, const LoadedProfile* profile);
bool applies_to_renewing_clients(const Facts& facts, const LoadedProfile* profile);
void check_client_tls(const Facts& facts, Reporter& out);
void check_client_algorithms(const Facts& facts, Reporter& out);
void check_client_challenge(const Facts& facts, Reporter& out);
void check_client_signer_key(const Facts& facts, Reporter& out);
void check_client_reply_chain(const Facts& facts, Reporter& out);
void check_client_ra_key_usage(const Facts& facts, Reporter& out);
void check_client_ca_key(const Facts& facts, Reporter& out);
void check_client_root_path(const Facts& facts, Reporter& out);
void check_client_polling(const Facts& facts, Reporter& out);
void check_client_renewal(const Facts& facts, Reporter& out);

// rules_url.cpp
bool applies_to_tls_url(const Facts& facts, const LoadedProfile* profile);
bool applies_to_tls_trust(const Facts& facts, const LoadedProfile* profile);
bool applies_to_tls_chain(const Facts& facts, const LoadedProfile* profile);
bool applies_to_reachable(const Facts& facts, const LoadedProfile* profile);
bool applies_to_open_route(const Facts& facts, const LoadedProfile* profile);
bool applies_to_capabilities(const Facts& facts, const LoadedProfile* profile);
bool applies_to_ca_reply(const Facts& facts, const LoadedProfile* profile);
bool applies_to_mtls_url(const Facts& facts, const LoadedProfile* profile);
void check_url_reachable(const Facts& facts, Reporter& out);
void check_url_tls_version(const Facts& facts, Reporter& out);
void check_url_tls_trust(const Facts& facts, Reporter& out);
void check_url_tls_host(const Facts& facts, Reporter& out);
void check_url_tls_valid(const Facts& facts, Reporter& out);
void check_url_tls_expiry(const Facts& facts, Reporter& out);
void check_url_tls_signature(const Facts& facts, Reporter& out);
void check_url_capabilities(const Facts& facts, Reporter& out);
void check_url_caps_post(const Facts& facts, Reporter& out);
void check_url_caps_aes(const Facts& facts, Reporter& out);
void check_url_caps_sha256(const Facts& facts, Reporter& out);
void check_url_caps_standard(const Facts& facts, Reporter& out);
void check_url_caps_weak(const Facts& facts, Reporter& out);
void check_url_certificates(const Facts& facts, Reporter& out);
void check_url_ra_encrypts(const Facts& facts, Reporter& out);
void check_url_ra_signs(const Facts& facts, Reporter& out);
void check_url_valid(const Facts& facts, Reporter& out);
void check_url_expiry(const Facts& facts, Reporter& out);
void check_url_signature(const Facts& facts, Reporter& out);
void check_url_chain(const Facts& facts, Reporter& out);
void check_url_mtls(const Facts& facts, Reporter& out);
void check_url_mtls_only(const Facts& facts, Reporter& out);

}  // namespace scep::check
