// Writing EnvelopedData (RFC 5652 section 6) as canonical DER.
#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "core/asn1/writer.hpp"
#include "core/cms/enveloped_data.hpp"

namespace scep::cms {

namespace {

// CMSVersion of each kind of RecipientInfo: RFC 5652 sections 6.2.1, 6.2.2, 6.2.4
constexpr std::uint32_t kTransportVersion = 0;       // issuerAndSerialNumber
constexpr std::uint32_t kTransportKeyIdVersion = 2;  // subjectKeyIdentifier
constexpr std::uint32_t kAgreementVersion = 3;
constexpr std::uint32_t kPasswordVersion = 0;
constexpr std::size_t kFrameOctets = 256;  // what an EnvelopedData needs beside its parts

struct Recipient {
    RecipientKind kind = RecipientKind::KeyTransport;
    Buffer der{};
};

void write_issuer_and_serial(asn1::Writer& out, const x509::Certificate& certificate) {
    out.sequence([&] {
        out.raw(certificate.issuer_der());
        out.signed_integer(certificate.serial());
    });
}

asn1::Writer writer_for(const x509::Certificate& certificate, std::size_t key_octets) {
    return asn1::Writer(certificate.issuer_der().size() + key_octets + kFrameOctets);
}

// KeyTransRecipientInfo ::= SEQUENCE { version, rid, keyEncryptionAlgorithm, encryptedKey }
Result<Recipient> key_transport(const EnvelopedDataSpec& spec,
                                const x509::Certificate& certificate,
                                const crypto::PublicKey& key,
                                Bytes content_key) {
    SCEP_TRY(encrypted, crypto::wrap_key(key, spec.key_transport, content_key));
    asn1::Writer out = writer_for(certificate, encrypted.size());
    out.sequence([&] {
        out.integer(spec.key_identifier ? kTransportKeyIdVersion : kTransportVersion);
        if (spec.key_identifier)
            out.primitive(asn1::context(0), certificate.subject_key_identifier());
        else
            write_issuer_and_serial(out, certificate);
        crypto::write_key_transport(out, spec.key_transport);
        out.octet_string(encrypted);
    });
    return Recipient{RecipientKind::KeyTransport, std::move(out).take()};
}

// originator [0] EXPLICIT CHOICE { ..., originatorKey [1] SEQUENCE { algorithm, publicKey } }
void write_originator(asn1::Writer& out, Bytes point) {
    out.explicit_tag(0, [&] {
        out.constructed(asn1::context(1), [&] {
            out.algorithm(oid::kEcPublicKey, false);
            out.bit_string(point);
        });
    });
}

// RecipientEncryptedKeys ::= SEQUENCE OF SEQUENCE { rid, encryptedKey }, with one of them
void write_encrypted_key(asn1::Writer& out,
                         const EnvelopedDataSpec& spec,
                         const x509::Certificate& certificate,
                         Bytes encrypted_key) {
    out.sequence([&] {
        out.sequence([&] {
            if (spec.key_identifier)
                out.constructed(asn1::context(0),
                                [&] { out.octet_string(certificate.subject_key_identifier()); });
            else
                write_issuer_and_serial(out, certificate);
            out.octet_string(encrypted_key);
        });
    });
}

// KeyAgreeRecipientInfo ::= [1] SEQUENCE { version, originator, ukm OPTIONAL,
//     keyEncryptionAlgorithm, recipientEncryptedKeys }
Result<Recipient> key_agreement(const EnvelopedDataSpec& spec,
                                const x509::Certificate& certificate,
                                const crypto::PublicKey& key,
                                Bytes content_key) {
    const crypto::KeyAgreement algorithm =
        spec.key_agreement.value_or(crypto::default_agreement(key.curve(), spec.cipher));
    SCEP_TRY(agreed, crypto::agree_key(key, algorithm, std::nullopt, content_key));
    asn1::Writer out = writer_for(certificate, agreed.encrypted_key.size());
    out.constructed(asn1::context(1), [&] {
        out.integer(kAgreementVersion);
        write_originator(out, agreed.originator);
        crypto::write_key_agreement(out, algorithm);
        write_encrypted_key(out, spec, certificate, agreed.encrypted_key);
    });
    return Recipient{RecipientKind::KeyAgreement, std::move(out).take()};
}

// PasswordRecipientInfo ::= [3] SEQUENCE { version, keyDerivationAlgorithm [0] OPTIONAL,
//     keyEncryptionAlgorithm, encryptedKey }
Recipient password(const EnvelopedDataSpec& spec, Bytes content_key, Random& random) {
    const auto encryption = crypto::default_password_encryption(spec.cipher, random);
    const Buffer encrypted = crypto::wrap_key(spec.password, encryption, content_key, random);
    asn1::Writer out;
    out.constructed(asn1::context(3), [&] {
        out.integer(kPasswordVersion);
        crypto::write_key_derivation(out, encryption);
        crypto::write_key_encryption(out, encryption);
        out.octet_string(encrypted);
    });
    return {RecipientKind::Password, std::move(out).take()};
}

Result<Recipient> recipient_for(const EnvelopedDataSpec& spec,
                                const x509::Certificate& certificate,
                                const crypto::PublicKey& key,
                                Bytes content_key) {
    if (spec.key_identifier && certificate.subject_key_identifier().empty())
        return fail({.code = Errc::Crypto,
                     .what = "recipient certificate has no subjectKeyIdentifier",
                     .where = {.subject = certificate.subject_text()}});
    return key.type() == crypto::KeyType::Rsa ? key_transport(spec, certificate, key, content_key)
                                              : key_agreement(spec, certificate, key, content_key);
}

// RFC 5652 section 6.1, for an envelope without originatorInfo and unprotectedAttrs.
std::uint32_t version_for(const EnvelopedDataSpec& spec, const std::vector<Recipient>& recipients) {
    const auto has = [&](RecipientKind kind) {
        return std::ranges::find(recipients, kind, &Recipient::kind) != recipients.end();
    };
    if (has(RecipientKind::Password))
        return 3;
    return has(RecipientKind::KeyAgreement) || spec.key_identifier ? 2 : 0;
}

Buffer encode(const EnvelopedDataSpec& spec,
              std::vector<Recipient> recipients,
              Bytes iv,
              Bytes encrypted_content) {
    const std::uint32_t version = version_for(spec, recipients);
    std::size_t size = encrypted_content.size() + kFrameOctets;
    std::vector<Buffer> infos;
    for (Recipient& recipient : recipients) {
        size += recipient.der.size();
        infos.push_back(std::move(recipient.der));
    }
    asn1::Writer out(size);
    out.sequence([&] {
        out.oid(oid::kEnvelopedData);
        out.explicit_tag(0, [&] {
            out.sequence([&] {
                out.integer(version);
                out.set_of(std::move(infos));
                out.sequence([&] {
                    out.oid(oid::kData);
                    out.sequence([&] {
                        out.oid(info(spec.cipher).oid);
                        out.octet_string(iv);
                    });
                    out.primitive(asn1::context(0), encrypted_content);
                });
            });
        });
    });
    return std::move(out).take();
}

// `first_key` is the first recipient's, where the caller has it already.
Result<Buffer> build(const crypto::Library& library,
                     const EnvelopedDataSpec& spec,
                     const crypto::PublicKey* first_key,
                     Random& random) {
    assert(!spec.recipients.empty() || !spec.password.empty());
    if (!library.admits(spec.cipher))
        return fail(Errc::Crypto,
                    fmt::format("content cipher {} is not admitted", info(spec.cipher).name));
    SecretBytes content_key(info(spec.cipher).key_size);
    random.fill(content_key);
    const Buffer iv = random.bytes(info(spec.cipher).block_size);

    std::vector<Recipient> recipients;
    recipients.reserve(spec.recipients.size() + 1);
    for (const x509::Certificate* certificate : spec.recipients) {
        Result<crypto::PublicKey> key = first_key != nullptr && recipients.empty()
                                            ? *first_key
                                            : certificate->public_key(spec.key_rules);
        if (!key)
            return during(std::move(key).error(), "encrypting to " + certificate->subject_text());
        SCEP_TRY(recipient, recipient_for(spec, *certificate, *key, content_key));
        recipients.push_back(std::move(recipient));
    }
    if (!spec.password.empty())
        recipients.push_back(password(spec, content_key, random));
    SCEP_TRY(encrypted,
             crypto::encrypt_content(library, spec.cipher, content_key, iv, spec.content));
    return encode(spec, std::move(recipients), iv, encrypted);
}

}  // namespace

Result<Buffer> build_enveloped_data(const crypto::Library& library,
                                    const EnvelopedDataSpec& spec,
                                    Random& random) {
    return build(library, spec, nullptr, random);
}

Result<Buffer> build_enveloped_data(const crypto::Library& library,
                                    const EnvelopedDataSpec& spec,
                                    const crypto::PublicKey& recipient_key,
                                    Random& random) {
    return build(library, spec, &recipient_key, random);
}

}  // namespace scep::cms
