#include "cli/config_path.hpp"

#include <unistd.h>

#include <cstdlib>

#include "core/files/files.hpp"

namespace scep::cli {

namespace {

constexpr const char* kVariable = "CERTCTL_SCEP_CONFIG";
constexpr const char* kDefault = "/etc/certctl-scep/certctl-scep.toml";
constexpr std::string_view kOurs = "CERTCTL_";

// Empty is not set, as in the configuration.
bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

}  // namespace

std::filesystem::path config_path(const std::string& option) {
    if (!option.empty())
        return option;
    if (is_set(kVariable))
        return std::getenv(kVariable);
    // A file that this user may not look for counts: the variables alone would be another server.
    const bool in_environment = is_set("CERTCTL_SCEP_ENABLED") || is_set("CERTCTL_SCEP_PROFILES");
    return in_environment && files::is_missing(kDefault) ? "" : kDefault;
}

config::Environment process_environment() {
    config::Environment out;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (text.starts_with(kOurs) && equals != std::string_view::npos)
            out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return out;
}

config::Reading read_configuration(const std::string& option) {
    return config::read_config_file(config_path(option), process_environment());
}

Result<config::Config> load_configuration(const std::string& option, Io& io) {
    config::Reading reading = read_configuration(option);
    for (const Error& text : reading.warnings)
        warning(io, to_text(text));
    if (reading.errors.empty())
        return std::move(reading.config);
    Error last = std::move(reading.errors.back());
    reading.errors.pop_back();
    for (const Error& error : reading.errors)
        report(io, error);
    return fail(std::move(last));
}

std::filesystem::path credentials_directory() {
    const char* value = std::getenv("CREDENTIALS_DIRECTORY");
    return value != nullptr ? value : "";
}

}  // namespace scep::cli
