// Gathers the facts: every file the configuration names, and what the file system says of the
// state. A failure is a finding, and the fact stays empty.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/check/rule.hpp"
#include "core/files/files.hpp"

namespace scep::check {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSqlite("SQLite format 3\0", 16);

// The ids of the rules that a file falls under.
struct KeyRuleIds {
    std::string_view unreadable, mode;
};

// Likewise, of a file of certificates: what it may hold besides is a key.
struct CertificateRuleIds {
    std::string_view unreadable, key_mode;
};

struct Setting {
    std::string_view name;  // "scep.corp.ra_key_path"
    std::size_t line = 0;
};

// A database that is no regular file, or the files that SQLite will want beside it. Io.
Status check_database_files(const fs::path& database) {
    for (const std::string_view suffix : {"", "-wal", "-shm", "-journal"}) {
        const fs::path path = database.native() + std::string(suffix);
        std::error_code failure;
        const fs::file_status there = fs::symlink_status(path, failure);
        if (there.type() == fs::file_type::not_found)
            continue;
        if (there.type() == fs::file_type::none)
            return fail(scep::Error{.code = Errc::Io,
                                    .what = "cannot be: " + failure.message(),
                                    .where = {.source = path.string()}});
        if (!fs::is_regular_file(fs::status(path, failure)))
            return fail(scep::Error{
                .code = Errc::Io,
                .what = fs::is_symlink(there) ? "points to no file" : "is not a regular file",
                .where = {.source = path.string()},
                .hint = "move it away, or set another state_path"});
    }
    return {};
}

bool is_forbidden(const fs::path& database) {
    const fs::path directory = database.parent_path();
    return files::is_forbidden(database, files::Access::Write) ||
           files::is_forbidden(directory.empty() ? "." : directory, files::Access::Write);
}

class Loader {
  public:
    Loader(Deployment& out, const fs::path& credentials) : out_(out), credentials_(credentials) {}

    std::vector<x509::Certificate> certificates(const fs::path& path,
                                                const CertificateRuleIds& ids,
                                                std::string_view profile,
                                                const Setting& setting) {
        if (path.empty())
            return not_set(ids.unreadable, profile, setting), std::vector<x509::Certificate>{};
        Result<Buffer> file = files::load(path);
        if (!file)
            return add(ids.unreadable, profile, file.error()), std::vector<x509::Certificate>{};
        find_open_key(path, *file, ids.key_mode, profile);
        Result<std::vector<x509::Certificate>> parsed =
            x509::parse_certificates(*file, path.string());
        if (!parsed)
            return add(ids.unreadable, profile, parsed.error()), std::vector<x509::Certificate>{};
        return *std::move(parsed);
    }

    std::shared_ptr<const x509::Certificate> certificate(const fs::path& path,
                                                         const CertificateRuleIds& ids,
                                                         std::string_view profile,
                                                         const Setting& setting) {
        std::vector<x509::Certificate> all = certificates(path, ids, profile, setting);
        if (all.empty())
            return nullptr;
        return std::make_shared<const x509::Certificate>(std::move(all.front()));
    }

    std::shared_ptr<crypto::PrivateKey> key(const fs::path& path,
                                            const KeyRuleIds& ids,
                                            std::string_view profile,
                                            const Setting& setting) {
        if (path.empty())
            return not_set(ids.unreadable, profile, setting), nullptr;
        if (const auto known = keys_.find(path); known != keys_.end())
            return known->second;
        const Result<SecretBytes> file = files::load_secret(path, credentials_);
        if (!file && open_keys_.contains({std::string(profile), path}))
            return nullptr;  // its certificate is in the same file, and that was told
        if (!file)           // Config is the mode, Io is all else
            return add(file.error().code == Errc::Config ? ids.mode : ids.unreadable,
                       profile,
                       file.error()),
                   nullptr;
        Result<std::unique_ptr<crypto::PrivateKey>> parsed =
            crypto::PrivateKey::parse(*file, path.string());
        if (!parsed)
            return add(ids.unreadable, profile, parsed.error()), nullptr;
        return keys_[path] = *std::move(parsed);
    }

    SecretBytes challenge(const config::Profile& profile) {
        if (!profile.challenge_password.empty())
            return profile.challenge_password;
        const fs::path& path = profile.challenge_password_file;
        if (!wants_challenge(profile))
            return {};
        if (path.empty())
            return not_set("challenge-present",
                           profile.path_id,
                           {fmt::format("scep.{}.challenge_password_file", profile.name),
                            profile.line}),
                   SecretBytes{};
        Result<SecretBytes> file = files::load_challenge(path, credentials_);
        if (file)
            return *std::move(file);
        const bool mode = file.error().hint.starts_with("chmod");
        add(mode ? "challenge-mode" : "challenge-present", profile.path_id, file.error());
        return {};
    }

