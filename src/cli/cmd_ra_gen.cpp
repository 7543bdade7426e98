// ra-gen: an RA pair, or a request for one.
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/app.hpp"
#include "cli/infrastructure.hpp"
#include "cli/input_files.hpp"
#include "cli/self_check.hpp"
#include "cli/usage.hpp"
#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/system_random.hpp"
#include "core/files/files.hpp"
#include "core/x509/issue.hpp"
#include "core/x509/request.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kPublic = 0644;
constexpr unsigned kPrivate = 0600;
constexpr int kMaxDays = 36500;

struct Options {
    std::string ca_cert, ca_key, out_dir;
    std::string cn = "SCEP RA";
    std::string key = "rsa:2048";
    std::string name = "ra";
    std::string format = "text";
    int days = 365;
    bool csr_only = false;
    bool self_check = false;
    bool force = false;
};

struct LoadedCa {
    x509::Certificate certificate;
    std::unique_ptr<crypto::PrivateKey> key;
};

// What was made, as it is printed and written.
struct Outcome {
    fs::path key_path{};
    fs::path other_path{};  // of the certificate or the request
    std::string key{};      // "RSA 2048 bits"
    std::string subject{};
    std::optional<x509::Certificate> certificate{};  // nullopt with --csr-only
    std::optional<SelfCheck> self_check{};
    std::vector<files::NewFile> files{};
    std::string note{};  // empty: none
};

tl::unexpected<Error> refuse(const std::string& path, std::string what, std::string hint = {}) {
    return fail(Error{.code = Errc::Config,
                      .what = std::move(what),
                      .where = {.source = path},
                      .hint = std::move(hint)});
}

Status check_options(const Options& options) {
    const auto usage = [](std::string what, std::string hint = {}) {
        return fail(Error{.code = Errc::Usage, .what = std::move(what), .hint = std::move(hint)});
    };
    const bool ca_named = !options.ca_cert.empty() || !options.ca_key.empty();
    if (options.csr_only && ca_named)
        return usage(
            "--csr-only makes a request for a CA kept elsewhere: it takes no --ca-cert or "
            "--ca-key");
    if (!options.csr_only && (options.ca_cert.empty() || options.ca_key.empty()))
        return usage("--ca-cert and --ca-key are needed",
                     "--csr-only makes a request for a CA kept elsewhere");
    if (options.name.front() == '.' || options.name.find('/') != std::string::npos)
        return usage("--name is the beginning of file names, without a directory");
    Status kind = crypto::check_key_kind(options.key);
    if (!kind)
        kind.error().where.source = "--key " + escape_text(options.key);
    return kind;
}

Result<x509::Name> parse_cn(const std::string& text) {
    auto name = common_name(text);
    if (!name)
        name.error().where.source = "--cn";
    return name;
}

// Before the work of making a key; write_all() still decides.
Status check_outputs(const std::vector<fs::path>& paths, const Options& options) {
    SCEP_CHECK(
        check_inputs_apart({{"--ca-cert", options.ca_cert}, {"--ca-key", options.ca_key}}, paths));
    for (const fs::path& path : paths)
        if (!options.force && files::exists(path))
            return refuse(path.string(), "already exists", "--force replaces it");
    return {};
}

Status check_ca(const Options& options, const LoadedCa& ca, TimePoint now) {
    SCEP_TRY(public_key, ca.certificate.public_key());
    if (!(public_key == ca.key->public_key()))
        return refuse(options.ca_key,
                      fmt::format("does not match the CA certificate {}", options.ca_cert));
    if (!ca.certificate.is_ca())
        return refuse(options.ca_cert,
                      fmt::format("is not a CA certificate: {} lacks CA:TRUE",
                                  ca.certificate.subject_text()));
    if (!ca.certificate.allows_usage(x509::kKeyCertSign))
        return refuse(options.ca_cert, "cannot issue: its key usage lacks keyCertSign");
    if (!ca.certificate.valid_at(now))
        return refuse(options.ca_cert,
                      now < ca.certificate.not_before()
                          ? fmt::format("the CA certificate is not valid yet: notBefore is {}",
                                        to_rfc3339(ca.certificate.not_before()))
                          : fmt::format("the CA certificate has expired: notAfter is {}",
                                        to_rfc3339(ca.certificate.not_after())));
    return {};
}

