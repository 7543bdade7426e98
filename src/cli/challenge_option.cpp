#include "cli/challenge_option.hpp"

#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/asn1/reader.hpp"
#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/files/files.hpp"

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

Result<SecretBytes> read_challenge(const ChallengeOptions& options, Io& io) {
    if (!options.file.empty())
        return challenge_from_file(options.file, io);
    if (!options.env.empty())
        return secret_from_environment("--challenge-env", options.env);
    if (!options.value.empty())
        note(io,
             "--challenge shows the secret to everyone who may list processes; --challenge-file "
             "and --challenge-env do not");
    return to_secret(options.value);
}

std::string challenge_source(const ChallengeOptions& options) {
    if (!options.file.empty())
        return fmt::format("--challenge-file {}", options.file);
    if (!options.env.empty())
        return fmt::format("--challenge-env {}", options.env);
    return "--challenge";
}

}  // namespace

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

void add_challenge(CLI::App& app, ChallengeOptions& options) {
    auto* file =
        app.add_option(
               "--challenge-file", options.file, "file with the challenge; - is standard input")
            ->type_name("FILE");
    auto* env = app.add_option("--challenge-env",
                               options.env,
                               "name of the environment variable with the challenge")
                    ->type_name("NAME")
                    ->excludes(file);
    app.add_option("--challenge", options.value, "the challenge itself, for all to see in ps")
        ->type_name("SECRET")
        ->excludes(file)
        ->excludes(env);
}

Result<SecretBytes> load_challenge(const ChallengeOptions& options, Io& io) {
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

}  // namespace scep::cli
