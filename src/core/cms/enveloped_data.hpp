// EnvelopedData (RFC 5652 section 6) with RSA key transport: read with offsets from BER or DER,
// opened, and built as canonical DER.
#pragma once

#include "core/base/random.hpp"
#include "core/cms/signed_data.hpp"
#include "core/crypto/content_cipher.hpp"

namespace scep::cms {

enum class RecipientKind : std::uint8_t { KeyTransport, KeyAgreement, Kek, Password, Other };

struct RecipientInfo {
    RecipientKind kind = RecipientKind::KeyTransport;
    std::size_t offset = 0;
    // KeyTransport only:
    Identifier rid{};
    asn1::AlgorithmIdentifier key_encryption{};
    Bytes encrypted_key{};
    // the others, whole:
    Bytes tlv{};
};

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

// The content as decrypted, padding still on. The first key-transport recipient that names
// `certificate` is opened; when none does, one private-key operation is spent on the first all the
// same and the outcome is the pseudo-random key's garbage (SECURITY rules S01, S02): nothing here
// depends on whether the key was right. Protocol for what is public: cipher or key transport
// unknown or not admitted, no key-transport recipient, lengths that cannot be.
Result<SecretBytes> decrypt_padded(const crypto::Library& library,
                                   const EnvelopedData& envelope,
                                   const x509::Certificate& certificate,
                                   crypto::Decrypter& key);

// decrypt_padded() with the padding taken off, for clients: they may tell failures apart. Crypto.
Result<SecretBytes> decrypt(const crypto::Library& library,
                            const EnvelopedData& envelope,
                            const x509::Certificate& certificate,
                            crypto::Decrypter& key);

struct EnvelopedDataSpec {
    Bytes content{};
    std::vector<const x509::Certificate*> recipients{};  // RSA; issuer and serial are written
    crypto::Cipher cipher = crypto::Cipher::Aes128Cbc;
    crypto::KeyTransport key_transport{};
    bool key_identifier = false;   // recipients by subjectKeyIdentifier instead
    crypto::KeyRules key_rules{};  // for the recipients' keys
};

// ContentInfo, canonical DER. Crypto when a recipient's key cannot encrypt.
Result<Buffer> build_enveloped_data(const crypto::Library& library,
                                    const EnvelopedDataSpec& spec,
                                    Random& random);
// The same with the first recipient's key already checked and built (hot path).
Result<Buffer> build_enveloped_data(const crypto::Library& library,
                                    const EnvelopedDataSpec& spec,
                                    const crypto::PublicKey& recipient_key,
                                    Random& random);

}  // namespace scep::cms
