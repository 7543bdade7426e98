// The algorithms of SCEP messages by name, with their OIDs, and which OpenSSL objects do them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/asn1/reader.hpp"
#include "core/asn1/writer.hpp"
#include "core/crypto/ossl.hpp"

namespace scep::crypto {

enum class Digest : std::uint8_t { Md5, Sha1, Sha224, Sha256, Sha384, Sha512 };
enum class Cipher : std::uint8_t { DesCbc, DesEde3Cbc, Aes128Cbc, Aes192Cbc, Aes256Cbc };
enum class KeyType : std::uint8_t { Rsa, Ec };
enum class Curve : std::uint8_t { P256, P384, P521 };

struct DigestInfo {
    Digest digest;
    asn1::Oid oid;
    std::string_view name;     // "SHA-256", as GetCACaps spells it
    std::string_view openssl;  // fetch name
    std::size_t size;          // octets
};

struct CipherInfo {
    Cipher cipher;
    asn1::Oid oid;
    std::string_view name;  // "AES-128-CBC"
    std::string_view openssl;
    std::size_t key_size;    // octets
    std::size_t block_size;  // octets; the IV has as many
};

const DigestInfo& info(Digest digest) noexcept;
const CipherInfo& info(Cipher cipher) noexcept;
std::optional<Digest> digest_from(const asn1::Oid& oid) noexcept;
std::optional<Cipher> cipher_from(const asn1::Oid& oid) noexcept;
// Operator's spelling: "sha256", "SHA-256"; "aes128", "aes-128-cbc", "3des", "des".
std::optional<Digest> digest_from_name(std::string_view name) noexcept;
std::optional<Cipher> cipher_from_name(std::string_view name) noexcept;
std::string_view curve_name(Curve curve) noexcept;  // "P-256"
std::optional<Curve> curve_from_name(std::string_view name) noexcept;
std::optional<Curve> curve_from(const asn1::Oid& oid) noexcept;
const asn1::Oid& oid_of(Curve curve) noexcept;

enum class SignatureKind : std::uint8_t { RsaPkcs1, RsaPss, Ecdsa };

struct SignatureAlgorithm {
    SignatureKind kind = SignatureKind::RsaPkcs1;
    Digest digest = Digest::Sha256;
    Digest mgf1 = Digest::Sha256;    // RsaPss only
    std::uint32_t salt_length = 32;  // RsaPss only, octets

    friend bool operator==(const SignatureAlgorithm&, const SignatureAlgorithm&) = default;
};

// From a SignerInfo: `rsaEncryption` and `id-ecPublicKey` alone take the digest from
// `message_digest`; combined OIDs (sha256WithRSAEncryption) must agree with it unless nullopt is
// given (certificates and CSRs). PSS parameters are read with their RFC 4055 defaults; salt at most
// kMaxPssSalt. Missing NULL parameters are taken. Errors: Protocol, what names the algorithm.
Result<SignatureAlgorithm> signature_algorithm(const asn1::AlgorithmIdentifier& algorithm,
                                               std::optional<Digest> message_digest);

// How a signature AlgorithmIdentifier is spelt: SignerInfos of RSA PKCS#1 v1.5 carry rsaEncryption
// (deployed SCEP clients insist), certificates and CSRs the combined OID.
enum class SignatureSpelling : std::uint8_t { SignerInfo, Certificate };
void write_signature_algorithm(asn1::Writer& out,
                               const SignatureAlgorithm& algorithm,
                               SignatureSpelling spelling);
std::string_view name(const SignatureAlgorithm& algorithm) noexcept;  // "RSASSA-PSS with SHA-256"

void write_digest_algorithm(asn1::Writer& out,
                            Digest digest);  // parameters absent for SHA-2, NULL for SHA-1 and MD5

struct KeyTransport {
    bool oaep = false;             // false: RSAES-PKCS1-v1_5
    Digest digest = Digest::Sha1;  // OAEP only
    Digest mgf1 = Digest::Sha1;    // OAEP only

    friend bool operator==(const KeyTransport&, const KeyTransport&) = default;
};

// OAEP parameters read with their RFC 4055 defaults, pSource must be empty. Protocol otherwise.
Result<KeyTransport> key_transport(const asn1::AlgorithmIdentifier& algorithm);
// OAEP's hash and mask generation are written out even where they are the default SHA-1, because
// readers differ on absent ones; the label, always the empty default, is left out.
void write_key_transport(asn1::Writer& out, const KeyTransport& transport);

enum class KeyWrap : std::uint8_t { Aes128, Aes192, Aes256 };  // RFC 3394

struct KeyWrapInfo {
    KeyWrap wrap;
    asn1::Oid oid;
    std::string_view name;     // "id-aes128-wrap"
    std::string_view openssl;  // of the block cipher
    std::size_t key_size;      // octets
};

const KeyWrapInfo& info(KeyWrap wrap) noexcept;

// Ephemeral-static ECDH, the X9.63 key derivation, a key wrap: RFC 5753 section 3.1. What the
// cofactor variants compute is the same on every curve this program knows.
struct KeyAgreement {
    Digest kdf = Digest::Sha256;
    KeyWrap wrap = KeyWrap::Aes128;
    bool wrap_has_null = false;  // its parameters as spelt: they go into the derivation

    friend bool operator==(const KeyAgreement&, const KeyAgreement&) = default;
};

// Protocol for anything else; what the error says names it and gives nothing away.
Result<KeyAgreement> key_agreement(const asn1::AlgorithmIdentifier& algorithm);
void write_key_agreement(asn1::Writer& out, const KeyAgreement& agreement);
void write_key_wrap(asn1::Writer& out, const KeyAgreement& agreement);  // its parameters

// The fetched OpenSSL objects, looked up once (PERFORMANCE). Which digests and ciphers it admits is
// this program's decision: the standard library knows neither single DES nor MD5, though OpenSSL's
// default provider has the latter. Share freely.
class Library {
  public:
    // Without single DES and MD5. Lives as long as the process.
    static const Library& standard();

    // With both, for old servers in a lab and for captures: DES from OpenSSL's legacy provider in a
    // library context of its own, so that nothing else in the process sees it. Config: there is no
    // such provider.
    static Result<std::unique_ptr<Library>> with_legacy();

    // The same, but nothing that is weak may be asked for before load() has succeeded.
    static std::unique_ptr<Library> with_legacy_later();
    Status load();

    // Without looking up what is weak, which may never be used.
    bool admits(Digest digest) const noexcept;
    bool admits(Cipher cipher) const noexcept;

    // null when not admitted
    const EVP_MD* md(Digest digest) const noexcept;
    const EVP_CIPHER* evp(Cipher cipher) const noexcept;

    // RC2 in CBC mode of so many effective bits: 40, 64 or 128. It is no Cipher, because no message
    // is ever written or taken with it: old captures alone have it. null when not admitted.
    const EVP_CIPHER* rc2(unsigned bits) const noexcept;

    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

  private:
    struct State;
    explicit Library(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

}  // namespace scep::crypto
