// Work that stands in for a check which could not be made (SECURITY rule S01).
#pragma once

#include "core/crypto/keys.hpp"

namespace scep::crypto {

// A key of which nobody has the private half, RSA of 2048 bits or EC P-256, and a signature of the
// form that goes with it.
struct Decoy {
    Buffer spki{};
    SignatureAlgorithm algorithm{};
    Buffer signature{};
};

const Decoy& decoy(KeyType type);

// Reads that key and finds that the signature is not its own: the cost of checking the signature of
// a CSR as devices make them. No number in it comes from a peer.
void verify_decoy(const Library& library, KeyType type);

// True when verify() with these does come to arithmetic, so that its cost was paid: not with a
// digest that is refused, an algorithm for another type of key, or a signature that is too long or
// too short, no number below the modulus or no pair of numbers below the order.
bool fits(const Library& library,
          const PublicKey& key,
          const SignatureAlgorithm& algorithm,
          Bytes signature);

}  // namespace scep::crypto
