// preflight in parts: what it prints beside reports, and the probe of a live server.
#pragma once

#include <string>
#include <string_view>

#include "cli/app.hpp"
#include "core/check/probe.hpp"
#include "core/config/config.hpp"

namespace scep::cli {

// --list-rules: the table, as text or JSON.
void list_rules(Io& io, bool json);

// --clients list.
void list_clients(Io& io, bool json);

// --print-config: every setting with its value and origin, secrets masked; as TOML that could be
// read again, or JSON.
void print_configuration(Io& io, const config::Config& config, bool json);

// Asks the server at the URL `text` what it tells anybody, and tries its sibling route for client
// certificates without one; never enrols. A server that does not answer is a fact as well. Usage,
// and Io or Config for `tls_ca` (empty: its TLS certificate is looked at, not verified).
Result<check::Probe> probe_server(const std::string& text, const std::string& tls_ca);

}  // namespace scep::cli
