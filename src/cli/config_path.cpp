#include "cli/config_path.hpp"

#include <cstdlib>

namespace scep::cli {

namespace {

constexpr const char* kVariable = "CERTCTL_SCEP_CONFIG";
constexpr const char* kDefault = "/etc/certctl-scep/certctl-scep.toml";

}  // namespace

std::filesystem::path config_path(const std::string& option) {
    if (!option.empty())
        return option;
    const char* value = std::getenv(kVariable);
    return value != nullptr && *value != '\0' ? value : kDefault;
}

std::filesystem::path credentials_directory() {
    const char* value = std::getenv("CREDENTIALS_DIRECTORY");
    return value != nullptr ? value : "";
}

}  // namespace scep::cli
