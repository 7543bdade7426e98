// Opening EnvelopedData with a private key (SECURITY rules S01 to S03).
#include <algorithm>

#include <fmt/format.h>

#include "core/cms/content_info.hpp"
#include "core/cms/enveloped_data.hpp"
#include "core/crypto/system_random.hpp"

namespace scep::cms {

namespace {

struct Addressed {
    const RecipientInfo* recipient = nullptr;
    bool named = false;  // it names the certificate; else it is only the first of its kind
};

Result<Addressed> find_recipient(const EnvelopedData& envelope,
                                 const x509::Certificate& certificate) {
    Addressed out;
    for (const RecipientInfo& recipient : envelope.recipients) {
        if (recipient.kind != RecipientKind::KeyTransport)
            continue;
        if (out.recipient == nullptr)
            out.recipient = &recipient;
        if (identifies(recipient.rid, certificate))
            return Addressed{&recipient, true};
    }
    if (out.recipient == nullptr)
        return fail(protocol_error("no key transport recipient",
                                   "EnvelopedData.recipientInfos",
                                   envelope.content_offset,
                                   "RFC 8894 section 3.1"));
    return out;
}

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

Result<crypto::KeyTransport> admitted_transport(const crypto::Library& library,
                                                const RecipientInfo& recipient) {
    SCEP_TRY(transport, crypto::key_transport(recipient.key_encryption));
    if (!transport.oaep || (library.admits(transport.digest) && library.admits(transport.mgf1)))
        return transport;
    return fail(protocol_error("OAEP digest is not admitted",
                               "KeyTransRecipientInfo.keyEncryptionAlgorithm",
                               recipient.offset,
                               "RFC 8894 section 2.9"));
}

}  // namespace

Result<SecretBytes> decrypt_padded(const crypto::Library& library,
                                   const EnvelopedData& envelope,
                                   const x509::Certificate& certificate,
                                   crypto::Decrypter& key) {
    SCEP_TRY(cipher, admitted_cipher(library, envelope));
    SCEP_CHECK(check_lengths(envelope, info(cipher)));
    SCEP_TRY(addressed, find_recipient(envelope, certificate));
    SCEP_TRY(transport, admitted_transport(library, *addressed.recipient));
    SecretBytes content_key =
        key.unwrap_key(transport, addressed.recipient->encrypted_key, info(cipher).key_size);
    // A message for somebody else is not opened even where our key would open it, and it costs and
    // looks like any other that does not open.
    if (!addressed.named)
        crypto::SystemRandom().fill(content_key);
    return crypto::decrypt_content_padded(
        library, cipher, content_key, envelope.iv, envelope.encrypted_content);
}

Result<SecretBytes> decrypt(const crypto::Library& library,
                            const EnvelopedData& envelope,
                            const x509::Certificate& certificate,
                            crypto::Decrypter& key) {
    SCEP_TRY(cipher, admitted_cipher(library, envelope));
    SCEP_TRY(addressed, find_recipient(envelope, certificate));
    if (!addressed.named)
        return fail({.code = Errc::Crypto,
                     .what = fmt::format("encrypted to {}, not to this certificate",
                                         to_text(addressed.recipient->rid)),
                     .where = {.offset = addressed.recipient->offset,
                               .field = "EnvelopedData.recipientInfos",
                               .subject = certificate.subject_text()}});
    SCEP_TRY(padded, decrypt_padded(library, envelope, certificate, key));
    const auto size = crypto::unpadded_size(padded, info(cipher).block_size);
    if (!size)
        return fail({.code = Errc::Crypto,
                     .what = "content does not decrypt with this key",
                     .where = {.offset = envelope.content_offset,
                               .field = "EncryptedContentInfo.encryptedContent"}});
    padded.resize(*size);
    return std::move(padded);
}

}  // namespace scep::cms
