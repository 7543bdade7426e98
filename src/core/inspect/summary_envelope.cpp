// The envelope: how it is encrypted, and to whom.
#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/inspect/summary.hpp"

namespace scep::inspect {

namespace {

std::string cipher_text(const cms::EnvelopedData& envelope) {
    const asn1::Oid& algorithm = envelope.content_encryption.algorithm;
    const auto cipher = crypto::cipher_from(algorithm);
    return cipher ? std::string(crypto::info(*cipher).name) : asn1::name(algorithm);
}

std::string transport_text(const crypto::KeyTransport& transport) {
    if (!transport.oaep)
        return "RSAES-PKCS1-v1_5";
    return fmt::format("RSAES-OAEP with {}, MGF1 with {}",
                       crypto::info(transport.digest).name,
                       crypto::info(transport.mgf1).name);
}

std::string management_text(const cms::RecipientInfo& recipient) {
    const Result<cms::KeyManagement> management = cms::key_management(recipient);
    if (!management)
        return cms::unknown_algorithm(recipient).value_or(management.error().what);
    if (const auto* transport = std::get_if<crypto::KeyTransport>(&*management))
        return transport_text(*transport);
    if (const auto* agreement = std::get_if<crypto::KeyAgreement>(&*management))
        return fmt::format("ECDH with {}, {}",
                           crypto::info(agreement->kdf).name,
                           crypto::info(agreement->wrap).name);
    const auto& password = std::get<crypto::PasswordEncryption>(*management);
    return fmt::format("PBKDF2 with HMAC-{}, {} iterations, {}",
                       crypto::info(password.prf).name,
                       password.iterations,
                       crypto::info(password.cipher).name);
}

std::string_view kind_text(cms::RecipientKind kind) noexcept {
    switch (kind) {
        case cms::RecipientKind::KeyTransport:
            return "key transport";
        case cms::RecipientKind::KeyAgreement:
            return "key agreement";
        case cms::RecipientKind::Kek:
            return "key-encryption key";
        case cms::RecipientKind::Password:
            return "password";
        case cms::RecipientKind::Other:
            break;
    }
    return "another kind";
}

// By issuer and serial or SKI, and by its certificate where that is known.
std::string recipient_text(const cms::RecipientInfo& recipient, const Means& means) {
    if (recipient.kind == cms::RecipientKind::Password)
        return "the challenge (password recipient)";
    if (recipient.kind != cms::RecipientKind::KeyTransport &&
        recipient.kind != cms::RecipientKind::KeyAgreement)
        return std::string(kind_text(recipient.kind));
    std::string out = cms::to_text(recipient.rid);
    const auto name_it = [&](const std::vector<x509::Certificate>& known) {
        for (const x509::Certificate& certificate : known)
            if (cms::identifies(recipient.rid, certificate))
                out += fmt::format(", which is {}", certificate.subject_text());
    };
    name_it(means.ca);
    if (means.ca.empty())
        name_it(means.certificates);
    return out;
}

std::string content_text(const Reading& reading) {
    const Opening& opening = reading.opening;
    if (!opening.opened)
        return "not decrypted: " + opening.failure;
    return fmt::format("{} octets, decrypted with {}", opening.content.size(), opening.by);
}

}  // namespace

void summarise_envelope(const Reading& reading, const Means& means, Summary& out) {
    if (!reading.envelope)
        return;
    const cms::EnvelopedData& envelope = reading.envelope->data;
    if (envelope.content_encryption.algorithm != asn1::Oid{})
        out.add("cipher", "cipher", cipher_text(envelope));
    for (const cms::RecipientInfo& recipient : envelope.recipients) {
        out.add("recipient", "recipient", recipient_text(recipient, means));
        out.add("key_transport", "  key by", management_text(recipient));
    }
    out.add("content", "content", content_text(reading));
}

}  // namespace scep::inspect
