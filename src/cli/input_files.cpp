#include "cli/input_files.hpp"

#include <string>

#include <fmt/format.h>

namespace scep::cli {

namespace fs = std::filesystem;

Status check_inputs_apart(const std::vector<InputFile>& inputs,
                          const std::vector<fs::path>& outputs) {
    for (const InputFile& input : inputs)
        for (const fs::path& output : outputs) {
            std::error_code ignored;  // one of them is not there, then they differ
            if (input.path.empty() || !fs::equivalent(input.path, output, ignored))
                continue;
            return fail({.code = Errc::Usage,
                         .what = fmt::format("{} would be overwritten or removed: it is the "
                                             "output file {}",
                                             input.path.string(),
                                             output.string()),
                         .where = {.source = std::string(input.option)},
                         .hint = "another --out-dir, or keep the input elsewhere"});
        }
    return {};
}

}  // namespace scep::cli
