// Writing EnvelopedData (RFC 5652 section 6) as canonical DER.
#include <cassert>

#include <fmt/format.h>

#include "core/asn1/writer.hpp"
#include "core/cms/enveloped_data.hpp"

namespace scep::cms {

namespace {

constexpr std::uint32_t kVersionPlain = 0;  // issuerAndSerialNumber
constexpr std::uint32_t kVersionKeyId = 2;  // subjectKeyIdentifier
constexpr std::size_t kFrameOctets = 256;   // what an EnvelopedData needs beside its parts

struct Recipient {
    const x509::Certificate* certificate = nullptr;
    Buffer encrypted_key{};
};

void write_rid(asn1::Writer& out, const x509::Certificate& certificate, bool key_identifier) {
    if (key_identifier) {
        out.primitive(asn1::context(0), certificate.subject_key_identifier());
        return;
    }
    out.sequence([&] {
        out.raw(certificate.issuer_der());
        out.signed_integer(certificate.serial());
    });
}

Buffer encode_recipient(const EnvelopedDataSpec& spec, const Recipient& recipient) {
    asn1::Writer out(recipient.certificate->issuer_der().size() + recipient.encrypted_key.size() +
                     kFrameOctets);
    out.sequence([&] {
        out.integer(spec.key_identifier ? kVersionKeyId : kVersionPlain);
        write_rid(out, *recipient.certificate, spec.key_identifier);
        crypto::write_key_transport(out, spec.key_transport);
        out.octet_string(recipient.encrypted_key);
    });
    return std::move(out).take();
}

Result<Recipient> wrap_for(const EnvelopedDataSpec& spec,
                           const x509::Certificate& certificate,
                           const crypto::PublicKey& key,
                           Bytes content_key) {
    if (spec.key_identifier && certificate.subject_key_identifier().empty())
        return fail({.code = Errc::Crypto,
                     .what = "recipient certificate has no subjectKeyIdentifier",
                     .where = {.subject = certificate.subject_text()}});
    if (key.type() != crypto::KeyType::Rsa)
        return fail({.code = Errc::Crypto,
                     .what = fmt::format("{} key cannot encrypt, want RSA", key.describe()),
                     .where = {.subject = certificate.subject_text()}});
    SCEP_TRY(encrypted, crypto::wrap_key(key, spec.key_transport, content_key));
    return Recipient{&certificate, std::move(encrypted)};
}

Buffer encode(const EnvelopedDataSpec& spec,
              std::vector<Buffer> recipients,
              Bytes iv,
              Bytes encrypted_content) {
    std::size_t size = encrypted_content.size() + kFrameOctets;
    for (const Buffer& recipient : recipients)
        size += recipient.size();
    asn1::Writer out(size);
    out.sequence([&] {
        out.oid(oid::kEnvelopedData);
        out.explicit_tag(0, [&] {
            out.sequence([&] {
                out.integer(spec.key_identifier ? kVersionKeyId : kVersionPlain);
                out.set_of(std::move(recipients));
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
    assert(!spec.recipients.empty());
    if (!library.admits(spec.cipher))
        return fail(Errc::Crypto,
                    fmt::format("content cipher {} is not admitted", info(spec.cipher).name));
    SecretBytes content_key(info(spec.cipher).key_size);
    random.fill(content_key);
    const Buffer iv = random.bytes(info(spec.cipher).block_size);

    std::vector<Buffer> recipients;
    recipients.reserve(spec.recipients.size());
    for (const x509::Certificate* certificate : spec.recipients) {
        Result<crypto::PublicKey> key = first_key != nullptr && recipients.empty()
                                            ? *first_key
                                            : certificate->public_key(spec.key_rules);
        if (!key)
            return during(std::move(key).error(), "encrypting to " + certificate->subject_text());
        SCEP_TRY(recipient, wrap_for(spec, *certificate, *key, content_key));
        recipients.push_back(encode_recipient(spec, recipient));
    }
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