    LoadedTrust trust(const config::Profile& profile) {
        if (!profile.mtls.enabled)
            return {};
        TrustErrors errors;
        LoadedTrust out = load_trust(profile.mtls, errors);
        if (errors.bundle && profile.mtls.bundle_path.empty())
            not_set("trust-bundle",
                    profile.path_id,
                    {fmt::format("scep.{}.{}", profile.name, errors.bundle->where.field),
                     profile.line});
        else if (errors.bundle)
            add("trust-bundle", profile.path_id, *errors.bundle);
        if (errors.crl)
            add("trust-crl", profile.path_id, *errors.crl);
        if (errors.deny)
            add("trust-deny", profile.path_id, *errors.deny);
        return out;
    }

    std::vector<x509::BundleEntry> proxy_cas(const fs::path& path) {
        if (path.empty())
            return {};
        const Result<Buffer> file = files::load(path);
        auto parsed = file ? x509::parse_bundle(*file, path.native())
                           : tl::unexpected<scep::Error>(file.error());
        if (parsed)
            return *std::move(parsed);
        return add("proxy-ca", kServer, parsed.error()), std::vector<x509::BundleEntry>{};
    }

    void state(const config::Config& config, StateProbe probe) {
        StateFacts& facts = out_.state;
        const fs::path& database = config.server.state_path;
        Status place = files::check_writable(database);
        if (place)
            place = check_database_files(database);
        if (!place)
            facts.unwritable = std::move(place).error();
        facts.forbidden = facts.unwritable && is_forbidden(database);
        bool begun = false;
        if (const Result<files::FileInfo> info = files::inspect(database); info && info->regular) {
            const bool of_another = info->size != 0 && files::lacks_magic(database, kSqlite);
            begun = info->size != 0 && !of_another;
            if (!of_another)  // whose mode it is not ours to change
                facts.mode = info->mode;
            else
                facts.database_unfit = scep::Error{
                    .code = Errc::Store,
                    .what = "cannot open: file is not a database",
                    .where = {.source = database.string()},
                    .hint = "set another state_path, or put back the database that belongs there"};
        }
        facts.network_file_system = files::network_file_system(database).value_or("");
        if (const Result<files::FileInfo> info = files::inspect(config.path))
            facts.configuration_mode = info->mode;
        if (config.server.audit_key_path == database)
            facts.audit_key_unfit = scep::Error{.code = Errc::Config,
                                                .what = "is state_path too",
                                                .where = {.source = database.string()},
                                                .hint = "set another audit_key_path"};
        else
            audit_key(config.server.audit_key_path, begun);
        facts.audit_key_forbidden =
            facts.audit_key_unfit && files::is_forbidden(config.server.audit_key_path);
        if (begun && !facts.unwritable && !out_.audit_key.empty() && probe != nullptr)
            if (Status status = probe(database, out_.audit_key); !status)
                facts.database_unfit = std::move(status).error();
    }

  private:
    // A file of certificates is often open to everybody, and some hold the key too.
    void find_open_key(const fs::path& path,
                       Bytes file,
                       std::string_view rule_id,
                       std::string_view profile) {
        if (!asn1::holds_private_key(as_text(file)))
            return;
        const Result<SecretBytes> judged = files::load_secret(path, credentials_);
        if (judged || judged.error().code != Errc::Config)
            return;
        Error error = judged.error();
        error.what = "holds a private key, and its " + error.what;
        add(rule_id, profile, error);
        open_keys_.emplace(profile, path);
    }

    // serve makes the key, but only with a new database: a lost key is not replaced in silence.
    void audit_key(const fs::path& path, bool database_begun) {
        std::optional<Error>& unfit = out_.state.audit_key_unfit;
        if (!files::is_missing(path)) {
            Result<SecretBytes> key = files::load_audit_key(path, credentials_);
            if (key)
                out_.audit_key = *std::move(key);
            else
                unfit = std::move(key).error();
        } else if (database_begun) {
            unfit = scep::Error{
                .code = Errc::Config,
                .what = "is missing, while the state database is there",
                .where = {.source = path.string()},
                .hint =
                    "put back the key that was made with it: without it nobody can verify the "
                    "audit trail"};
        } else if (Status status = files::check_writable(path); !status) {
            unfit = std::move(status).error();
        }
    }

    void add(std::string_view rule_id, std::string_view profile, const Error& error) {
        Error plain = error;
        plain.where = {};
        plain.cite.clear();
        Finding& finding = Reporter(rule(rule_id), out_.load_findings)
                               .add(profile, error.where, to_text(plain), error.hint);
        if (error.code != Errc::Io || !files::is_forbidden(error.where.source))
            return;
        finding.forbidden = true;
        finding.code = Errc::Io;
        finding.hint = kAsTheServer;
    }

    void not_set(std::string_view rule_id, std::string_view profile, const Setting& setting) {
        Reporter(rule(rule_id), out_.load_findings)
            .add(profile,
                 {.source = out_.config.path.string(),
                  .line = setting.line,
                  .field = std::string(setting.name)},
                 std::string(kNotSet),
                 hint_of_variable(out_.config, setting.name, setting.line, rule_id));
    }