Result<LoadedCa> load_ca(const Options& options, TimePoint now) {
    SCEP_TRY(file, files::load(options.ca_cert));
    SCEP_TRY(certificates, x509::parse_certificates(file, options.ca_cert));
    SCEP_TRY(key, load_private_key(options.ca_key));
    LoadedCa out{.certificate = certificates.front(), .key = std::move(key)};
    SCEP_CHECK(check_ca(options, out, now));
    return out;
}

Result<Outcome> make_pair(const Options& options, const Clock& clock, Random& random) {
    const fs::path stem = fs::path(options.out_dir) / options.name;
    Outcome out{.key_path = stem.string() + ".key", .other_path = stem.string() + ".crt"};
    SCEP_TRY(subject, parse_cn(options.cn));
    SCEP_TRY(ca, load_ca(options, clock.now()));
    SCEP_CHECK(check_outputs({out.key_path, out.other_path}, options));
    SCEP_TRY(key, crypto::generate_key(options.key));
    const Seconds lifetime = std::chrono::hours(24) * options.days;
    SCEP_TRY(certificate,
             issue_ra_certificate({.certificate = ca.certificate, .key = *ca.key},
                                  subject,
                                  key->public_key(),
                                  clock.now(),
                                  lifetime,
                                  random));
    SCEP_CHECK(x509::check_issued_by(crypto::Library::standard(), certificate, ca.certificate));
    const SecretBytes key_pem = key->to_pkcs8_pem();
    if (options.self_check) {
        SCEP_TRY(public_key, certificate.public_key());
        SCEP_TRY(checked, self_check(key_pem, public_key, random));
        out.self_check = checked;
    }
    out.files.push_back({out.other_path, to_secret(x509::to_pem(certificate)), kPublic});
    out.files.push_back({out.key_path, key_pem, kPrivate});
    if (certificate.not_after() < clock.now() + lifetime)
        out.note = "the RA certificate ends with its CA, before --days are over";
    out.key = key->public_key().describe();
    out.subject = certificate.subject_text();
    out.certificate = certificate;
    return out;
}

Result<Outcome> make_request(const Options& options, Random& random) {
    const fs::path stem = fs::path(options.out_dir) / options.name;
    Outcome out{.key_path = stem.string() + ".key", .other_path = stem.string() + ".csr"};
    SCEP_TRY(subject, parse_cn(options.cn));
    SCEP_CHECK(check_outputs({out.key_path, out.other_path}, options));
    SCEP_TRY(key, crypto::generate_key(options.key));
    SCEP_TRY(request, x509::build_request({.subject = subject}, *key, crypto::Digest::Sha256));
    const SecretBytes key_pem = key->to_pkcs8_pem();
    if (options.self_check) {
        SCEP_TRY(checked, self_check(key_pem, key->public_key(), random));
        out.self_check = checked;
    }
    out.files.push_back(
        {out.other_path, to_secret(asn1::to_pem("CERTIFICATE REQUEST", request)), kPublic});
    out.files.push_back({out.key_path, key_pem, kPrivate});
    const bool rsa = key->public_key().type() == crypto::KeyType::Rsa;
    out.note = fmt::format(
        "have the CA write keyUsage digitalSignature, {} and EKU cmcRA (1.3.6.1.5.5.7.3.28) and "
        "emailProtection",
        rsa ? "keyEncipherment" : "keyAgreement");
    out.key = key->public_key().describe();
    out.subject = subject.to_text();
    return out;
}

