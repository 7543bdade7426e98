// Whether a TLS certificate is for a host, by its subjectAltNames (RFC 9525 section 6).
#pragma once

#include <string_view>

#include "core/x509/certificate.hpp"

namespace scep::check {

// `host` is a DNS name or an IP address without brackets; "*.example" stands for one label.
bool is_for_host(const x509::Certificate& certificate, std::string_view host);

}  // namespace scep::check
