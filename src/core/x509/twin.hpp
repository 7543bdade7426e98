// The other face of a certificate that is signed with ECDSA: (r, s) and (r, n - s) are signatures
// of the same TBSCertificate by the same key, and anybody can turn one into the other. The
// certificate stays what it is; its fingerprint does not.
#pragma once

#include <optional>

#include "core/x509/openssl_chain.hpp"
#include "core/x509/trust_bundle.hpp"

namespace scep::x509 {

// nullopt when `issuer` is no EC key, or the signature none of it.
std::optional<Fingerprint> twin_fingerprint(X509& certificate, EVP_PKEY& issuer);

}  // namespace scep::x509
