// EnvelopedData (RFC 5652 section 6): read with offsets from BER or DER, opened, and built as
// canonical DER. Recipients by RSA key transport, by key agreement on elliptic curves (RFC 5753)
// and by password.
#pragma once

#include <optional>
#include <variant>

#include "core/base/random.hpp"
#include "core/cms/signed_data.hpp"
#include "core/crypto/content_cipher.hpp"
#include "core/crypto/password.hpp"

namespace scep::cms {

enum class RecipientKind : std::uint8_t { KeyTransport, KeyAgreement, Kek, Password, Other };

// The recipient's kind that a key can open.
RecipientKind recipient_kind(crypto::KeyType type) noexcept;

// originatorKey of a key agreement: an ephemeral public key, not yet looked at.
struct OriginatorKey {
    asn1::AlgorithmIdentifier algorithm{};
    Bytes point{};
    std::size_t offset = 0;
};

// One that can open the envelope: of a KeyAgreeRecipientInfo there are as many as it has
// RecipientEncryptedKeys. Which fields are filled depends on the kind.
struct RecipientInfo {
    RecipientKind kind = RecipientKind::KeyTransport;
    std::size_t offset = 0;                       // of this RecipientInfo or RecipientEncryptedKey
    Bytes tlv{};                                  // of the whole RecipientInfo
    Identifier rid{};                             // KeyTransport, KeyAgreement
    asn1::AlgorithmIdentifier key_encryption{};   // likewise, and Password
    Bytes encrypted_key{};                        // likewise
    std::optional<OriginatorKey> originator{};    // KeyAgreement; nullopt: by its certificate
    std::optional<Bytes> user_keying_material{};  // KeyAgreement
    std::optional<asn1::AlgorithmIdentifier> key_derivation{};  // Password
};

// How the content-encryption key is protected for a recipient.
using KeyManagement =
    std::variant<crypto::KeyTransport, crypto::KeyAgreement, crypto::PasswordEncryption>;

// Reads what the message says in clear and derives nothing. Protocol for algorithms not known, and
// for what SECURITY rule S06 bounds; the error names it and is fit to be told to the peer.
Result<KeyManagement> key_management(const RecipientInfo& recipient);

// The name of what key_management() does not know, for failInfoText: "1.2.840.113533.7.66.13",
// "PBKDF2 with 200000 iterations, the limit is 100000". nullopt: all is known.
std::optional<std::string> unknown_algorithm(const RecipientInfo& recipient);

// Borrows from the message, except what was constructed.
struct EnvelopedData {
    std::uint32_t version = 0;
    std::vector<RecipientInfo> recipients{};
    asn1::Oid content_type{};
    asn1::AlgorithmIdentifier content_encryption{};
    Bytes iv{};  // of CBC ciphers; empty when the parameters are not an OCTET STRING
    Bytes encrypted_content{};
    std::size_t content_offset = 0;
    asn1::Joined joined{};
};

// ContentInfo holding EnvelopedData, nothing left over: blocks appended to a valid envelope are
// refused (S01, S04). Der, Protocol.
Result<EnvelopedData> parse_enveloped_data(Bytes message, std::size_t base_offset = 0);

// The first recipient of that kind that names `certificate`; null when none does.
const RecipientInfo* find_recipient(const EnvelopedData& envelope,
                                    const x509::Certificate& certificate,
                                    RecipientKind kind);
// The first of that kind; null when there is none.
const RecipientInfo* first_recipient(const EnvelopedData& envelope, RecipientKind kind) noexcept;

// A recipient of an envelope, and what is to open it. Borrowed.
struct Opening {
    const RecipientInfo* recipient = nullptr;
    crypto::Decrypter* key = nullptr;               // KeyTransport, KeyAgreement
    crypto::PasswordDecrypter* password = nullptr;  // Password
    // False: the recipient is somebody else, and only the first of its kind. A message for somebody
    // else is not opened even where our key would open it, and it costs and looks like any other
    // that does not open.
    bool named = true;
};

// With the key of a certificate: the recipient that names it, else the first that such a key could
// open, not named. Protocol when there is none.
Result<Opening> opening_for(const EnvelopedData& envelope,
                            const x509::Certificate& certificate,
                            crypto::Decrypter& key);

// The content as decrypted, padding still on. A key or password that is not the right one, or a
// recipient not named, gives the pseudo-random key's garbage (SECURITY rules S01, S02): nothing
// here depends on whether the key was right. Protocol and Crypto for what is public: cipher or key
// management unknown or not admitted, lengths that cannot be, an originator's key that is none on
// the curve of ours (S05).
Result<SecretBytes> decrypt_padded(const crypto::Library& library,
                                   const EnvelopedData& envelope,
                                   const Opening& opening);
// The same of opening_for(envelope, certificate, key).
Result<SecretBytes> decrypt_padded(const crypto::Library& library,
                                   const EnvelopedData& envelope,
                                   const x509::Certificate& certificate,
                                   crypto::Decrypter& key);

// decrypt_padded() with the padding taken off, for clients: they may tell failures apart. Crypto.
Result<SecretBytes> decrypt(const crypto::Library& library,
                            const EnvelopedData& envelope,
                            const Opening& opening);
// Likewise; an error when the message is not for the certificate.
Result<SecretBytes> decrypt(const crypto::Library& library,
                            const EnvelopedData& envelope,
                            const x509::Certificate& certificate,
                            crypto::Decrypter& key);

struct EnvelopedDataSpec {
    Bytes content{};
    // RSA by key transport, EC by key agreement; issuer and serial are written.
    std::vector<const x509::Certificate*> recipients{};
    Bytes password{};  // of one more recipient; empty: none
    crypto::Cipher cipher = crypto::Cipher::Aes128Cbc;
    crypto::KeyTransport key_transport{};                 // to RSA recipients
    std::optional<crypto::KeyAgreement> key_agreement{};  // to EC ones; nullopt: the default
    bool key_identifier = false;   // recipients by subjectKeyIdentifier instead
    crypto::KeyRules key_rules{};  // for the recipients' keys
};

// ContentInfo, canonical DER; at least one recipient (assert). Crypto when a recipient's key is
// unfit, or the content key too short for key agreement.
Result<Buffer> build_enveloped_data(const crypto::Library& library,
                                    const EnvelopedDataSpec& spec,
                                    Random& random);
// The same with the first recipient's key already checked and built (hot path).
Result<Buffer> build_enveloped_data(const crypto::Library& library,
                                    const EnvelopedDataSpec& spec,
                                    const crypto::PublicKey& recipient_key,
                                    Random& random);

}  // namespace scep::cms
