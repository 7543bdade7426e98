#include "core/x509/decoy_request.hpp"

#include <cassert>

#include "core/crypto/decoy.hpp"
#include "core/x509/request.hpp"

namespace scep::x509 {

namespace {

class DecoySigner final : public crypto::Signer {
  public:
    explicit DecoySigner(crypto::PublicKey key) : key_(std::move(key)) {}

    const crypto::PublicKey& public_key() const noexcept override { return key_; }

    Result<Buffer> sign(const crypto::SignatureAlgorithm& /*algorithm*/, Bytes /*data*/) override {
        return crypto::decoy(crypto::KeyType::Rsa).signature;
    }

  private:
    crypto::PublicKey key_;
};

Result<SecretBytes> make_request() {
    SCEP_TRY(key, crypto::parse_public_key(crypto::decoy(crypto::KeyType::Rsa).spki));
    SCEP_TRY(subject, Name::from_text("CN=device-000000,O=Example"));
    SCEP_TRY(name, general_name_from_text("dns:device-000000.example"));
    DecoySigner signer(std::move(key));
    return build_request({.subject = std::move(subject),
                          .subject_alt_names = {std::move(name)},
                          .challenge = to_secret("00000000000000000000000000000000")},
                         signer,
                         crypto::Digest::Sha256);
}

}  // namespace

Bytes decoy_request() {
    static const Result<SecretBytes> made = make_request();
    assert(made);
    return made ? Bytes(*made) : Bytes{};
}

void read_decoy_request() {
    static_cast<void>(CertificationRequest::parse(decoy_request()));
}

}  // namespace scep::x509
