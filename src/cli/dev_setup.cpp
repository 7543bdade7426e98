#include "cli/dev_setup.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/infrastructure.hpp"
#include "cli/mint.hpp"
#include "core/base/encoding.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours kDay{24};
constexpr Seconds kCaLifetime = 3650 * kDay;
constexpr Seconds kRaLifetime = 1825 * kDay;
constexpr Seconds kTlsLifetime = 825 * kDay;  // what the strictest TLS clients take of a private CA
constexpr std::size_t kAuditKeySize = 32;     // octets
constexpr unsigned kPublic = 0644;
constexpr unsigned kPrivate = 0600;

constexpr std::array<std::string_view, 9> kFiles{"ca.crt",
                                                 "ca.key",
                                                 "ra.crt",
                                                 "ra.key",
                                                 "tls.crt",
                                                 "tls.key",
                                                 "challenge",
                                                 "audit.key",
                                                 "certctl-scep.toml"};

constexpr std::string_view kConfiguration =
    R"(# Made by `certctl-scep serve --dev`. Every setting is in certctl-scep(1); paths are relative to this
# file. `certctl-scep serve --config` with it serves the same.

[server]
listen         = "{}"     # TLS 1.3 only
tls_cert_path  = "tls.crt"            # issued by ca.crt: clients take ca.crt as their TLS anchor
tls_key_path   = "tls.key"
state_path     = "state.db"           # issued certificates and the audit trail
audit_key_path = "audit.key"          # chains the audit trail; keep a copy elsewhere
log_level      = "info"               # trace, debug, info, warn, error
log_format     = "text"               # or "json"

[server.rate_limit]                   # per client address; on where this table is absent
enabled = false

[issuer.iss-local]
ca_cert_path = "ca.crt"               # P-256, path length 0
ca_key_path  = "ca.key"

# What is written into a device's certificate; only subject, key and SANs come from its request.
[certificate_profile.devices]
max_ttl      = "365d"
allowed_ekus = ["clientAuth"]
min_rsa_bits = 2048
curves       = ["P-256", "P-384"]
san_types    = ["dns", "email", "ip"]

# One table per endpoint. path_id = "" is /scep itself, path_id = "corp" would be /scep/corp.
[scep.default]
path_id                 = ""
issuer_id               = "iss-local"
profile_id              = "devices"
challenge_password_file = "challenge" # what devices must know
ra_cert_path            = "ra.crt"    # what requests are encrypted to
ra_key_path             = "ra.key"
)";

SecretBytes challenge_line(Random& random) {
    SecretBytes out = mint_challenge(random);
    out.push_back('\n');
    return out;
}

// localhost, its addresses, the address listened on, and this host's name when it is one.
Result<std::vector<x509::GeneralName>> tls_names(const config::ListenAddress& listen) {
    std::vector<std::string> texts{"dns:localhost", "ip:127.0.0.1", "ip:::1"};
    if (const std::string own = "ip:" + listen.host;
        listen.host != "localhost" && std::ranges::find(texts, own) == texts.end())
        texts.push_back(own);
    std::vector<x509::GeneralName> out;
    for (const std::string& text : texts) {
        SCEP_TRY(name, x509::general_name_from_text(text));
        out.push_back(name);
    }
    std::array<char, HOST_NAME_MAX + 1> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0 ||
        std::string_view(host.data()) == "localhost")
        return out;
    if (auto name = x509::general_name_from_text(fmt::format("dns:{}", host.data())))
        out.push_back(*std::move(name));
    return out;
}

std::string configuration(config::ListenAddress listen) {
    if (listen.port == 0)
        listen.port = config::ListenAddress{}.port;
    return fmt::format(kConfiguration, config::to_text(listen));
}

