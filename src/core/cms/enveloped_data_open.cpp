// Opening EnvelopedData with a private key or a password (SECURITY rules S01 to S03, S06).
#include <cassert>

#include <fmt/format.h>

#include "core/cms/content_info.hpp"
#include "core/cms/enveloped_data.hpp"
#include "core/crypto/system_random.hpp"

namespace scep::cms {

namespace {

Result<crypto::Cipher> admitted_cipher(const crypto::Library& library,
                                       const EnvelopedData& envelope) {
    const asn1::Oid& algorithm = envelope.content_encryption.algorithm;
    const auto cipher = crypto::cipher_from(algorithm);
    if (cipher && library.admits(*cipher))
        return *cipher;
    return fail(protocol_error(
        fmt::format("content cipher {} is not admitted",
                    cipher ? std::string(info(*cipher).name) : asn1::name(algorithm)),
        "EncryptedContentInfo.contentEncryptionAlgorithm",
        envelope.content_encryption.offset,
        "RFC 8894 section 2.9"));
}

// Lengths are public: the peer wrote them in clear. Refused before a private-key operation.
Status check_lengths(const EnvelopedData& envelope, const crypto::CipherInfo& cipher) {
    const std::size_t size = envelope.encrypted_content.size();
    if (envelope.iv.size() == cipher.block_size && size != 0 && size % cipher.block_size == 0)
        return {};
    return fail(protocol_error(fmt::format("IV of {} and content of {} octets, want {} and a "
                                           "multiple of it",
                                           envelope.iv.size(),
                                           size,
                                           cipher.block_size),
                               "EnvelopedData.encryptedContentInfo",
                               envelope.content_offset,
                               "RFC 5652 section 6.3"));
}

Status check_admitted(const crypto::Library& library,
                      const crypto::KeyTransport& transport,
                      const RecipientInfo& recipient) {
    if (!transport.oaep || (library.admits(transport.digest) && library.admits(transport.mgf1)))
        return {};
    return fail(protocol_error("OAEP digest is not admitted",
                               "KeyTransRecipientInfo.keyEncryptionAlgorithm",
                               recipient.offset,
                               "RFC 8894 section 2.9"));
}

// A foreign key (SECURITY rule S05), which has to be on the curve of ours. Its own parameters are
// absent or NULL, or name the curve: RFC 5753 section 7.1.2.
Result<crypto::PublicKey> originator_key(const OriginatorKey& originator, crypto::Curve curve) {
    constexpr std::string_view kField = "OriginatorPublicKey";
    if (!asn1::parameters_empty(originator.algorithm)) {
        SCEP_TRY(named, asn1::object_identifier(*originator.algorithm.parameters, kField));
        if (named != crypto::oid_of(curve))
            return fail(
                {.code = Errc::Crypto,
                 .what = fmt::format("originator's key is on {}, the recipient's on {}",
                                     asn1::name(named),
                                     crypto::curve_name(curve)),
                 .where = {.offset = originator.algorithm.offset, .field = std::string(kField)},
                 .cite = "RFC 5753 section 3.1.1"});
    }
    return crypto::parse_ec_point(curve, originator.point, originator.offset);
}

Result<SecretBytes> agreed_key(const Opening& opening,
                               const crypto::KeyAgreement& algorithm,
                               std::size_t key_size) {
    const RecipientInfo& recipient = *opening.recipient;
    const crypto::PublicKey& own = opening.key->public_key();
    if (own.type() != crypto::KeyType::Ec)
        return fail({.code = Errc::Crypto,
                     .what = "key agreement wants an EC key, got " + own.describe(),
                     .where = {.offset = recipient.offset}});
    SCEP_TRY(originator, originator_key(*recipient.originator, own.curve()));
    return opening.key->agree_key(
        algorithm, originator, recipient.user_keying_material, recipient.encrypted_key, key_size);
}

Result<SecretBytes> content_key(const crypto::Library& library,
                                const Opening& opening,
                                std::size_t key_size) {
    const RecipientInfo& recipient = *opening.recipient;
    SCEP_TRY(management, key_management(recipient));
    if (const auto* encryption = std::get_if<crypto::PasswordEncryption>(&management)) {
        assert(opening.password != nullptr);
        return opening.password->unwrap_key(*encryption, recipient.encrypted_key, key_size);
    }
    assert(opening.key != nullptr);
    if (const auto* agreement = std::get_if<crypto::KeyAgreement>(&management))
        return agreed_key(opening, *agreement, key_size);
    const auto& transport = std::get<crypto::KeyTransport>(management);
    SCEP_CHECK(check_admitted(library, transport, recipient));
    return opening.key->unwrap_key(transport, recipient.encrypted_key, key_size);
}

std::string_view wanted(RecipientKind kind) noexcept {
    return kind == RecipientKind::KeyTransport ? "no key transport recipient"
                                               : "no key agreement recipient";
}

}  // namespace

Result<Opening> opening_for(const EnvelopedData& envelope,
                            const x509::Certificate& certificate,
                            crypto::Decrypter& key) {
    const RecipientKind kind = recipient_kind(key.public_key().type());
    if (const RecipientInfo* named = find_recipient(envelope, certificate, kind))
        return Opening{.recipient = named, .key = &key};
    if (const RecipientInfo* first = first_recipient(envelope, kind))
        return Opening{.recipient = first, .key = &key, .named = false};
    return fail(protocol_error(std::string(wanted(kind)),
                               "EnvelopedData.recipientInfos",
                               envelope.content_offset,
                               "RFC 8894 section 3.1"));
}

Result<SecretBytes> decrypt_padded(const crypto::Library& library,
                                   const EnvelopedData& envelope,
                                   const Opening& opening) {
    assert(opening.recipient != nullptr);
    SCEP_TRY(cipher, admitted_cipher(library, envelope));
    SCEP_CHECK(check_lengths(envelope, info(cipher)));
    SCEP_TRY(key, content_key(library, opening, info(cipher).key_size));
    if (!opening.named)
        crypto::SystemRandom().fill(key);
    return crypto::decrypt_content_padded(
        library, cipher, key, envelope.iv, envelope.encrypted_content);
}

Result<SecretBytes> decrypt_padded(const crypto::Library& library,
                                   const EnvelopedData& envelope,
                                   const x509::Certificate& certificate,
                                   crypto::Decrypter& key) {
    SCEP_CHECK(admitted_cipher(library, envelope));
    SCEP_TRY(opening, opening_for(envelope, certificate, key));
    return decrypt_padded(library, envelope, opening);
}

Result<SecretBytes> decrypt(const crypto::Library& library,
                            const EnvelopedData& envelope,
                            const Opening& opening) {
    SCEP_TRY(padded, decrypt_padded(library, envelope, opening));
    const auto cipher = crypto::cipher_from(envelope.content_encryption.algorithm);
    const auto size = crypto::unpadded_size(padded, info(*cipher).block_size);
    if (!size)
        return fail({.code = Errc::Crypto,
                     .what = opening.password != nullptr
                                 ? "content does not decrypt with this password"
                                 : "content does not decrypt with this key",
                     .where = {.offset = envelope.content_offset,
                               .field = "EncryptedContentInfo.encryptedContent"}});
    padded.resize(*size);
    return std::move(padded);
}

Result<SecretBytes> decrypt(const crypto::Library& library,
                            const EnvelopedData& envelope,
                            const x509::Certificate& certificate,
                            crypto::Decrypter& key) {
    SCEP_CHECK(admitted_cipher(library, envelope));
    SCEP_TRY(opening, opening_for(envelope, certificate, key));
    if (!opening.named)
        return fail({.code = Errc::Crypto,
                     .what = fmt::format("encrypted to {}, not to this certificate",
                                         to_text(opening.recipient->rid)),
                     .where = {.offset = opening.recipient->offset,
                               .field = "EnvelopedData.recipientInfos",
                               .subject = certificate.subject_text()}});
    return decrypt(library, envelope, opening);
}

}  // namespace scep::cms
