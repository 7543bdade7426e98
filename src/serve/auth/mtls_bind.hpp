// mtls_bind: a request speaks for the device whose bootstrap certificate opened the gate (SECURITY
// rule S20).
#pragma once

#include "core/config/config.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/request.hpp"

namespace scep::auth {

// Policy, with what differs. Cn: the commonName is the same, and each subject alternative name is
// one of the bootstrap certificate's or its commonName as a DNS name. San: those names are the same
// as a set, and a commonName is the bootstrap certificate's or one of them. Serial: the
// serialNumber of the subject is the same, and nothing else is asked. What neither of them has does
// not bind, and is refused too.
Status check_binding(config::MtlsBind bind,
                     const x509::CertificationRequest& request,
                     const x509::Certificate& bootstrap);

}  // namespace scep::auth
