// The configuration as plain structs: TOML in, validated values out. It touches no file but the one
// it is given; what the paths point to is checked by check/.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/network.hpp"
#include "core/base/secret.hpp"
#include "core/x509/issue.hpp"

namespace scep::config {

struct ListenAddress {
    std::string host = "127.0.0.1";  // IPv6 without brackets
    std::uint16_t port = 8443;       // 0: any free one
};

// "host:port", "[::1]:8443"; nothing is resolved. Config.
Result<ListenAddress> parse_listen(std::string_view text);
std::string to_text(const ListenAddress& address);
bool is_loopback(const ListenAddress& address) noexcept;  // localhost, 127.0.0.0/8, ::1

enum class ForwardedFormat : std::uint8_t { PemUrlencoded, DerBase64, Rfc9440 };

// [server.trusted_proxy] (SECURITY rule S21)
struct TrustedProxy {
    bool enabled = false;
    std::vector<IpNetwork> cidrs{};
    std::string header = "X-SSL-Client-Cert";  // the one that counts
    ForwardedFormat format = ForwardedFormat::PemUrlencoded;
    std::filesystem::path client_ca_path{};  // empty: the proxy need not authenticate itself
    std::size_t line = 0;                    // of its table, for messages
};

// [server.rate_limit]: per client address, a bucket of `burst` requests that refills at `rps`.
struct RateLimit {
    bool enabled = true;
    std::int64_t rps = 50;
    std::int64_t burst = 100;
};

struct Server {
    ListenAddress listen{};
    std::filesystem::path tls_cert_path{};
    std::filesystem::path tls_key_path{};
    std::size_t max_body_size = 1048576;  // octets
    std::filesystem::path state_path = "/var/lib/certctl-scep/state.db";
    std::filesystem::path audit_key_path = "/var/lib/certctl-scep/audit.key";
    std::string log_level = "info";   // trace debug info warn error
    std::string log_format = "text";  // text json
    TrustedProxy trusted_proxy{};
    RateLimit rate_limit{};
};

struct Issuer {
    std::string id{};
    std::filesystem::path ca_cert_path{}, ca_key_path{}, chain_path{};  // chain: empty when absent
    std::string crl_url{}, ocsp_url{}, aia_url{};
    // Rollover: the CA that takes over. Without its key it is only announced (GetNextCACert).
    std::filesystem::path next_ca_cert_path{}, next_ca_key_path{};  // empty when absent
    // The CAs that it took over from, whose certificates still renew; empty when absent.
    std::filesystem::path previous_ca_cert_path{};
    std::size_t line = 0;  // of its table, for messages
};

struct RaPair {
    std::filesystem::path cert_path{}, key_path{};
};

enum class Chain : std::uint8_t { None, Ca, Full };

// What of a request must equal the bootstrap certificate's (SECURITY rule S20).
enum class MtlsBind : std::uint8_t { None, Cn, San, Serial };

// Who decides on a request that is in order: the program, or an operator (PENDING until then).
enum class Approval : std::uint8_t { Automatic, Manual };

// The route /scep-mtls of a profile.
struct Mtls {
    bool enabled = false;
    std::filesystem::path bundle_path{};
    bool only = false;  // /scep of this profile answers 403
    MtlsBind bind = MtlsBind::None;
    std::filesystem::path crl_path{}, deny_path{};  // empty when absent
};

// What allow_legacy may open.
inline constexpr std::array<std::string_view, 3> kLegacyAlgorithms{"sha1", "3des", "rsa1024"};

// [scep.NAME]
struct Profile {
    std::string name{};
    std::string path_id{};  // "" is the root /scep
    std::string issuer_id{};
    std::string profile_id{};  // of a certificate_profile; empty: the built-in default
    std::filesystem::path challenge_password_file{};
    SecretBytes challenge_password{};  // from the file itself; empty when the _file form is used
    std::vector<RaPair> ra{};          // the first is the one that answers
    Mtls mtls{};
    Chain chain = Chain::Ca;
    Approval approval = Approval::Automatic;
    bool renewal_requires_challenge = false;
    bool allow_subject_change = false;
    bool require_signer_key = false;  // SECURITY rule S08
    bool raw_csr = false;  // true by default where the environment alone makes the profile
    bool password_recipients = false;  // SECURITY rule S06
    bool one_time_challenges_only =
        false;  // no static challenge: admin mints what lets requests in
    Seconds pending_ttl = std::chrono::hours(24 * 7);
    Seconds repeat_window = std::chrono::hours(1);  // zero: a repeat is a new request
    // How long before notAfter a renewal is accepted; nullopt: at any time.
    std::optional<Seconds> renewal_window = std::chrono::hours(24 * 30);
    Seconds renewal_grace{};                       // after notAfter
    std::optional<Seconds> signing_time_window{};  // either way; nullopt: not looked at
    std::vector<std::string> allow_legacy{};       // of kLegacyAlgorithms, none twice
    std::size_t line = 0;                          // of its table, for messages
};

// One setting as it takes effect, for whoever asks where it comes from.
struct EffectiveSetting {
    std::string table{};   // "scep.corp", "scep.corp.ra[0]"
    std::string key{};     // "issuer_id"
    std::string value{};   // as TOML, which is JSON too; paths resolved; empty: not set
    std::string source{};  // the file or the variable; empty: the default
    std::size_t line = 0;  // in the file
    bool secret = false;   // `value` only says that there is one
};

struct Config {
    std::filesystem::path path{};  // empty for one built in memory
    Server server{};
    std::vector<Issuer> issuers{};
    std::vector<x509::CertificateProfile> certificate_profiles{};
    std::vector<Profile> profiles{};
    std::vector<EffectiveSetting> settings{};  // table by table, in the order of the manual

