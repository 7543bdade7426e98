// decode-pkimessage: keys, certificates and what else it looks with.
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "cli/cmd_decode_pkimessage.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/key_bundle.hpp"
#include "core/files/files.hpp"
#include "core/http/client.hpp"
#include "core/scep/ca_certificates.hpp"
#include "core/scep/operation.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

using Passphrase = std::optional<SecretBytes>;

// Into wiped memory, whoever may read the file besides.
Result<SecretBytes> load_any_mode(const std::string& path, std::size_t limit) {
    std::error_code ignored;
    return files::load_secret(path, fs::canonical(path, ignored).parent_path(), limit);
}

// As openssl spells it: pass:SECRET, env:NAME, file:PATH (its first line).
Result<Passphrase> passphrase_from(const std::string& text) {
    const auto rest = [&](std::string_view prefix) { return text.substr(prefix.size()); };
    if (text.empty())
        return Passphrase{};
    if (text.starts_with("pass:"))
        return Passphrase(to_secret(rest("pass:")));
    if (text.starts_with("env:")) {
        const std::string name = rest("env:");
        const char* value = std::getenv(name.c_str());
        if (value != nullptr)
            return Passphrase(to_secret(std::string_view(value)));
        return fail(
            {.code = Errc::Usage,
             .what = fmt::format("the environment variable {} is not set", escape_text(name)),
             .where = {.source = "--passin"}});
    }
    if (!text.starts_with("file:"))
        return fail({.code = Errc::Usage,
                     .what = "want pass:SECRET, env:NAME or file:PATH",
                     .where = {.source = "--passin"}});
    SCEP_TRY(secret, load_any_mode(rest("file:"), limits::kMaxSecretFile));
    const std::string_view all = as_text(secret);
    return Passphrase(to_secret(all.substr(0, all.find_first_of("\r\n"))));
}

// Keys of captures lie about with any mode; those of servers never do.
void warn_if_readable(const std::string& path, Io& io) {
    constexpr unsigned kOthers = 077;
    const auto info = files::inspect(path);
    if (info && info->regular && (info->mode & kOthers) != 0)
        note(io,
             fmt::format("{}: mode is {:04o}, so others on this machine can read the key",
                         path,
                         info->mode));
}

Result<inspect::OwnKey> load_key(const std::string& path, const Passphrase& passphrase, Io& io) {
    SCEP_TRY(file, load_any_mode(path, limits::kMaxFile));
    warn_if_readable(path, io);
    SCEP_TRY(bundle, crypto::open_key_file(file, path, passphrase, crypto::kDecodeKeys));
    inspect::OwnKey out{.key = std::move(bundle.key), .source = path};
    for (const Buffer& der : bundle.certificates) {
        auto certificate = x509::Certificate::parse(der, path);
        const auto key = certificate ? certificate->public_key(crypto::kDecodeKeys)
                                     : Result<crypto::PublicKey>(fail(certificate.error()));
        if (key && *key == out.key->public_key())
            out.certificates.push_back(*std::move(certificate));
    }
    return out;
}

Result<std::vector<x509::Certificate>> load_certificates(const std::vector<std::string>& paths) {
    std::vector<x509::Certificate> out;
    for (const std::string& path : paths) {
        SCEP_TRY(file, files::load(path));
        SCEP_TRY(certificates, x509::parse_certificates(file, path));
        out.insert(out.end(), certificates.begin(), certificates.end());
    }
    return out;
}

Result<std::vector<x509::Certificate>> load_ca(const std::string& path) {
    SCEP_TRY(file, files::load(path));
    auto certificates = parse_ca_certificates(file);
    if (!certificates && certificates.error().where.source.empty())
        certificates.error().where.source = path;
    return certificates;
}

Result<std::vector<x509::Certificate>> fetch_ca(const DecodeOptions& options) {
    constexpr int kOk = 200;
    SCEP_TRY(url, http::parse_url(options.url));
    SCEP_TRY(over,
             http::make_transport({.tls_ca = options.tls_ca, .max_reply = limits::kMaxHttpReply}));
    url.query = operation_query(OperationKind::GetCaCert, {});
    SCEP_TRY(reply, over->exchange({.url = url}));
    if (reply.status != kOk)
        return fail({.code = Errc::Network,
                     .what = fmt::format("GetCACert was answered with HTTP {}", reply.status),
                     .where = {.source = options.url}});
    return parse_ca_certificates(reply.body);
}

Status take_ca(const DecodeOptions& options, inspect::Means& out) {
    if (options.ca.empty() && options.url.empty())
        return {};
    SCEP_TRY(ca, options.ca.empty() ? fetch_ca(options) : load_ca(options.ca));
    out.ca = std::move(ca);
    out.ca_source = options.ca.empty() ? options.url : options.ca;
    return {};
}

Result<std::optional<TimePoint>> time_from(const std::string& text) {
    if (text.empty())
        return std::nullopt;
    const Result<TimePoint> time = parse_rfc3339(text);
    if (time)
        return *time;
    return fail({.code = Errc::Usage,
                 .what = fmt::format("got \"{}\", want a time such as 2026-11-24T03:00:00Z",
                                     escape_text(text)),
                 .where = {.source = "--at"}});
}

}  // namespace

Result<inspect::Means> load_means(const DecodeOptions& options,
                                  inspect::Libraries& libraries,
                                  Io& io) {
    inspect::Means out{
        .now = io.clock.now(), .show_secrets = options.show_secrets, .libraries = &libraries};
    SCEP_TRY(at, time_from(options.at));
    out.at = at;
    SCEP_TRY(passphrase, passphrase_from(options.passin));
    for (const std::string& path : options.keys) {
        SCEP_TRY(key, load_key(path, passphrase, io));
        out.keys.push_back(std::move(key));
    }
    SCEP_TRY(certificates, load_certificates(options.certs));
    out.certificates = std::move(certificates);
    SCEP_TRY(anchors, load_certificates(options.trust));
    out.anchors = std::move(anchors);
    SCEP_TRY(challenge, load_challenge(options.challenge, io));
    if (!challenge.empty())
        out.challenge = std::move(challenge);
    SCEP_CHECK(take_ca(options, out));
    inspect::pair_keys(out);
    return out;
}

}  // namespace scep::cli
