// A content-encryption key under a password (RFC 5652 section 6.2.4): PBKDF2 (RFC 8018 section 5.2)
// and id-alg-PWRI-KEK over AES-CBC (RFC 3211 section 2.3). SECURITY rule S06.
#pragma once

#include <optional>

#include "core/base/random.hpp"
#include "core/base/secret.hpp"
#include "core/crypto/algorithms.hpp"
#include "core/crypto/rejection.hpp"

namespace scep::crypto {

struct PasswordEncryption {
    Digest prf = Digest::Sha256;   // of HMAC
    std::uint32_t iterations = 0;  // 1 to kMaxPbkdf2Iterations
    Buffer salt{};                 // at most kMaxPbkdf2Salt octets
    Cipher cipher = Cipher::Aes128Cbc;
    Buffer iv{};  // one block
};

// keyDerivationAlgorithm and keyEncryptionAlgorithm of a PasswordRecipientInfo. An absent PRF is
// HMAC-SHA1. Derives nothing: more iterations or a longer salt than the limits are told here, as is
// a keyLength that is not the cipher's. Protocol for those and for every algorithm not known; what
// the error says names it and gives nothing away.
Result<PasswordEncryption> password_encryption(
    const std::optional<asn1::AlgorithmIdentifier>& key_derivation,
    const asn1::AlgorithmIdentifier& key_encryption);
// [0] IMPLICIT keyDerivationAlgorithm, with the PRF spelt out.
void write_key_derivation(asn1::Writer& out, const PasswordEncryption& encryption);
void write_key_encryption(asn1::Writer& out, const PasswordEncryption& encryption);

// As this program writes it: HMAC-SHA256, kPbkdf2Iterations, AES as long as the content cipher's
// key, salt and IV fresh.
PasswordEncryption default_password_encryption(Cipher content, Random& random);

// `content_key` has 3 to 255 octets (assert).
Buffer wrap_key(Bytes password,
                const PasswordEncryption& encryption,
                Bytes content_key,
                Random& random);

// Opens content-encryption keys with one password. Not for two threads at the same time.
class PasswordDecrypter {
  public:
    explicit PasswordDecrypter(SecretBytes password) : password_(std::move(password)) {}

    // As Decrypter::unwrap_key. One derivation, whatever `encrypted_key` is.
    SecretBytes unwrap_key(const PasswordEncryption& encryption,
                           Bytes encrypted_key,
                           std::size_t key_size);

  private:
    SecretBytes password_;
    Rejection rejection_{};
};

}  // namespace scep::crypto