void print_text(std::ostream& out, const Outcome& made) {
    const auto line = [&out](std::string_view name, const std::string& value) {
        out << name << ": " << escape_controls(value) << '\n';
    };
    line(made.certificate ? "certificate" : "request", made.other_path.string());
    line("key", fmt::format("{} ({})", made.key_path.string(), made.key));
    line("subject", made.subject);
    if (made.certificate) {
        line("issuer", made.certificate->issuer_text());
        line("serial", made.certificate->serial_hex());
        line("valid",
             fmt::format("{} to {}",
                         to_rfc3339(made.certificate->not_before()),
                         to_rfc3339(made.certificate->not_after())));
        line("SHA-256 fingerprint", to_hex_colons(made.certificate->fingerprint()));
    }
    if (made.self_check)
        line("self-check", to_text(*made.self_check));
}

void print_json(std::ostream& out, const Outcome& made) {
    using Json = nlohmann::ordered_json;
    Json document{{"schema", "certctl-scep/ra-gen/1"},
                  {"key_path", made.key_path.string()},
                  {"key", made.key},
                  {"subject", made.subject}};
    if (made.certificate) {
        document["certificate_path"] = made.other_path.string();
        document["issuer"] = made.certificate->issuer_text();
        document["serial"] = made.certificate->serial_hex();
        document["not_before"] = to_rfc3339(made.certificate->not_before());
        document["not_after"] = to_rfc3339(made.certificate->not_after());
        document["fingerprint_sha256"] = to_hex(made.certificate->fingerprint());
    } else {
        document["request_path"] = made.other_path.string();
    }
    if (made.self_check)
        document["self_check"] = {{"signs", true}, {"decrypts", true}};
    out << document.dump(2, ' ', true, Json::error_handler_t::replace) << '\n';
}

// Files whose report is lost are taken back: a run that fails leaves none.
Status write_and_print(const Options& options, const Outcome& made, Io& io) {
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // an error like others, to be undone
    SCEP_TRY(directory, files::NewDirectory::make(options.out_dir, 0755));
    Status written = files::write_all(
        made.files,
        options.force ? files::Overwrite::Replace : files::Overwrite::Refuse,
        [&]() -> Status {
            options.format == "json" ? print_json(io.out, made) : print_text(io.out, made);
            return flush(io);
        });
    if (!written)
        directory.undo();
    return written;
}

Exit ra_gen(const Options& options, Io& io) {
    crypto::SystemRandom random;
    if (const Status status = check_options(options); !status)
        return report(io, status.error());
    const Result<Outcome> made =
        options.csr_only ? make_request(options, random) : make_pair(options, io.clock, random);
    if (!made)
        return report(io, made.error());
    if (const Status status = write_and_print(options, *made, io); !status)
        return report(io, status.error());
    if (!made->note.empty())
        note(io, made->note);
    return Exit::Ok;
}

}  // namespace

Action attach_ra_gen(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--ca-cert", options->ca_cert, "certificate of the CA, PEM or DER")
        ->type_name("FILE");
    app.add_option("--ca-key", options->ca_key, "key of the CA, PEM or DER, mode 0600")
        ->type_name("FILE");
    app.add_option("--out-dir", options->out_dir, "where NAME.crt and NAME.key go; made if missing")
        ->type_name("DIR")
        ->required();
    app.add_option("--cn", options->cn, "common name of the RA")->capture_default_str();
    app.add_option("--key",
                   options->key,
                   "rsa:2048, rsa:3072, rsa:4096, ec:P-256 or ec:P-384; devices encrypt to it, "
                   "so serve wants RSA")
        ->capture_default_str();
    app.add_option("--days", options->days, "validity in days, never beyond the CA's")
        ->transform(whole_number())
        ->check(CLI::Range(1, kMaxDays))
        ->type_name("DAYS")
        ->capture_default_str();
    app.add_option("--name", options->name, "beginning of the file names")->capture_default_str();
    app.add_flag(
        "--csr-only", options->csr_only, "write NAME.csr and NAME.key, for a CA kept elsewhere");
    app.add_flag("--self-check",
                 options->self_check,
                 "prove that the new key decrypts and signs before it is written");
    app.add_flag("--force", options->force, "replace existing files");
    app.add_option("--format", options->format, "output form: text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    return [options](Io& io) { return ra_gen(*options, io); };
}

}  // namespace scep::cli
