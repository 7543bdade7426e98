// Work that stands in for a check which could not be made (SECURITY rule S01).
#pragma once

#include "core/crypto/keys.hpp"

namespace scep::crypto {

// Reads a public key of this type, RSA of 2048 bits or EC P-256, and finds that a signature is not
// its own: the cost of checking the signature of a CSR as devices make them. No number in it
// comes from a peer.
void verify_decoy(const Library& library, KeyType type);

// True when verify() with these does come to the signature, so that its cost was paid.
bool fits(const Library& library, const PublicKey& key, const SignatureAlgorithm& algorithm);

}  // namespace scep::crypto
