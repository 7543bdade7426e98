// Whether a private key is one, before it is used.
#pragma once

#include "core/crypto/keys.hpp"

namespace scep::crypto {

// The public half, checked as any foreign key is (`rules`), after the private numbers of an RSA
// key were found to belong to it. Crypto otherwise.
//
// EVP_PKEY_pairwise_check proves the primes prime as well, which takes 35 ms for 2048 bits and 250
// for 4096; a server with three keys would start late. A composite "prime" does not survive the
// trial signature that follows.
Result<PublicKey> check_private_key(const EVP_PKEY& key, const KeyRules& rules = kStrictKeys);

}  // namespace scep::crypto
