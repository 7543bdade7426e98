// enroll: where the challenge and the password of PKCS#12 files come from.
#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "cli/cmd_enroll_plan.hpp"
#include "cli/config_path.hpp"
#include "core/asn1/reader.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

namespace fs = std::filesystem;

void warn_if_readable(const fs::path& path, Io& io) {
    constexpr unsigned kOthers = 077;
    const auto info = files::inspect(path);
    if (info && info->regular && (info->mode & kOthers) != 0)
        note(io,
             fmt::format("{}: mode is {:04o}, so others on this machine can read the challenge",
                         path.string(),
                         info->mode));
}

// A device's challenge is often laid down by something that knows no modes: a note, no refusal.
Result<SecretBytes> challenge_from_file(const std::string& name, Io& io) {
    if (name == "-")
        return files::load_challenge(name);
    std::error_code ignored;
    const fs::path directory = fs::canonical(name, ignored).parent_path();
    SCEP_TRY(challenge, files::load_challenge(name, directory));
    warn_if_readable(name, io);
    return std::move(challenge);
}

Result<SecretBytes> secret_from_environment(std::string_view option, const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0')
        return fail(Error{.code = Errc::Usage,
                          .what = fmt::format("the environment variable {} is {}",
                                              escape_text(name),
                                              value == nullptr ? "not set" : "empty"),
                          .where = {.source = std::string(option)}});
    return to_secret(std::string_view(value));
}

Result<SecretBytes> read_challenge(const EnrollOptions& options, Io& io) {
    if (!options.challenge_file.empty())
        return challenge_from_file(options.challenge_file, io);
    if (!options.challenge_env.empty())
        return secret_from_environment("--challenge-env", options.challenge_env);
    if (!options.challenge.empty())
        note(io,
             "--challenge shows the secret to everyone who may list processes; --challenge-file "
             "and --challenge-env do not");
    return to_secret(options.challenge);
}

std::string challenge_source(const EnrollOptions& options) {
    if (!options.challenge_file.empty())
        return fmt::format("--challenge-file {}", options.challenge_file);
    if (!options.challenge_env.empty())
        return fmt::format("--challenge-env {}", options.challenge_env);
    return "--challenge";
}

}  // namespace

Result<SecretBytes> load_challenge(const EnrollOptions& options, Io& io) {
    SCEP_TRY(challenge, read_challenge(options, io));
    const bool too_long = challenge.size() > limits::kMaxChallengeOctets;
    if (!too_long && asn1::text({.tag = asn1::kUtf8String, .content = challenge}, {}))
        return std::move(challenge);
    return fail({.code = Errc::Usage,
                 .what = too_long ? fmt::format("the challenge is longer than {} bytes",
                                                limits::kMaxChallengeOctets)
                                  : "the challenge is not UTF-8",
                 .where = {.source = challenge_source(options)}});
}

Result<SecretBytes> load_p12_password(const EnrollOptions& options) {
    SecretBytes out;
    if (!options.p12_pass_file.empty()) {
        SCEP_TRY(secret,
                 files::load_secret(
                     options.p12_pass_file, credentials_directory(), limits::kMaxSecretFile));
        if (!secret.empty() && secret.back() == '\n')
            secret.pop_back();
        out = std::move(secret);
    } else if (!options.p12_pass_env.empty()) {
        SCEP_TRY(secret, secret_from_environment("--p12-pass-env", options.p12_pass_env));
        out = std::move(secret);
    }
    if (std::ranges::find(out, std::uint8_t{0}) == out.end())
        return out;
    return fail({.code = Errc::Usage,
                 .what = "the PKCS#12 password holds a NUL",
                 .where = {.source = "--p12-pass-file"}});
}

}  // namespace scep::cli
