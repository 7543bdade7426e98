// One function per table of the configuration; each checks the table's keys and reads them as far
// as they are right.
#pragma once

#include "core/config/config.hpp"
#include "core/config/section.hpp"

namespace scep::config {

// What a path can hold: a to z, digits and inner hyphens; empty is the root.
bool is_path_id(std::string_view text) noexcept;

Server read_server(const Section& table);
Issuer read_issuer(const std::string& id, const Section& table);
x509::CertificateProfile read_certificate_profile(const std::string& name, const Section& table);
Profile read_profile(const std::string& name, const Section& table);

}  // namespace scep::config
