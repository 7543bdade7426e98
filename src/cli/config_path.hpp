// Which files and variables a subcommand reads: the only place that looks at the environment for
// the configuration.
#pragma once

#include <filesystem>
#include <string>

#include "cli/app.hpp"
#include "core/config/config.hpp"

namespace scep::cli {

// `option` (--config) when it is given, else $CERTCTL_SCEP_CONFIG, else
// /etc/certctl-scep/certctl-scep.toml: whether that exists is not asked, unless the environment
// alone configures something (CERTCTL_SCEP_ENABLED or CERTCTL_SCEP_PROFILES); then a default that
// is not there is no file at all: empty.
std::filesystem::path config_path(const std::string& option);

// The variables of this process that begin with CERTCTL_.
config::Environment process_environment();

// What file and environment say together.
config::Reading read_configuration(const std::string& option);

// The same for who needs all of it to be right. Prints warnings, and every error but the last,
// which is returned for the caller to report. Config, Io.
Result<config::Config> load_configuration(const std::string& option, Io& io);

// Where systemd puts a service's secrets: $CREDENTIALS_DIRECTORY, empty when not set. Secrets in it
// are taken with any mode.
std::filesystem::path credentials_directory();

}  // namespace scep::cli
