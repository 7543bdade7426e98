// Which digest, cipher and key transport a client's request uses (RFC 8894 section 3.5.2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/crypto/algorithms.hpp"
#include "core/scep/capabilities.hpp"

namespace scep {

struct AlgorithmSettings {  // what the operator asked for; nullopt: by capabilities
    std::optional<crypto::Digest> digest{};
    std::optional<crypto::Cipher> cipher{};
    bool oaep = false;
};

struct AlgorithmChoice {
    crypto::Digest digest = crypto::Digest::Sha256;
    crypto::Cipher cipher = crypto::Cipher::Aes128Cbc;
    crypto::KeyTransport key_transport{};  // OAEP with `digest`
    std::vector<std::string> notes{};      // where the server made the choice a weak one
};

// SHA-256 and AES-128-CBC wherever the server has them, and also where its capabilities name none:
// a list that somebody shortened on the way must not weaken the request (RFC 8894 section 7.5).
// SHA-1 and 3DES where it names only these; MD5 and single DES where it names nothing and `library`
// admits them. Usage when a setting is not admitted by `library`.
Result<AlgorithmChoice> choose_algorithms(const Capabilities& capabilities,
                                          const AlgorithmSettings& settings,
                                          const crypto::Library& library);

}  // namespace scep
