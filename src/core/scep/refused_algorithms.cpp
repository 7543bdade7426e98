// Naming the algorithms of a message that are not taken, for failInfoText and the log.
#include <algorithm>

#include "core/scep/pki_message.hpp"

namespace scep {

namespace {

using Names = std::vector<std::string>;

void add(Names& names, std::string name) {
    if (std::ranges::find(names, name) == names.end())
        names.push_back(std::move(name));
}

void check_digest(const crypto::Library& library, crypto::Digest digest, Names& names) {
    if (!library.admits(digest))
        add(names, std::string(info(digest).name));
}

void check_signer(const crypto::Library& library, const cms::SignerInfo& signer, Names& names) {
    const asn1::Oid& algorithm = signer.digest_algorithm.algorithm;
    const auto digest = crypto::digest_from(algorithm);
    if (digest)
        check_digest(library, *digest, names);
    else
        add(names, asn1::name(algorithm));

    // Read apart from the digest, so that a signature that is at odds with it is not called
    // unknown.
    const auto signature = crypto::signature_algorithm(signer.signature_algorithm,
                                                       digest.value_or(crypto::Digest::Sha256));
    const auto alone = signature
                           ? signature
                           : crypto::signature_algorithm(signer.signature_algorithm, std::nullopt);
    if (!alone) {
        add(names, asn1::name(signer.signature_algorithm.algorithm));
        return;
    }
    if (digest || alone->digest != crypto::Digest::Sha256)
        check_digest(library, alone->digest, names);
    if (alone->kind == crypto::SignatureKind::RsaPss)
        check_digest(library, alone->mgf1, names);
}

void check_cipher(const crypto::Library& library, const asn1::Oid& algorithm, Names& names) {
    const auto cipher = crypto::cipher_from(algorithm);
    if (!cipher)
        add(names, asn1::name(algorithm));
    else if (!library.admits(*cipher))
        add(names, std::string(info(*cipher).name));
}

void check_inner(const crypto::Library& library,
                 const cms::KeyManagement& management,
                 Names& names) {
    if (const auto* transport = std::get_if<crypto::KeyTransport>(&management);
        transport != nullptr && transport->oaep) {
        check_digest(library, transport->digest, names);
        check_digest(library, transport->mgf1, names);
    }
    if (const auto* agreement = std::get_if<crypto::KeyAgreement>(&management))
        check_digest(library, agreement->kdf, names);
    if (const auto* password = std::get_if<crypto::PasswordEncryption>(&management))
        check_digest(library, password->prf, names);
}

// Nothing when one recipient is fine: it may be ours.
void check_recipients(const crypto::Library& library,
                      const cms::EnvelopedData& envelope,
                      Names& names) {
    Names refused;
    for (const cms::RecipientInfo& recipient : envelope.recipients) {
        const std::size_t before = refused.size();
        if (std::optional<std::string> unknown = cms::unknown_algorithm(recipient))
            add(refused, *std::move(unknown));
        else
            check_inner(library, *cms::key_management(recipient), refused);
        if (refused.size() == before)
            return;
    }
    for (std::string& name : refused)
        add(names, std::move(name));
}

}  // namespace

std::vector<std::string> refused_algorithms(const crypto::Library& library,
                                            const PkiMessage& message,
                                            const std::optional<cms::EnvelopedData>& envelope) {
    Names names;
    check_signer(library, message.signer_info(), names);
    if (envelope) {
        check_cipher(library, envelope->content_encryption.algorithm, names);
        check_recipients(library, *envelope, names);
    }
    return names;
}

}  // namespace scep
