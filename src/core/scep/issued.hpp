// What the envelope of a SUCCESS holds: certs-only SignedData with what was asked for (RFC 8894
// section 3.3.2.1). Every certificate and CRL must come from the authenticated CA.
#pragma once

#include <vector>

#include "core/scep/ca_certificates.hpp"
#include "core/x509/trust_bundle.hpp"

namespace scep {

struct IssuedCertificate {
    x509::Certificate certificate{};
    std::vector<x509::Certificate> chain{};  // from the issuer upwards
};

// The certificate for `key`, valid at `now` (a server's clock may run a little ahead). Policy when
// there is none, Crypto when it does not chain to an anchor of `ca`.
Result<IssuedCertificate> take_issued(const crypto::Library& library,
                                      Bytes message_data,
                                      const crypto::PublicKey& key,
                                      const AuthenticatedCa& ca,
                                      TimePoint now);

// The certificate with this issuer Name and the contents octets of this serial number, expired or
// not. Errors as above.
Result<IssuedCertificate> take_known(const crypto::Library& library,
                                     Bytes message_data,
                                     const x509::Name& issuer,
                                     Bytes serial,
                                     const AuthenticatedCa& ca);

// The one CRL, signed by a CA of `ca`. Protocol when there is none or several, Crypto.
Result<x509::Crl> take_crl(Bytes message_data, const AuthenticatedCa& ca);

}  // namespace scep
