// What bundle-check prints.
#pragma once

#include "cli/app.hpp"
#include "core/check/bundle_check.hpp"

namespace scep::cli {

void print_bundle_text(Io& io,
                       const check::BundleQuestion& question,
                       const check::BundleAnswer& answer);

void print_bundle_json(Io& io,
                       const check::BundleQuestion& question,
                       const check::BundleAnswer& answer);

}  // namespace scep::cli
