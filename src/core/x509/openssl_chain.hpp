// Our certificates in OpenSSL's hands, for what its path builder does better. Of this room alone.
#pragma once

#include <span>
#include <string>

#include <openssl/x509_vfy.h>

#include "core/crypto/ossl.hpp"
#include "core/x509/certificate.hpp"

namespace scep::x509 {

Result<crypto::X509Ptr> to_openssl(const Certificate& certificate);

// An empty stack when there is nothing to add; never null.
Result<crypto::X509StackPtr> to_stack(std::span<const Certificate> certificates);
Result<crypto::X509StorePtr> to_store(std::span<const Certificate> anchors);

std::string name_text(const X509_NAME* name);  // RFC 4514
std::string name_key(const X509_NAME* name);   // Name::match_key(); empty when it is malformed
// Empty for null.
std::string subject_text(X509* certificate);

// For a chain that was built and verified. OpenSSL's default provider still verifies MD5, under
// which certificates have been forged; its refusal is ours. The last of the chain is trusted as it
// stands.
Status refuse_md5(X509_STORE_CTX& context);

// Prepares a context for `target` at `now`: every anchor is trusted as it stands
// (X509_V_FLAG_PARTIAL_CHAIN), any purpose, kMaxChain at most. All four are borrowed.
Result<crypto::X509StoreCtxPtr> begin_chain(X509_STORE& store,
                                            X509& target,
                                            STACK_OF(X509) & intermediates,
                                            TimePoint now);

}  // namespace scep::x509
