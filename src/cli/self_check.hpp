// Proof that a key does what an RA's must, in the form it will be written.
#pragma once

#include <string>

#include "core/base/random.hpp"
#include "core/crypto/keys.hpp"

namespace scep::cli {

struct SelfCheck {
    crypto::KeyType type = crypto::KeyType::Rsa;
    std::string signature{};  // "RSASSA-PKCS1-v1_5 with SHA-256"
};

// Reads the key back from its PEM, signs and verifies a random message, and encrypts random
// messages and decrypts them: RSA with both key transports, EC by key agreement. `certified` is the
// public key that others will use. Crypto when anything does not come out.
Result<SelfCheck> self_check(Bytes key_pem, const crypto::PublicKey& certified, Random& random);

std::string to_text(const SelfCheck& check);

}  // namespace scep::cli
