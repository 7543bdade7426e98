// Who signs a PKCSReq and opens its reply (RFC 8894 sections 2.3 and 3.1).
#pragma once

#include <memory>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/cms/enveloped_data.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/name.hpp"

namespace scep {

struct RequestSigner {
    crypto::PrivateKey* key = nullptr;  // the CSR's, or *transient
    std::unique_ptr<crypto::PrivateKey> transient{};
    x509::Certificate certificate{};  // self-signed, with the request's subject
};

enum class SignerKey : std::uint8_t { Own, Transient };

// The CSR's own key, as RFC 8894 section 2.3 has it. But a reply is encrypted to the signer's key,
// and a server that takes requests by RSA key transport rarely knows another way: there a transient
// RSA key signs for an EC one. Servers that insist on the CSR's key as the signer's (SECURITY rule
// S08) refuse such a request.
SignerKey best_signer_key(const crypto::PublicKey& csr_key, cms::RecipientKind request) noexcept;

// A self-signed certificate for `csr_key`, which must outlive the result, or for a transient RSA
// key. Crypto.
Result<RequestSigner> make_request_signer(crypto::PrivateKey& csr_key,
                                          SignerKey which,
                                          const x509::Name& subject,
                                          TimePoint now,
                                          Random& random);

}  // namespace scep
