// Certificates that an operator makes: CA, RA and TLS server. No request from the network comes
// here.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/name.hpp"

namespace scep::cli {

// A CA to issue under; borrowed.
struct Authority {
    const x509::Certificate& certificate;
    crypto::Signer& key;
};

// 1 to 64 characters, RFC 5280 ub-common-name.
bool fits_common_name(std::string_view text);

// C0, DEL and C1: no name has them for a good reason, and servers refuse them (SECURITY rule S10).
bool has_control_characters(std::string_view text) noexcept;

// CN alone, escaped as a name needs it. Usage when it does not fit, or has control characters.
Result<x509::Name> common_name(std::string_view text);

// keyUsage digitalSignature, and keyEncipherment for RSA; EKU cmcRA and emailProtection. notAfter
// is never beyond the CA's. Crypto.
Result<x509::Certificate> issue_ra_certificate(const Authority& ca,
                                               const x509::Name& subject,
                                               const crypto::PublicKey& key,
                                               TimePoint now,
                                               Seconds lifetime,
                                               Random& random);

// EKU serverAuth. notAfter is never beyond the CA's. Crypto.
Result<x509::Certificate> issue_tls_certificate(const Authority& ca,
                                                const x509::Name& subject,
                                                const std::vector<x509::GeneralName>& names,
                                                const crypto::PublicKey& key,
                                                TimePoint now,
                                                Seconds lifetime,
                                                Random& random);

// Self-signed, CA:TRUE with path length 0, keyCertSign and cRLSign. Crypto.
Result<x509::Certificate> make_ca_certificate(const x509::Name& subject,
                                              crypto::Signer& key,
                                              TimePoint now,
                                              Seconds lifetime,
                                              Random& random);

}  // namespace scep::cli
