// Public keys, checked before use (SECURITY rule S05), and private keys behind the Signer and
// Decrypter interface (S28).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/limits.hpp"
#include "core/base/random.hpp"
#include "core/base/secret.hpp"
#include "core/crypto/algorithms.hpp"
#include "core/crypto/rejection.hpp"

namespace scep::crypto {

struct KeyRules {
    unsigned min_rsa_bits = limits::kMinRsaBits;
};

inline constexpr KeyRules kStrictKeys{};
inline constexpr KeyRules kDecodeKeys{.min_rsa_bits = limits::kMinRsaBitsDecode};

// A checked public key. Cheap to copy; immutable.
class PublicKey {
  public:
    KeyType type() const noexcept { return type_; }

    Curve curve() const noexcept { return curve_; }  // EC only

    unsigned bits() const noexcept { return bits_; }  // of the RSA modulus or the EC field

    // SubjectPublicKeyInfo as our writer encodes it from the checked key, not as it came.
    Bytes spki() const noexcept { return *spki_; }

    // The octets of subjectPublicKey in it.
    Bytes key_octets() const noexcept;

    // SHA-1 of those octets: RFC 5280 section 4.2.1.2 method (1).
    std::array<std::uint8_t, 20> key_identifier() const;

    EVP_PKEY& evp() const noexcept { return *pkey_; }

    std::string describe() const;  // "RSA 2048 bits", "EC P-256"

    // Same type and the same key.
    friend bool operator==(const PublicKey& a, const PublicKey& b) noexcept;

  private:
    friend class KeyBuilder;
    std::shared_ptr<EVP_PKEY> pkey_{};
    std::shared_ptr<const Buffer> spki_{};
    std::size_t bits_offset_ = 0;  // of the subjectPublicKey octets in spki_
    KeyType type_ = KeyType::Rsa;
    Curve curve_ = Curve::P256;
    unsigned bits_ = 0;
};

// From one SubjectPublicKeyInfo, nothing left over (RFC 5280 section 4.1.2.7). RSA: n odd, e odd,
// 65537 <= e < 2^32, size within `rules` and kMaxRsaBits. EC: named curve P-256, P-384, P-521,
// point on the curve. Errors: Der (shape), Crypto (malformed or unfit key).
Result<PublicKey> parse_public_key(Bytes spki_der,
                                   const KeyRules& rules = kStrictKeys,
                                   std::size_t base_offset = 0);

// From the octets of an EC point (RFC 5480 section 2.2) of a curve known from elsewhere, with the
// same checks. Crypto.
Result<PublicKey> parse_ec_point(Curve curve, Bytes point, std::size_t base_offset = 0);

// Undersized is an answer of its own only after the CSR's signature was checked (S05): this says
// whether a key that passed looser rules also passes stricter ones.
bool satisfies(const PublicKey& key, const KeyRules& rules) noexcept;

// One digest; Library must admit it (assert).
Buffer digest(const Library& library, Digest algorithm, Bytes data);
Buffer digest(const Library& library, Digest algorithm, std::initializer_list<Bytes> pieces);
std::array<std::uint8_t, 32> sha256(Bytes data);

// Crypto when the signature does not verify or the algorithm does not fit the key.
Status verify(const Library& library,
              const PublicKey& key,
              const SignatureAlgorithm& algorithm,
              Bytes message,
              Bytes signature);

// Encrypts a content-encryption key to an RSA key. Uses OpenSSL's own randomness.
Result<Buffer> wrap_key(const PublicKey& recipient,
                        const KeyTransport& transport,
                        Bytes content_key);

struct AgreedKey {
    Buffer originator{};  // the ephemeral key's point, uncompressed
    Buffer encrypted_key{};
};

// Makes an ephemeral key on the recipient's curve and wraps the content-encryption key with what
// the two agree on. Uses OpenSSL's own randomness. Crypto when the key is not EC, or the content
// key, a single DES one, too short to be wrapped.
Result<AgreedKey> agree_key(const PublicKey& recipient,
                            const KeyAgreement& algorithm,
                            std::optional<Bytes> user_keying_material,
                            Bytes content_key);

// SHA-256, SHA-384 or SHA-512 as the curve is strong; a key wrap as strong as the content cipher.
KeyAgreement default_agreement(Curve curve, Cipher content) noexcept;

// Uses a private key to sign. In process today; another process or PKCS#11 later.
class Signer {
  public:
    Signer() = default;
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;
    virtual ~Signer() = default;

    virtual const PublicKey& public_key() const noexcept = 0;

