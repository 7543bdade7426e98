#include "core/config/settings.hpp"

#include <array>

namespace scep::config {

namespace {

using enum Support;

constexpr std::array kRoot{
    Setting{"server"}, Setting{"issuer"}, Setting{"certificate_profile"}, Setting{"scep"}};

constexpr std::array kTrustedProxy{Setting{"enabled"},
                                   Setting{"cidrs"},
                                   Setting{"header"},
                                   Setting{"format"},
                                   Setting{"client_ca_path"}};
constexpr std::array kRateLimit{Setting{"enabled"}, Setting{"rps"}, Setting{"burst"}};
constexpr std::array kListener{Setting{"listen"}};

constexpr std::array kServer{
    Setting{"listen"},
    Setting{"tls_cert_path"},
    Setting{"tls_key_path"},
    Setting{"max_body_size"},
    Setting{"state_path"},
    Setting{"audit_key_path"},
    Setting{"log_level"},
    Setting{"log_format"},
    Setting{"trusted_proxy", Switch, {}, kTrustedProxy},
    Setting{"rate_limit", Switch, {}, kRateLimit},
    Setting{"admin", Absent, {}, kListener},
    Setting{"status", Absent, {}, kListener},
};

constexpr std::array kIssuer{
    Setting{"ca_cert_path"},
    Setting{"ca_key_path"},
    Setting{"chain_path"},
    Setting{"crl_url"},
    Setting{"ocsp_url"},
    Setting{"aia_url"},
    Setting{"next_ca_cert_path", OnlyOff, R"("")"},
    Setting{"next_ca_key_path", OnlyOff, R"("")"},
};

constexpr std::array kCertificateProfile{
    Setting{"max_ttl"},
    Setting{"allowed_ekus"},
    Setting{"must_staple"},
    Setting{"min_rsa_bits"},
    Setting{"curves"},
    Setting{"san_types"},
    Setting{"san_pattern"},
    Setting{"subject_pattern"},
};

constexpr std::array kProfile{
    Setting{"path_id"},
    Setting{"issuer_id"},
    Setting{"profile_id"},
    Setting{"challenge_password"},
    Setting{"challenge_password_file"},
    Setting{"ra_cert_path"},
    Setting{"ra_key_path"},
    Setting{"ra"},
    Setting{"chain"},
    Setting{"require_signer_key"},
    Setting{"mtls_enabled", OnlyOff, "false"},
    Setting{"mtls_client_ca_trust_bundle_path", OnlyOff, R"("")"},
    Setting{"mtls_only", OnlyOff, "false"},
    Setting{"mtls_bind", OnlyOff, R"("none")"},
    Setting{"mtls_crl_path", OnlyOff, R"("")"},
    Setting{"mtls_deny_path", OnlyOff, R"("")"},
    Setting{"approval", OnlyOff, R"("automatic")"},
    Setting{"pending_ttl", OnlyOff, R"("7d")"},  // the default; without a meaning while automatic
    Setting{"repeat_window", OnlyOff, R"("0s")"},
    Setting{"renewal_window", OnlyOff, R"("0s")"},
    Setting{"renewal_grace", OnlyOff, R"("0s")"},
    Setting{"renewal_requires_challenge", OnlyOff, "false"},
    Setting{"allow_subject_change", OnlyOff, "false"},
    Setting{"signing_time_window", OnlyOff, R"("off")"},
    Setting{"raw_csr", OnlyOff, "false"},
    Setting{"allow_legacy", OnlyOff, "[]"},
    Setting{"password_recipients", OnlyOff, "false"},
};

constexpr std::array kRa{Setting{"cert_path"}, Setting{"key_path"}};

}  // namespace

const std::span<const Setting> kRootSettings{kRoot};
const std::span<const Setting> kServerSettings{kServer};
const std::span<const Setting> kIssuerSettings{kIssuer};
const std::span<const Setting> kCertificateProfileSettings{kCertificateProfile};
const std::span<const Setting> kProfileSettings{kProfile};
const std::span<const Setting> kRaSettings{kRa};

}  // namespace scep::config
