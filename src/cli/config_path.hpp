// Which files a subcommand reads, by options and environment.
#pragma once

#include <filesystem>
#include <string>

namespace scep::cli {

// `option` (--config) when it is given, else $CERTCTL_SCEP_CONFIG, else
// /etc/certctl-scep/certctl-scep.toml. Whether it exists is not asked.
std::filesystem::path config_path(const std::string& option);

// Where systemd puts a service's secrets: $CREDENTIALS_DIRECTORY, empty when not set. Secrets in it
// are taken with any mode.
std::filesystem::path credentials_directory();

}  // namespace scep::cli
