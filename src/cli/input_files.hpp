// Files that a subcommand reads, told apart from those that it writes.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace scep::cli {

struct InputFile {
    std::string_view option;
    std::filesystem::path path;  // empty: not given
};

// Usage when one of the inputs is one of the files that a run would write or remove, by whatever
// name: --force replaces results, never what they are made from.
Status check_inputs_apart(const std::vector<InputFile>& inputs,
                          const std::vector<std::filesystem::path>& outputs);

}  // namespace scep::cli
