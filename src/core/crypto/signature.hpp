// What signing and verifying have in common.
#pragma once

#include "core/crypto/keys.hpp"

namespace scep::crypto {

enum class SignatureUse : std::uint8_t { Sign, Verify };

// An OpenSSL context for a key and an algorithm, ready for EVP_PKEY_sign or EVP_PKEY_verify over
// digests, as often as wanted. Policy when `library` does not admit the digest; Crypto when the
// algorithm does not fit the key.
Result<PkeyCtxPtr> signature_context(const Library& library,
                                     EVP_PKEY& key,
                                     KeyType type,
                                     const SignatureAlgorithm& algorithm,
                                     SignatureUse use);

}  // namespace scep::crypto
