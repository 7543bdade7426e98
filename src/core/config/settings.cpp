#include "core/config/settings.hpp"

#include <array>

namespace scep::config {

namespace {

using enum Kind;
using enum Support;

constexpr std::array kRoot{Setting{"server", Table},
                           Setting{"issuer", Table},
                           Setting{"certificate_profile", Table},
                           Setting{"scep", Table}};

constexpr std::array kListener{Setting{"listen"}};

constexpr std::array kTrustedProxy{Setting{"enabled", Flag},
                                   Setting{"cidrs", List},
                                   Setting{"header"},
                                   Setting{"format"},
                                   Setting{"client_ca_path"}};
constexpr std::array kRateLimit{
    Setting{"enabled", Flag}, Setting{"rps", Number}, Setting{"burst", Number}};

constexpr std::array kServer{
    Setting{"listen"},
    Setting{"tls_cert_path"},
    Setting{"tls_key_path"},
    Setting{"max_body_size", Number},
    Setting{"state_path"},
    Setting{"audit_key_path"},
    Setting{"log_level"},
    Setting{"log_format"},
    Setting{"trusted_proxy", Table, Built, kTrustedProxy},
    Setting{"rate_limit", Table, Built, kRateLimit},
    Setting{"admin", Table, Absent, kListener},
    Setting{"status", Table, Absent, kListener},
};

constexpr std::array kIssuer{
    Setting{"ca_cert_path"},
    Setting{"ca_key_path"},
    Setting{"chain_path"},
    Setting{"crl_url"},
    Setting{"ocsp_url"},
    Setting{"aia_url"},
    Setting{"next_ca_cert_path"},
    Setting{"next_ca_key_path"},
    Setting{"previous_ca_cert_path"},
};

constexpr std::array kCertificateProfile{
    Setting{"max_ttl"},
    Setting{"allowed_ekus", List},
    Setting{"must_staple", Flag},
    Setting{"min_rsa_bits", Number},
    Setting{"curves", List},
    Setting{"san_types", List},
    Setting{"san_pattern", List},
    Setting{"subject_pattern", List},
};

constexpr std::array kProfile{
    Setting{"path_id"},
    Setting{"issuer_id"},
    Setting{"profile_id"},
    Setting{"challenge_password"},
    Setting{"challenge_password_file"},
    Setting{"one_time_challenges_only", Flag},
    Setting{"ra_cert_path"},
    Setting{"ra_key_path"},
    Setting{"ra", Table},
    Setting{"chain"},
    Setting{"require_signer_key", Flag},
    Setting{"mtls_enabled", Flag},
    Setting{"mtls_client_ca_trust_bundle_path"},
    Setting{"mtls_only", Flag},
    Setting{"mtls_bind"},
    Setting{"mtls_crl_path"},
    Setting{"mtls_deny_path"},
    Setting{"approval"},
    Setting{"pending_ttl"},
    Setting{"repeat_window"},
    Setting{"renewal_window"},
    Setting{"renewal_grace"},
    Setting{"renewal_requires_challenge", Flag},
    Setting{"allow_subject_change", Flag},
    Setting{"signing_time_window"},
    Setting{"raw_csr", Flag},
    Setting{"allow_legacy", List},
    Setting{"password_recipients", Flag},
};

constexpr std::array kRa{Setting{"cert_path"}, Setting{"key_path"}};

}  // namespace

const std::span<const Setting> kRootSettings{kRoot};
const std::span<const Setting> kServerSettings{kServer};
const std::span<const Setting> kTrustedProxySettings{kTrustedProxy};
const std::span<const Setting> kRateLimitSettings{kRateLimit};
const std::span<const Setting> kIssuerSettings{kIssuer};
const std::span<const Setting> kCertificateProfileSettings{kCertificateProfile};
const std::span<const Setting> kProfileSettings{kProfile};
const std::span<const Setting> kRaSettings{kRa};

}  // namespace scep::config
