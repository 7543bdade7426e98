// --challenge-file, --challenge-env and --challenge: the ways to hand over a secret (INTERFACE).
#pragma once

#include <string>
#include <string_view>

#include "cli/app.hpp"
#include "core/base/secret.hpp"

namespace scep::cli {

struct ChallengeOptions {
    std::string file{}, env{}, value{};  // one of them at most
};

void add_challenge(CLI::App& app, ChallengeOptions& options);

// Empty when none was given. A file that others can read is a note to the operator, no error. Usage
// when it is too long, not UTF-8, or its variable is not set; Io.
Result<SecretBytes> load_challenge(const ChallengeOptions& options, Io& io);

// What --challenge-env and its like name. Usage when it is not set, or empty.
Result<SecretBytes> secret_from_environment(std::string_view option, const std::string& name);

}  // namespace scep::cli