    Deployment& out_;
    const fs::path& credentials_;
    // A hundred profiles with one RA key hold it once in locked memory.
    std::map<fs::path, std::shared_ptr<crypto::PrivateKey>> keys_{};
    std::set<std::pair<std::string, fs::path>> open_keys_{};  // of which profile
};

LoadedIssuer load_issuer(Loader& loader, const config::Issuer& settings) {
    const std::string table = fmt::format("issuer.{}.", settings.id);
    LoadedIssuer out;
    out.id = settings.id;
    out.certificate = loader.certificate(settings.ca_cert_path,
                                         {"ca-certificate", "ca-key-mode"},
                                         kServer,
                                         {table + "ca_cert_path", settings.line});
    out.key = loader.key(settings.ca_key_path,
                         {"ca-key", "ca-key-mode"},
                         kServer,
                         {table + "ca_key_path", settings.line});
    if (!settings.chain_path.empty())
        out.chain =
            loader.certificates(settings.chain_path, {"ca-chain-file", "ca-key-mode"}, kServer, {});
    if (!settings.next_ca_cert_path.empty() || !settings.next_ca_key_path.empty())
        out.next = loader.certificates(settings.next_ca_cert_path,
                                       {"next-ca-certificate", "next-ca-key-mode"},
                                       kServer,
                                       {table + "next_ca_cert_path", settings.line});
    if (!settings.next_ca_key_path.empty())
        out.next_key =
            loader.key(settings.next_ca_key_path, {"next-ca-key", "next-ca-key-mode"}, kServer, {});
    if (!settings.previous_ca_cert_path.empty())
        out.previous = loader.certificates(settings.previous_ca_cert_path,
                                           {"previous-ca-certificate", "ca-key-mode"},
                                           kServer,
                                           {});
    return out;
}

// allow_legacy lets short keys into messages; the certificate profile follows unless it says which
// keys it wants.
bool opens_short_keys(const config::Config& config, const config::Profile& settings) {
    const auto& legacy = settings.allow_legacy;
    if (std::ranges::find(legacy, "rsa1024") == legacy.end())
        return false;
    const std::string table = "certificate_profile." + settings.profile_id;
    return std::ranges::none_of(config.settings, [&](const config::EffectiveSetting& setting) {
        return setting.table == table && setting.key == "min_rsa_bits" && !setting.source.empty();
    });
}

LoadedProfile load_profile(Loader& loader,
                           const config::Config& config,
                           const config::Profile& settings) {
    const std::string table = fmt::format("scep.{}.", settings.name);
    LoadedProfile out;
    out.settings = settings;
    for (const config::RaPair& pair : settings.ra) {
        LoadedRa& ra = out.ra.emplace_back();
        ra.certificate = loader.certificate(pair.cert_path,
                                            {"ra-certificate", "ra-key-mode"},
                                            settings.path_id,
                                            {table + "ra_cert_path", settings.line});
        ra.key = loader.key(pair.key_path,
                            {"ra-key", "ra-key-mode"},
                            settings.path_id,
                            {table + "ra_key_path", settings.line});
    }
    out.challenge = loader.challenge(settings);
    out.trust = loader.trust(settings);
    if (const auto* profile = config.certificate_profile(settings.profile_id))
        out.certificate_profile = *profile;
    if (opens_short_keys(config, settings))
        out.certificate_profile.min_rsa_bits = limits::kMinRsaBitsLegacy;
    const auto issuer = std::ranges::find(config.issuers, settings.issuer_id, &config::Issuer::id);
    out.issuer = static_cast<std::size_t>(issuer - config.issuers.begin());
    return out;
}

}  // namespace

Deployment load_deployment(config::Config config,
                           const fs::path& credentials_directory,
                           const Probes& probes) {
    Deployment out;
    out.config = std::move(config);
    Loader loader(out, credentials_directory);
    for (const config::Issuer& issuer : out.config.issuers)
        out.issuers.push_back(load_issuer(loader, issuer));
    for (const config::Profile& profile : out.config.profiles)
        out.profiles.push_back(load_profile(loader, out.config, profile));
    const config::Server& server = out.config.server;
    out.tls_chain = loader.certificates(server.tls_cert_path,
                                        {"tls-certificate", "tls-key-mode"},
                                        kServer,
                                        {"server.tls_cert_path"});
    out.tls_key = loader.key(
        server.tls_key_path, {"tls-key", "tls-key-mode"}, kServer, {"server.tls_key_path"});
    out.proxy_cas = loader.proxy_cas(server.trusted_proxy.client_ca_path);
    loader.state(out.config, probes.state);
    if (probes.listen != nullptr)
        if (Status status = probes.listen(server.listen); !status)
            out.state.not_listening = std::move(status).error();
    return out;
}

}  // namespace scep::check
