// Which algorithms a profile takes in a message (failInfo badAlg names the others).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/scep/pki_message.hpp"

namespace scep::endpoint {

// SHA-2 and AES always; SHA-1 and 3DES where allow_legacy opens them; single DES and MD5 never.
struct AlgorithmPolicy {
    bool sha1 = false;
    bool des3 = false;
    bool rsa1024 = false;

    bool allows(crypto::Digest digest) const noexcept;
    bool allows(crypto::Cipher cipher) const noexcept;

    crypto::KeyRules keys() const noexcept;
};

AlgorithmPolicy algorithm_policy(const config::Profile& settings);

// The algorithms of a message as far as this program knows them.
struct MessageAlgorithms {
    std::optional<crypto::Digest> digest{};
    std::optional<crypto::SignatureAlgorithm> signature{};
    std::optional<crypto::Cipher> cipher{};
    std::optional<cms::KeyManagement> key_management{};
    std::vector<std::string> refused{};  // by name, each once: "DES-CBC", "SHA-1"
};

// The envelope, and the recipient of it that is opened; what it says to others is not our matter.
struct Addressed {
    const cms::EnvelopedData* envelope = nullptr;   // null when there is none that parses
    const cms::RecipientInfo* recipient = nullptr;  // null when the profile can open none
};

// Reads names only, no key is touched.
MessageAlgorithms judge_algorithms(const AlgorithmPolicy& policy,
                                   const PkiMessage& message,
                                   const Addressed& addressed);

}  // namespace scep::endpoint
