// Everything one profile needs, loaded and checked; immutable while it serves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/crypto/password.hpp"
#include "serve/auth/challenge.hpp"
#include "serve/auth/derivation_budget.hpp"
#include "serve/auth/failure_budget.hpp"
#include "serve/ca/issuer.hpp"
#include "serve/endpoint/algorithm_policy.hpp"

namespace scep::endpoint {

struct Ra {
    x509::Certificate certificate{};
    std::shared_ptr<crypto::Signer> signer{};
    std::shared_ptr<crypto::Decrypter> decrypter{};  // of the same key
    // Issues what is enveloped for this pair (RFC 8894 section 5.1, figure 9).
    std::shared_ptr<const ca::Issuer> issuer{};
};

struct ProfileSnapshot {
    config::Profile settings{};
    x509::CertificateProfile certificate_profile{};
    AlgorithmPolicy algorithms{};
    std::shared_ptr<const ca::Issuer> issuer{};
    std::shared_ptr<const ca::Issuer> next_issuer{};  // null without a next CA's key
    std::vector<x509::Certificate> former_cas{};      // of the issuer: what they issued is ours
    std::vector<Ra> ra{};  // at least one; the first answers unless another is named
    std::shared_ptr<const auth::StaticChallenge> challenge{};
    SecretBytes challenge_secret{};  // empty without password_recipients, likewise:
    std::shared_ptr<crypto::PasswordDecrypter> password{};
    std::shared_ptr<auth::DerivationBudget> derivations{};
    std::shared_ptr<auth::FailureBudget> failures{};  // of the raw-CSR path
    std::string capabilities{};                       // GetCACaps body
    Buffer ca_certificates{};                         // GetCACert body
    std::string_view ca_certificates_type{};          // its Content-Type
    Buffer next_ca_certificates{};                    // GetNextCACert body; empty without a next CA
    std::vector<Bytes> issued_chain{};       // what follows the leaf in a reply; aliases issuer
    std::vector<Bytes> next_issued_chain{};  // likewise, of next_issuer
};

struct SnapshotParts {
    config::Profile settings{};
    x509::CertificateProfile certificate_profile{};
    std::shared_ptr<const ca::Issuer> issuer{};
    std::shared_ptr<const ca::Issuer> next_issuer{};
    std::vector<x509::Certificate> former_cas{};
    std::vector<Ra> ra{};  // of `issuer` where a pair names none
    Buffer next_ca_certificates{};
    SecretBytes challenge{};
    std::int64_t deriving_profiles = 1;  // of this server, with password_recipients
};

// Fills in the bodies that every GetCACaps and GetCACert repeats.
ProfileSnapshot make_snapshot(SnapshotParts parts);

}  // namespace scep::endpoint