    // Signs `message` (not its digest). Crypto when the algorithm does not fit the key.
    virtual Result<Buffer> sign(const SignatureAlgorithm& algorithm, Bytes message) = 0;
};

// Uses a private key to open content-encryption keys.
class Decrypter {
  public:
    Decrypter() = default;
    Decrypter(const Decrypter&) = delete;
    Decrypter& operator=(const Decrypter&) = delete;
    virtual ~Decrypter() = default;

    virtual const PublicKey& public_key() const noexcept = 0;

    // The content-encryption key of exactly `key_size` octets. Never fails on what the peer sent:
    // a ciphertext that does not open gives a key that is a pseudo-random function of the
    // ciphertext and a secret of this object, in constant time (SECURITY rule S02).
    virtual SecretBytes unwrap_key(const KeyTransport& transport,
                                   Bytes encrypted_key,
                                   std::size_t key_size) = 0;

    // The same with a key that the originator's ephemeral key and this one agree on. An originator
    // of another curve, too, gives the pseudo-random key.
    virtual SecretBytes agree_key(const KeyAgreement& algorithm,
                                  const PublicKey& originator,
                                  std::optional<Bytes> user_keying_material,
                                  Bytes encrypted_key,
                                  std::size_t key_size) = 0;
};

// A private key in this process. Both interfaces on one object; unwrap_key of an EC key and
// agree_key of an RSA key always give the pseudo-random key. OpenSSL's set-up for each algorithm is
// kept from one use to the next, so two threads must not use one object at the same time.
class PrivateKey final : public Signer, public Decrypter {
  public:
    // PKCS#8, PKCS#1 or SEC1, as PEM (first private key block) or DER; unencrypted. Strict about
    // size (`rules`) and consistency. Errors: Config and Crypto, with `source` and line.
    static Result<std::unique_ptr<PrivateKey>> parse(Bytes file,
                                                     std::string_view source,
                                                     const KeyRules& rules = kStrictKeys);
    // 2048 to 8192 bits; Usage otherwise.
    static Result<std::unique_ptr<PrivateKey>> generate_rsa(unsigned bits);
    static Result<std::unique_ptr<PrivateKey>> generate_ec(Curve curve);

    const PublicKey& public_key() const noexcept override { return public_key_; }

    // With digests that use_library() admits; Policy for another.
    Result<Buffer> sign(const SignatureAlgorithm& algorithm, Bytes message) override;
    SecretBytes unwrap_key(const KeyTransport& transport,
                           Bytes encrypted_key,
                           std::size_t key_size) override;
    SecretBytes agree_key(const KeyAgreement& algorithm,
                          const PublicKey& originator,
                          std::optional<Bytes> user_keying_material,
                          Bytes encrypted_key,
                          std::size_t key_size) override;

    SecretBytes to_pkcs8_pem() const;

    EVP_PKEY& evp() noexcept { return *pkey_; }  // for the TLS context

    // Whose digests sign() uses, Library::standard() unless told; borrowed.
    void use_library(const Library& library) noexcept { library_ = &library; }

    ~PrivateKey() override;

  private:
    PrivateKey(PkeyPtr pkey, PublicKey public_key);

    // Takes a key that OpenSSL has loaded or made, checks it, and proves that it signs.
    static Result<std::unique_ptr<PrivateKey>> adopt(PkeyPtr pkey,
                                                     const KeyRules& rules = kStrictKeys);

    Result<EVP_PKEY_CTX*> signing_context(const SignatureAlgorithm& algorithm);
    EVP_PKEY_CTX* decrypting_context(const KeyTransport& transport);

    PkeyPtr pkey_;
    PublicKey public_key_;
    const Library* library_ = &Library::standard();
    Buffer modulus_{};  // RSA only; as long as a ciphertext
    Rejection rejection_{};
    std::vector<std::pair<SignatureAlgorithm, PkeyCtxPtr>> signing_{};
    std::vector<std::pair<KeyTransport, PkeyCtxPtr>> decrypting_{};
    PkeyCtxPtr agreeing_{};
};

// Generates "rsa:2048", "rsa:3072", "rsa:4096", "ec:P-256" or "ec:P-384". Usage for other words,
// which check_key_kind says without the work.
Status check_key_kind(std::string_view kind);
Result<std::unique_ptr<PrivateKey>> generate_key(std::string_view kind);

// The algorithm this key signs with by default: RSA PKCS#1 v1.5 or ECDSA with `digest`.
SignatureAlgorithm default_signature(const PublicKey& key, Digest digest) noexcept;

}  // namespace scep::crypto