Result<std::vector<files::NewFile>> make_files(const fs::path& dir,
                                               const config::ListenAddress& listen,
                                               TimePoint now,
                                               Random& random) {
    SCEP_TRY(ca_key, crypto::PrivateKey::generate_ec(crypto::Curve::P256));
    SCEP_TRY(ra_key, crypto::PrivateKey::generate_rsa(limits::kMinRsaBits));
    SCEP_TRY(tls_key, crypto::PrivateKey::generate_ec(crypto::Curve::P256));
    // A name of its own: two such CAs on one machine must not be taken for each other.
    SCEP_TRY(ca_name, common_name("certctl-scep dev CA " + to_hex(random.bytes(4))));
    SCEP_TRY(ca_cert, make_ca_certificate(ca_name, *ca_key, now, kCaLifetime, random));
    const Authority ca{.certificate = ca_cert, .key = *ca_key};
    SCEP_TRY(ra_name, common_name("certctl-scep dev RA"));
    SCEP_TRY(ra_cert,
             issue_ra_certificate(ca, ra_name, ra_key->public_key(), now, kRaLifetime, random));
    SCEP_TRY(tls_name, common_name("localhost"));
    SCEP_TRY(names, tls_names(listen));
    SCEP_TRY(tls_cert,
             issue_tls_certificate(
                 ca, tls_name, names, tls_key->public_key(), now, kTlsLifetime, random));
    return std::vector<files::NewFile>{
        {dir / "ca.crt", to_secret(x509::to_pem(ca_cert)), kPublic},
        {dir / "ca.key", ca_key->to_pkcs8_pem(), kPrivate},
        {dir / "ra.crt", to_secret(x509::to_pem(ra_cert)), kPublic},
        {dir / "ra.key", ra_key->to_pkcs8_pem(), kPrivate},
        {dir / "tls.crt", to_secret(x509::to_pem(tls_cert)), kPublic},
        {dir / "tls.key", tls_key->to_pkcs8_pem(), kPrivate},
        {dir / "challenge", challenge_line(random), kPrivate},
        {dir / "audit.key", to_secret(to_hex(random.bytes(kAuditKeySize)) + '\n'), kPrivate},
        {dir / "certctl-scep.toml", to_secret(configuration(listen)), kPublic}};
}

Status create(const fs::path& dir,
              const config::ListenAddress& listen,
              TimePoint now,
              Random& random) {
    SCEP_TRY(made, make_files(dir, listen, now, random));
    SCEP_TRY(directory, files::NewDirectory::make(dir, 0700));
    Status written = files::write_all(made, files::Overwrite::Refuse);
    if (!written) {
        directory.undo();
        if (written.error().code == Errc::Config)
            written.error().hint = "another serve --dev made it at the same moment: start again";
    }
    return written;
}

}  // namespace

Status check_dev_listen(const config::ListenAddress& listen) {
    if (config::is_loopback(listen))
        return {};
    return fail(Error{.code = Errc::Usage,
                      .what = fmt::format("--dev listens on loopback addresses only, got {}",
                                          config::to_text(listen)),
                      .hint = "--config FILE serves on any address"});
}

Result<bool> has_dev_files(const fs::path& dir) {
    std::vector<fs::path> missing;
    for (const std::string_view file : kFiles)
        if (!files::exists(dir / file))
            missing.push_back(dir / file);
    if (missing.empty() || missing.size() == kFiles.size())
        return missing.empty();
    return fail(
        Error{.code = Errc::Config,
              .what = "is missing, while others of its directory are there",
              .where = {.source = missing.front().string()},
              .hint = fmt::format("put it back, or remove {} to begin anew", dir.string())});
}

Result<DevSetup> make_dev_directory(const fs::path& dir,
                                    const config::ListenAddress& listen,
                                    const Clock& clock,
                                    Random& random) {
    SCEP_CHECK(check_dev_listen(listen));
    SCEP_TRY(complete, has_dev_files(dir));
    if (!complete)
        SCEP_CHECK(create(dir, listen, clock.now(), random));
    return DevSetup{.config_path = dir / "certctl-scep.toml", .created = !complete};
}

}  // namespace scep::cli
