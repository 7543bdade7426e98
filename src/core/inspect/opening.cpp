// Opening an envelope with whatever the operator gave. A server gives one answer for everything
// that can be wrong here (SECURITY rule S01); the operator who holds the key is told each apart.
#include <array>

#include <fmt/format.h>

#include "core/inspect/reading.hpp"

namespace scep::inspect {

namespace {

// Effective key bits by RFC 8018 section B.2.3; rc2ParameterVersion is an arbitrary code for them.
struct Rc2Version {
    std::uint32_t version;
    unsigned bits;
};

constexpr std::array kRc2Versions{Rc2Version{160, 40}, Rc2Version{120, 64}, Rc2Version{58, 128}};
constexpr std::size_t kRc2Block = 8;

struct Rc2 {
    unsigned bits = 0;
    Buffer iv{};
};

// RC2-CBCParameter ::= SEQUENCE { rc2ParameterVersion INTEGER, iv OCTET STRING }
Result<Rc2> rc2_parameters(const asn1::AlgorithmIdentifier& algorithm) {
    constexpr std::string_view kField = "RC2-CBCParameter";
    if (!algorithm.parameters)
        return fail(Errc::Protocol, "RC2 without parameters");
    asn1::Reader around(algorithm.parameters->tlv);
    SCEP_TRY(in, around.expect_into(asn1::kSequence, kField));
    SCEP_TRY(version_element, in.expect(asn1::kInteger, kField));
    SCEP_TRY(version, asn1::small_integer(version_element, kField));
    SCEP_TRY(iv, in.expect(asn1::kOctetString, kField));
    for (const Rc2Version& row : kRc2Versions)
        if (row.version == version)
            return Rc2{row.bits, to_buffer(iv.content)};
    return fail(Errc::Protocol, fmt::format("RC2 parameter version {} is not known", version));
}

Result<SecretBytes> rc2_key(const cms::Opening& opening, std::size_t size) {
    SCEP_TRY(management, cms::key_management(*opening.recipient));
    const Bytes encrypted = opening.recipient->encrypted_key;
    if (const auto* transport = std::get_if<crypto::KeyTransport>(&management))
        return opening.key->unwrap_key(*transport, encrypted, size);
    if (const auto* password = std::get_if<crypto::PasswordEncryption>(&management))
        return opening.password->unwrap_key(*password, encrypted, size);
    return fail(Errc::Protocol, "RC2 under key agreement");
}

Result<SecretBytes> decrypt_rc2(const crypto::Library& library,
                                const cms::EnvelopedData& envelope,
                                const cms::Opening& opening) {
    constexpr unsigned kOctet = 8;
    SCEP_TRY(parameters, rc2_parameters(envelope.content_encryption));
    SCEP_TRY(key, rc2_key(opening, parameters.bits / kOctet));
    SCEP_TRY(padded,
             crypto::decrypt_rc2_padded(
                 library, parameters.bits, key, parameters.iv, envelope.encrypted_content));
    const auto size = crypto::unpadded_size(padded, kRc2Block);
    if (!size)
        return fail(Errc::Crypto, "content does not decrypt with this key");
    padded.resize(*size);
    return std::move(padded);
}

// Whatever SCEP puts into an envelope begins with a SEQUENCE. A wrong key gives that, behind good
// padding, once in a million times.
bool plausible(const SecretBytes& content) {
    return asn1::Reader(content).expect(asn1::kSequence, "content").has_value();
}

class Opener {
  public:
    Opener(const cms::EnvelopedData& envelope, const Means& means)
        : envelope_(envelope), means_(means) {}

    Opening open() && {
        out_.recipient = envelope_.recipients.empty() ? nullptr : &envelope_.recipients.front();
        out_.tried = !means_.keys.empty() || means_.challenge;
        for (const OwnKey& own : means_.keys)
            try_named(own);
        for (const OwnKey& own : means_.keys)  // its certificate may be another one by now
            try_all(own);
        try_password();
        if (!out_.opened && out_.failure.empty())
            out_.failure = unmatched();
        return std::move(out_);
    }

  private:
    const crypto::Library& library() const {
        const auto cipher = crypto::cipher_from(envelope_.content_encryption.algorithm);
        return cipher && means_.libraries->standard().admits(*cipher) ? means_.libraries->standard()
                                                                      : means_.libraries->legacy();
    }

    void try_named(const OwnKey& own) {
        const cms::RecipientKind kind = cms::recipient_kind(own.key->public_key().type());
        for (const x509::Certificate& certificate : own.certificates)
            if (const auto* recipient = cms::find_recipient(envelope_, certificate, kind))
                attempt({.recipient = recipient, .key = own.key.get()}, own.source, true);
    }

    void try_all(const OwnKey& own) {
        const cms::RecipientKind kind = cms::recipient_kind(own.key->public_key().type());
        for (const cms::RecipientInfo& recipient : envelope_.recipients)
            if (recipient.kind == kind)
                attempt({.recipient = &recipient, .key = own.key.get()}, own.source, false);
    }

    void try_password() {
        const auto* recipient = cms::first_recipient(envelope_, cms::RecipientKind::Password);
        if (recipient == nullptr || !means_.challenge)
            return;
        crypto::PasswordDecrypter password(*means_.challenge);
        attempt({.recipient = recipient, .password = &password}, "the challenge", true);
    }

    void attempt(const cms::Opening& opening, const std::string& by, bool named) {
        if (out_.opened)
            return;
        const bool rc2 = envelope_.content_encryption.algorithm == oid::kRc2Cbc;
        Result<SecretBytes> content = rc2 ? decrypt_rc2(library(), envelope_, opening)
                                          : cms::decrypt(library(), envelope_, opening);
        if (content && plausible(*content)) {
            out_ = {.content = *std::move(content),
                    .opened = true,
                    .tried = true,
                    .by = by,
                    .recipient = opening.recipient};
        } else if (named) {
            out_.recipient = opening.recipient;
            out_.failure = content ? fmt::format("{} opens it, but what is in it is not ASN.1", by)
                                   : fmt::format("{}: {}", by, to_text(content.error()));
        }
    }

    std::string unmatched() const {
        if (envelope_.recipients.empty())
            return "no recipient can be read";
        std::string whom;
        for (const cms::RecipientInfo& recipient : envelope_.recipients)
            whom += (whom.empty() ? "" : " and ") + recipient_text(recipient);
        if (!out_.tried)
            return fmt::format("no key was given; it is encrypted to {}", whom);
        return fmt::format("it is encrypted to {}: none of the given keys is that one's", whom);
    }

    static std::string recipient_text(const cms::RecipientInfo& recipient) {
        switch (recipient.kind) {
            case cms::RecipientKind::KeyTransport:
            case cms::RecipientKind::KeyAgreement:
                return cms::to_text(recipient.rid);
            case cms::RecipientKind::Password:
                return "whoever knows the challenge";
            case cms::RecipientKind::Kek:
            case cms::RecipientKind::Other:
                break;
        }
        return "a recipient of a kind that SCEP does not have";
    }

    const cms::EnvelopedData& envelope_;
    const Means& means_;
    Opening out_{};
};

}  // namespace

Opening open_envelope(const cms::EnvelopedData& envelope, const Means& means) {
    return Opener(envelope, means).open();
}

}  // namespace scep::inspect
