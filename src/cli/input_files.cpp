#include "cli/input_files.hpp"

#include <string>

#include <fmt/format.h>

#include "cli/config_path.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

namespace fs = std::filesystem;

Status check_inputs_apart(const std::vector<InputFile>& inputs,
                          const std::vector<fs::path>& outputs) {
    for (const InputFile& input : inputs) {
        const auto identity = input.path.empty() ? std::nullopt : files::identify(input.path);
        for (const fs::path& output : outputs) {
            if (!identity || identity != files::identify(output))
                continue;
            return fail({.code = Errc::Usage,
                         .what = fmt::format("{} would be overwritten or removed: it is the "
                                             "output file {}",
                                             input.path == "-" ? "the file behind standard input"
                                                               : input.path.string(),
                                             output.string()),
                         .where = {.source = std::string(input.option)},
                         .hint = "another --out-dir, or keep the input elsewhere"});
        }
    }
    return {};
}

Error about_setting(Error error) {
    if (error.code == Errc::Crypto)
        error.code = Errc::Config;
    return error;
}

Result<std::unique_ptr<crypto::PrivateKey>> load_private_key(const fs::path& path) {
    SCEP_TRY(secret, files::load_secret(path, credentials_directory()));
    return crypto::PrivateKey::parse(secret, path.string()).map_error(about_setting);
}

}  // namespace scep::cli
