// enroll: from options to a plan, or to one clear error before anything is sent or written.
#include <cstdlib>

#include <fmt/format.h>

#include "cli/cmd_enroll.hpp"
#include "cli/config_path.hpp"
#include "cli/infrastructure.hpp"
#include "cli/input_files.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

constexpr Seconds kMaxTimeout = std::chrono::hours(1);
constexpr std::size_t kShownOctets = 100;  // of a wrong value

std::string shown(std::string_view value) {
    return escape_text(shorten(value, kShownOctets));
}

Error wrong(std::string_view option, std::string_view value, std::string_view want) {
    return {.code = Errc::Usage,
            .what = fmt::format("got {}, want {}", shown(value), want),
            .where = {.source = std::string(option)}};
}

bool starts_with_word(std::string_view text, std::string_view word) {
    return std::ranges::equal(text.substr(0, word.size()), word, {}, [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
}

// As programs show it: openssl's "sha256 Fingerprint=AB:CD", others' "SHA256:abcd".
std::string_view without_label(std::string_view text) {
    for (const std::string_view label : {"sha256 fingerprint=", "sha256:", "sha-256:"})
        if (starts_with_word(text, label))
            return text.substr(label.size());
    return text;
}

Result<Fingerprint> parse_fingerprint(std::string_view option, std::string_view text) {
    const auto octets = from_hex(without_label(text));
    Fingerprint out{};
    if (octets && octets->size() == out.size()) {
        std::ranges::copy(*octets, out.begin());
        return out;
    }
    Error error = wrong(option, text, "a SHA-256 fingerprint: 64 hexadecimal digits");
    error.hint = "openssl x509 -in ca.crt -noout -fingerprint -sha256";
    return fail(std::move(error));
}

// --- the rest ----------------------------------------------------------------------------------

Result<std::unique_ptr<crypto::PrivateKey>> make_key(const EnrollOptions& options) {
    if (options.key_file.empty()) {
        auto made = crypto::generate_key(options.key);
        if (!made)
            return during(std::move(made).error(), fmt::format("--key {}", shown(options.key)));
        return made;
    }
    return load_private_key(options.key_file);
}

Status plan_trust(EnrollPlan& plan, const EnrollOptions& options) {
    TrustSettings& trust = plan.exchange.trust;
    trust.on_first_use = options.trust_on_first_use;
    if (!options.ca_fingerprint.empty()) {
        SCEP_TRY(print, parse_fingerprint("--ca-fingerprint", options.ca_fingerprint));
        trust.ca_fingerprint = print;
    }
    for (const std::string& text : options.ra_fingerprints) {
        SCEP_TRY(print, parse_fingerprint("--ra-fingerprint", text));
        trust.ra_fingerprints.push_back(print);
    }
    return {};
}

RecipientSetting recipient_setting(std::string_view word) {
    return word == "transport"   ? RecipientSetting::Transport
           : word == "agreement" ? RecipientSetting::Agreement
           : word == "password"  ? RecipientSetting::Password
                                 : RecipientSetting::Auto;
}

std::optional<SignerKey> signer_setting(std::string_view word) {
    if (word == "auto")
        return std::nullopt;
    return word == "own" ? SignerKey::Own : SignerKey::Transient;
}

Status plan_message(EnrollPlan& plan, const EnrollOptions& options) {
    AlgorithmSettings& algorithms = plan.exchange.algorithms;
    if (!options.digest.empty()) {
        algorithms.digest = crypto::digest_from_name(options.digest);
        if (!algorithms.digest)
            return fail(
                wrong("--digest", options.digest, "sha256, sha384, sha512, sha224 or sha1"));
    }
    if (!options.cipher.empty()) {
        algorithms.cipher = crypto::cipher_from_name(options.cipher);
        if (!algorithms.cipher)
            return fail(wrong("--cipher", options.cipher, "aes128, aes192, aes256 or 3des"));
    }
    algorithms.oaep = options.key_transport == "oaep";
    plan.exchange.http = options.http == "get"    ? HttpMethod::Get
                         : options.http == "post" ? HttpMethod::Post
                                                  : HttpMethod::Auto;
    plan.exchange.recipient = recipient_setting(options.recipient);
    plan.signer = signer_setting(options.signer);
    if (options.insecure) {
        SCEP_TRY(legacy, crypto::Library::with_legacy());
        plan.legacy = std::move(legacy);
    }
    // With no capabilities known yet: does the library admit what was asked for?
    const auto admitted = choose_algorithms({}, algorithms, plan.library());
    return admitted ? Status{} : fail(admitted.error());
}

// An expired certificate would only come back as an alert without a reason.
Status check_client_certificate(const std::string& path, const Clock& clock) {
    SCEP_TRY(file, files::load(path));
    SCEP_TRY(certificates, x509::parse_certificates(file, path));
    const x509::Certificate& own = certificates.front();
    if (own.valid_at(clock.now()))
        return {};
    return fail({.code = Errc::Config,
                 .what = fmt::format("is valid from {} to {}, now is {}",
                                     to_rfc3339(own.not_before()),
                                     to_rfc3339(own.not_after()),
                                     to_rfc3339(clock.now())),
                 .where = {.source = path, .subject = own.subject_text()}});
}

Result<Seconds> parse_timeout(const std::string& text) {
    const auto timeout = parse_duration(text);
    if (!timeout || *timeout <= Seconds::zero() || *timeout > kMaxTimeout)
        return fail(wrong("--timeout", text, "1s to 1h, such as 30s or 2m"));
    return *timeout;
}

Result<http::Url> parse_server(const std::string& text) {
    auto url = http::parse_url(text);
    if (!url) {
        std::string& source = url.error().where.source;  // the URL, unless that is a secret
        source = source.empty() ? "--url" : "--url " + source;
    }
    return url;
}

Status plan_transport(EnrollPlan& plan, const EnrollOptions& options, const Clock& clock) {
    SCEP_TRY(url, parse_server(options.url));
    plan.url = std::move(url);
    const bool tls_options = !options.tls_ca.empty() || !options.tls_client_cert.empty();
    if (tls_options && !plan.url.tls)
        return fail({.code = Errc::Usage,
                     .what = fmt::format("{} means nothing with an http:// URL",
                                         options.tls_ca.empty() ? "--tls-client-cert" : "--tls-ca"),
                     .hint = "an https:// URL, or --ca-fingerprint to know the CA by"});
    SCEP_TRY(timeout, parse_timeout(options.timeout));
    if (!options.tls_client_cert.empty())
        SCEP_CHECK(check_client_certificate(options.tls_client_cert, clock));
    plan.transport = {.tls_ca = options.tls_ca,
                      .tls_client_cert = options.tls_client_cert,
                      .tls_client_key = options.tls_client_key,
                      .credentials_directory = credentials_directory(),
                      .timeout = timeout,
                      .max_reply = limits::kMaxHttpReply};
    return {};
}

// RFC 5280 says 64 characters; some CAs take more, so the server decides.
void tell_of_long_name(const x509::Name& subject, Io& io) {
    for (const std::string& name : subject.values(oid::kCommonName))
        if (!fits_common_name(name))
            note(io,
                 "--subject: CN is longer than the 64 characters of RFC 5280, which many CAs "
                 "refuse");
}

// Said here, before the challenge is spent on a request that servers refuse.
Status check_characters(std::string_view option, std::string_view typed, std::string_view value) {
    if (has_control_characters(value))
        return fail(wrong(option, typed, "no control characters"));
    return {};
}

Status plan_names(EnrollPlan& plan, const EnrollOptions& options, Io& io) {
    auto subject = x509::Name::from_text(options.subject);
    if (!subject)
        return during(std::move(subject).error(),
                      fmt::format("--subject {}", shown(options.subject)));
    if (subject->empty())
        return fail(wrong("--subject", options.subject, "a name: CN=cam-1,O=Example"));
    for (const x509::NameAttribute& attribute : subject->attributes())
        SCEP_CHECK(check_characters("--subject", options.subject, attribute.value));
    plan.subject = std::move(*subject);
    tell_of_long_name(plan.subject, io);
    for (const std::string& text : options.sans) {
        SCEP_CHECK(check_characters("--san", text, text));
        auto name = x509::general_name_from_text(text);
        if (!name)
            return during(std::move(name).error(), fmt::format("--san {}", shown(text)));
        plan.sans.push_back(std::move(*name));
    }
    return {};
}

EnrollFiles plan_files(const EnrollOptions& options) {
    const fs::path directory = options.out_dir;
    EnrollFiles out{
        .directory = directory,
        .key = options.key_file.empty() ? directory / "key.pem" : fs::path(options.key_file),
        .request = directory / "request.pem",
        .certificate = directory / "cert.pem",
        .chain = directory / "chain.pem",
        .own_key = !options.key_file.empty(),
        .overwrite = options.force ? files::Overwrite::Replace : files::Overwrite::Refuse};
    const bool replaces_key = options.force && !out.own_key && files::exists(out.key);
    out.waiting_key = replaces_key ? directory / "key.pem.new" : out.key;
    return out;
}

Status check_files(const EnrollFiles& files, const EnrollOptions& options) {
    SCEP_CHECK(check_inputs_apart({{"--key-file", options.key_file},
                                   {"--challenge-file", options.challenge.file},
                                   {"--tls-ca", options.tls_ca},
                                   {"--tls-client-cert", options.tls_client_cert},
                                   {"--tls-client-key", options.tls_client_key}},
                                  outputs_of(files)));
    return check_outputs(files);
}

}  // namespace

Result<EnrollPlan> plan_enrollment(const EnrollOptions& options, Io& io) {
    EnrollPlan plan;
    plan.json = options.format == "json";
    SCEP_CHECK(plan_transport(plan, options, io.clock));
    SCEP_CHECK(plan_names(plan, options, io));
    SCEP_CHECK(plan_trust(plan, options));
    SCEP_CHECK(plan_message(plan, options));
    plan.files = plan_files(options);
    SCEP_CHECK(check_files(plan.files, options));
    SCEP_TRY(key, make_key(options));
    plan.key = std::move(key);
    SCEP_TRY(challenge, load_challenge(options.challenge, io));
    plan.challenge = std::move(challenge);
    if (plan.exchange.recipient == RecipientSetting::Password && plan.challenge.empty())
        return fail({.code = Errc::Usage,
                     .what = "no challenge to encrypt the request with",
                     .where = {.source = "--recipient password"},
                     .hint = "--challenge-file FILE or --challenge-env NAME"});
    return plan;
}

}  // namespace scep::cli
