// Environment variables as settings: they override the file, setting by setting, so that a
// container needs no file and a site changes one value without touching it. The names are those of
// INTERFACE.md; every setting of a profile has one.
#pragma once

#include <toml++/toml.h>

#include "core/config/config.hpp"
#include "core/config/section.hpp"

namespace scep::config {

// Puts the variables into the tables of `root`, and into `document` which setting came from which,
// what is wrong with them and what of them means nothing here.
void apply_environment(const Environment& environment, toml::table& root, Document& document);

}  // namespace scep::config
