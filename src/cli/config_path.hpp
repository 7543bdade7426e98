// Which configuration file a subcommand reads.
#pragma once

#include <filesystem>
#include <string>

namespace scep::cli {

// `option` (--config) when it is given, else $CERTCTL_SCEP_CONFIG, else
// /etc/certctl-scep/certctl-scep.toml. Whether it exists is not asked.
std::filesystem::path config_path(const std::string& option);

}  // namespace scep::cli
