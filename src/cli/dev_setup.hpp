// The embedded default of serve: a directory with everything a SCEP server needs.
#pragma once

#include <filesystem>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/config/config.hpp"

namespace scep::cli {

struct DevSetup {
    std::filesystem::path config_path{};  // certctl-scep.toml
    bool created = false;                 // false: was there already
};

// Usage unless `listen` is a loopback address, also when it comes from the configuration.
Status check_dev_listen(const config::ListenAddress& listen);

// True when all files of such a directory are there, false when none is. Config when some are
// missing (where.source names the first).
Result<bool> has_dev_files(const std::filesystem::path& dir);

// On first start makes the directory with CA (P-256, path length 0), RA pair (RSA-2048), TLS
// certificate for localhost, its addresses and this host's name, challenge, audit key and a
// commented configuration, all at once or nothing; later reuses what is there.
//
// listen  loopback only, else Usage; written into a new configuration (port 0 as the default port)
// errors  those of has_dev_files(), Io
Result<DevSetup> make_dev_directory(const std::filesystem::path& dir,
                                    const config::ListenAddress& listen,
                                    const Clock& clock,
                                    Random& random);

}  // namespace scep::cli
