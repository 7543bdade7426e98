// Files that a subcommand reads, told apart from those that it writes.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/crypto/keys.hpp"

namespace scep::cli {

struct InputFile {
    std::string_view option;
    std::filesystem::path path;  // empty: not given
};

// Usage when one of the inputs is one of the files that a run would write or remove, by whatever
// name: --force replaces results, never what they are made from.
Status check_inputs_apart(const std::vector<InputFile>& inputs,
                          const std::vector<std::filesystem::path>& outputs);

// For an error about a file of the operator's own: what is unfit there (Crypto) is wrong
// configuration, not an answer that is no.
Error about_setting(Error error);

// A private key, 0600 or under credentials_directory(). Config when it is unfit, too small say; Io.
Result<std::unique_ptr<crypto::PrivateKey>> load_private_key(const std::filesystem::path& path);

}  // namespace scep::cli
