// mtls_bind: a request speaks for the device whose bootstrap certificate opened the gate (SECURITY
// rule S20).
#pragma once

#include "core/config/config.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/request.hpp"

namespace scep::auth {

// Policy, with what differs: commonName, subject alternative names as a set, or the serialNumber of
// the subject. What neither of them has does not bind, and is refused too.
Status check_binding(config::MtlsBind bind,
                     const x509::CertificationRequest& request,
                     const x509::Certificate& bootstrap);

}  // namespace scep::auth
