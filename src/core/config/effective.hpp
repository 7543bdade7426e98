// The settings as they take effect, with where each comes from.
#pragma once

#include <toml++/toml.h>

#include "core/config/config.hpp"
#include "core/config/section.hpp"

namespace scep::config {

// Every setting of every table of `root`, the environment's included; [server] always. Settings of
// tables that are not there are left out, secrets are masked.
std::vector<EffectiveSetting> effective_settings(const toml::table& root, const Document& document);

}  // namespace scep::config
