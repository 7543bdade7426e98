// What a recipient says in clear about its key, and which recipient is meant.
#include <algorithm>

#include "core/cms/content_info.hpp"
#include "core/cms/enveloped_data.hpp"

namespace scep::cms {

namespace {

Result<KeyManagement> agreement(const RecipientInfo& recipient) {
    SCEP_TRY(algorithm, crypto::key_agreement(recipient.key_encryption));
    if (!recipient.originator)
        return fail(protocol_error("key agreement without an ephemeral key",
                                   "KeyAgreeRecipientInfo.originator",
                                   recipient.offset,
                                   "RFC 5753 section 3.1.1"));
    const asn1::Oid& type = recipient.originator->algorithm.algorithm;
    if (type != oid::kEcPublicKey)
        return fail(protocol_error("key agreement with a key of type " + asn1::name(type),
                                   "OriginatorPublicKey.algorithm",
                                   recipient.originator->algorithm.offset,
                                   "RFC 5753 section 7.1.2"));
    return algorithm;
}

}  // namespace

RecipientKind recipient_kind(crypto::KeyType type) noexcept {
    return type == crypto::KeyType::Rsa ? RecipientKind::KeyTransport : RecipientKind::KeyAgreement;
}

Result<KeyManagement> key_management(const RecipientInfo& recipient) {
    switch (recipient.kind) {
        case RecipientKind::KeyTransport:
            return crypto::key_transport(recipient.key_encryption);
        case RecipientKind::KeyAgreement:
            return agreement(recipient);
        case RecipientKind::Password:
            return crypto::password_encryption(recipient.key_derivation, recipient.key_encryption);
        case RecipientKind::Kek:
        case RecipientKind::Other:
            break;
    }
    return fail(protocol_error(
        recipient.kind == RecipientKind::Kek ? "a KEKRecipientInfo" : "an OtherRecipientInfo",
        "EnvelopedData.recipientInfos",
        recipient.offset,
        "RFC 8894 section 3.1"));
}

std::optional<std::string> unknown_algorithm(const RecipientInfo& recipient) {
    const Result<KeyManagement> known = key_management(recipient);
    if (known)
        return std::nullopt;
    return recipient.kind == RecipientKind::KeyTransport
               ? asn1::name(recipient.key_encryption.algorithm)
               : known.error().what;
}

const RecipientInfo* find_recipient(const EnvelopedData& envelope,
                                    const x509::Certificate& certificate,
                                    RecipientKind kind) {
    const auto found = std::ranges::find_if(envelope.recipients, [&](const RecipientInfo& each) {
        return each.kind == kind && identifies(each.rid, certificate);
    });
    return found == envelope.recipients.end() ? nullptr : &*found;
}

const RecipientInfo* first_recipient(const EnvelopedData& envelope, RecipientKind kind) noexcept {
    const auto found = std::ranges::find(envelope.recipients, kind, &RecipientInfo::kind);
    return found == envelope.recipients.end() ? nullptr : &*found;
}

}  // namespace scep::cms
