// PKCS#10 certification requests (RFC 2986) with every spelling of challengePassword.
#pragma once

#include <memory>
#include <optional>

#include "core/base/secret.hpp"
#include "core/x509/certificate.hpp"

namespace scep::x509 {

struct ChallengePassword {
    SecretBytes value{};  // UTF-8
    asn1::Tag string_type{};
    bool nested = false;  // the SET holds a SEQUENCE or SET around the string
};

class CertificationRequest {
  public:
    // One CSR, nothing left over. Der, Protocol (an attribute twice).
    static Result<CertificationRequest> parse(Bytes der, std::size_t base_offset = 0);

    // The same for those who look at it: what is wrong with the challenge alone is told apart, and
    // the rest is there. Nobody may be admitted by it.
    static Result<CertificationRequest> parse_but_challenge(Bytes der,
                                                            std::size_t base_offset,
                                                            std::optional<Error>& challenge_error);

    Bytes der() const noexcept { return der_ ? Bytes(*der_) : Bytes{}; }

    const Name& subject() const noexcept { return subject_; }

    Bytes spki() const noexcept { return spki_; }

    Bytes signature() const noexcept { return signature_; }

    const std::optional<ChallengePassword>& challenge() const noexcept {
        return challenge_;
    }  // empty = absent

    const std::vector<GeneralName>& subject_alt_names() const noexcept { return sans_; }

    const std::vector<Extension>& requested_extensions() const noexcept { return extensions_; }

    Result<crypto::PublicKey> public_key(const crypto::KeyRules& rules) const;

    // The request's own signature with its own key. Crypto; Protocol for an unknown algorithm.
    Status verify_signature(const crypto::Library& library, const crypto::PublicKey& key) const;
    // The signature algorithm it names; Protocol with its name when unknown.
    Result<crypto::SignatureAlgorithm> signature_algorithm() const;

  private:
    friend class RequestParser;
    std::shared_ptr<const SecretBytes> der_{};  // holds the challenge: wiped
    std::size_t base_offset_ = 0;
    Bytes info_{}, spki_{}, signature_{}, signature_algorithm_{};
    Name subject_{};
    std::optional<ChallengePassword> challenge_{};
    std::vector<GeneralName> sans_{};
    std::vector<Extension> extensions_{};
};

struct RequestFields {
    Name subject{};
    std::vector<GeneralName> subject_alt_names{};
    SecretBytes challenge{};  // empty: none; PrintableString where it fits, else UTF8String
};

// A CSR signed with `key` and `digest`. DER.
Result<SecretBytes> build_request(const RequestFields& fields,
                                  crypto::Signer& key,
                                  crypto::Digest digest);

}  // namespace scep::x509
