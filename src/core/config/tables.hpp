// One function per table of the configuration; each checks the table's keys and reads them.
#pragma once

#include "core/config/config.hpp"
#include "core/config/section.hpp"

namespace scep::config {

Result<Server> read_server(const Section& table);
Result<Issuer> read_issuer(const std::string& id, const Section& table);
Result<x509::CertificateProfile> read_certificate_profile(const std::string& name,
                                                          const Section& table);
Result<Profile> read_profile(const std::string& name,
                             const Section& table,
                             const std::filesystem::path& file);

}  // namespace scep::config
