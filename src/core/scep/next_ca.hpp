// The client's view of a GetNextCACert reply (RFC 8894 section 4.7.1).
#pragma once

#include <vector>

#include "core/scep/ca_certificates.hpp"

namespace scep {

// The next CA's certificates, its own first as the server orders them. Nothing of the reply is used
// before the signature of the current CA, one of ca.authorities, verified.
//
// errors  Der or Protocol: no SignedData over certs-only SignedData. Policy: signed by somebody
//         else, an RA too. Crypto: the signature is wrong.
Result<std::vector<x509::Certificate>> read_next_ca(const crypto::Library& library,
                                                    Bytes body,
                                                    const AuthenticatedCa& ca);

}  // namespace scep