    // Where a setting comes from: line of the file, or variable. One that nobody set: where its
    // table is. The field is its full name.
    Where place_of(std::string_view table, std::string_view key) const;

    const Issuer* issuer(std::string_view id) const noexcept;
    const x509::CertificateProfile* certificate_profile(std::string_view id) const noexcept;
};

// Variables of the environment: names and values; those that do not begin with CERTCTL_ are not
// looked at.
using Environment = std::vector<std::pair<std::string, std::string>>;

// A configuration as far as it could be read, and what is wrong with it.
struct Reading {
    Config config{};
    std::vector<Error> errors{};  // Config; where = path:line:column, in that order, or a variable
    std::vector<Error> warnings{};  // variables that mean nothing here
    bool parsed = true;             // false: no file or no TOML; `config` is all defaults
};

// Parses TOML text. Relative paths become relative to the directory of `path`. Unknown keys and
// tables are errors with line, column and a suggestion; a known table that is not built yet is an
// error unless it is empty (SECURITY rule S15). Duplicate path ids and references to an issuer
// or certificate profile that is not there are errors; paths that are not set are for check/ to
// find. The environment overrides the file.
Reading read_config(std::string_view toml,
                    const std::filesystem::path& path,
                    const Environment& environment = {});

// The same for callers that need all of it to be right: the first error.
Result<Config> parse_config(std::string_view toml, const std::filesystem::path& path);

// The variable that sets this ("scep.c.issuer_id"); empty when none does.
std::string variable_for(std::string_view setting);

// Whether a certificate profile takes this in its san_pattern or subject_pattern. Config, without a
// place.
Status check_san_pattern(const std::string& pattern);
Status check_subject_pattern(const std::string& pattern);

// Reads the file and parses it; without a path the environment is all there is. A file that is not
// there (Config) or cannot be read (Io) is the one error.
Reading read_config_file(const std::filesystem::path& path, const Environment& environment = {});
Result<Config> load_config(const std::filesystem::path& path, const Environment& environment = {});

}  // namespace scep::config
