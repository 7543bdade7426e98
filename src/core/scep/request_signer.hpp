// Who signs a PKCSReq and opens its reply (RFC 8894 sections 2.3 and 3.1).
#pragma once

#include <memory>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/name.hpp"

namespace scep {

struct RequestSigner {
    crypto::PrivateKey* key = nullptr;  // the CSR's, or *transient
    std::unique_ptr<crypto::PrivateKey> transient{};
    x509::Certificate certificate{};  // self-signed, with the request's subject
};

// A self-signed certificate for `csr_key`, which must outlive the result. A reply is encrypted to
// the signer's key, and an EC key cannot be encrypted to without a shared password: for an EC
// `csr_key` the signer is a transient RSA key of its own. Servers that insist on the CSR's key as
// the signer's (SECURITY rule S08) refuse such a request. Crypto.
Result<RequestSigner> make_request_signer(crypto::PrivateKey& csr_key,
                                          const x509::Name& subject,
                                          TimePoint now,
                                          Random& random);

}  // namespace scep
