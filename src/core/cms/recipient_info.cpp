// The code is ordered as the ASN.1 of RFC 5652 section 6.2.
#include "core/cms/recipient_info.hpp"

#include "core/cms/content_info.hpp"

namespace scep::cms {

namespace {

using Recipients = std::vector<RecipientInfo>;

// Puts recipients into one list, up to the limit.
Status add(Recipients& out, const RecipientInfo& recipient) {
    if (out.size() == limits::kMaxRecipients)
        return fail(protocol_error("too many recipients",
                                   "EnvelopedData.recipientInfos",
                                   recipient.offset,
                                   "RFC 5652 section 6.1"));
    out.push_back(recipient);
    return {};
}

Result<Bytes> read_octets(asn1::Reader& in, asn1::Joined& joined, std::string_view field) {
    SCEP_TRY(element, in.expect(asn1::kOctetString, field));
    return asn1::octets(element, joined, field);
}

// KeyTransRecipientInfo ::= SEQUENCE { version, rid, keyEncryptionAlgorithm, encryptedKey }
Result<RecipientInfo> read_key_transport(const asn1::Reader& in,
                                         const asn1::Element& element,
                                         asn1::Joined& joined) {
    constexpr std::string_view kField = "KeyTransRecipientInfo";
    RecipientInfo out{.offset = element.offset, .tlv = element.tlv};
    SCEP_TRY(body, in.enter(element, kField));
    SCEP_CHECK(read_version(body, "KeyTransRecipientInfo.version"));
    SCEP_TRY(rid, read_identifier(body, joined, "KeyTransRecipientInfo.rid"));
    out.rid = rid;
    SCEP_TRY(algorithm,
             asn1::algorithm_identifier(body, "KeyTransRecipientInfo.keyEncryptionAlgorithm"));
    out.key_encryption = algorithm;
    SCEP_TRY(key, read_octets(body, joined, "KeyTransRecipientInfo.encryptedKey"));
    out.encrypted_key = key;
    SCEP_CHECK(body.finish(kField));
    return out;
}

// OriginatorPublicKey ::= SEQUENCE { algorithm AlgorithmIdentifier, publicKey BIT STRING }
Result<OriginatorKey> read_originator_key(const asn1::Reader& in, const asn1::Element& element) {
    constexpr std::string_view kField = "OriginatorPublicKey";
    SCEP_TRY(body, in.enter(element, kField));
    SCEP_TRY(algorithm, asn1::algorithm_identifier(body, "OriginatorPublicKey.algorithm"));
    SCEP_TRY(key, body.expect(asn1::kBitString, "OriginatorPublicKey.publicKey"));
    SCEP_TRY(point, asn1::bit_string_octets(key, "OriginatorPublicKey.publicKey"));
    SCEP_CHECK(body.finish(kField));
    return OriginatorKey{
        .algorithm = algorithm, .point = point, .offset = key.content_offset() + 1};
}

// OriginatorIdentifierOrKey ::= CHOICE { issuerAndSerialNumber,
//     subjectKeyIdentifier [0] SubjectKeyIdentifier, originatorKey [1] OriginatorPublicKey }
Result<std::optional<OriginatorKey>> read_originator(asn1::Reader& in, asn1::Joined& joined) {
    constexpr std::string_view kField = "KeyAgreeRecipientInfo.originator";
    SCEP_TRY(choice, in.expect_into(asn1::context(0), kField));
    SCEP_TRY(key, choice.optional(asn1::context(1), kField));
    std::optional<OriginatorKey> out;
    if (key) {
        SCEP_TRY(read, read_originator_key(choice, *key));
        out = read;
    } else {
        SCEP_CHECK(read_identifier(choice, joined, kField));
    }
    SCEP_CHECK(choice.finish(kField));
    return out;
}

// ukm [1] EXPLICIT UserKeyingMaterial OPTIONAL
Result<std::optional<Bytes>> read_keying_material(asn1::Reader& in, asn1::Joined& joined) {
    constexpr std::string_view kField = "KeyAgreeRecipientInfo.ukm";
    SCEP_TRY(tagged, in.optional(asn1::context(1), kField));
    if (!tagged)
        return std::optional<Bytes>{};
    SCEP_TRY(inside, in.enter(*tagged, kField));
    SCEP_TRY(octets, read_octets(inside, joined, kField));
    SCEP_CHECK(inside.finish(kField));
    return std::optional<Bytes>{octets};
}

// KeyAgreeRecipientIdentifier ::= CHOICE { issuerAndSerialNumber, rKeyId [0] IMPLICIT SEQUENCE {
//     subjectKeyIdentifier OCTET STRING, date GeneralizedTime OPTIONAL, other SEQUENCE OPTIONAL } }
Result<Identifier> read_agreement_rid(asn1::Reader& in, asn1::Joined& joined) {
    constexpr std::string_view kField = "RecipientEncryptedKey.rid";
    SCEP_TRY(element, in.optional(asn1::context(0), kField));
    if (!element)
        return read_identifier(in, joined, kField);
    SCEP_TRY(body, in.enter(*element, kField));
    SCEP_TRY(value, read_octets(body, joined, kField));
    SCEP_CHECK(body.optional(asn1::kGeneralizedTime, kField));
    SCEP_CHECK(body.optional(asn1::kSequence, kField));
    SCEP_CHECK(body.finish(kField));
    return KeyIdentifier{value};
}

// RecipientEncryptedKeys ::= SEQUENCE OF SEQUENCE { rid, encryptedKey }
Status read_encrypted_keys(asn1::Reader& in,
                           const RecipientInfo& common,
                           asn1::Joined& joined,
                           Recipients& out) {
    constexpr std::string_view kField = "RecipientEncryptedKey";
    SCEP_TRY(list, in.expect_into(asn1::kSequence, "KeyAgreeRecipientInfo.recipientEncryptedKeys"));
    while (!list.at_end()) {
        RecipientInfo recipient = common;
        recipient.offset = list.offset();
        SCEP_TRY(body, list.expect_into(asn1::kSequence, kField));
        SCEP_TRY(rid, read_agreement_rid(body, joined));
        recipient.rid = rid;
        SCEP_TRY(key, read_octets(body, joined, "RecipientEncryptedKey.encryptedKey"));
        recipient.encrypted_key = key;
        SCEP_CHECK(body.finish(kField));
        SCEP_CHECK(add(out, recipient));
    }
    return {};
}

// KeyAgreeRecipientInfo ::= SEQUENCE { version, originator [0] EXPLICIT, ukm [1] EXPLICIT OPTIONAL,
//     keyEncryptionAlgorithm, recipientEncryptedKeys }
Status read_key_agreement(const asn1::Reader& in,
                          const asn1::Element& element,
                          asn1::Joined& joined,
                          Recipients& out) {
    constexpr std::string_view kField = "KeyAgreeRecipientInfo";
    RecipientInfo common{.kind = RecipientKind::KeyAgreement, .tlv = element.tlv};
    SCEP_TRY(body, in.enter(element, kField));
    SCEP_CHECK(read_version(body, "KeyAgreeRecipientInfo.version"));
    SCEP_TRY(originator, read_originator(body, joined));
    common.originator = originator;
    SCEP_TRY(material, read_keying_material(body, joined));
    common.user_keying_material = material;
    SCEP_TRY(algorithm,
             asn1::algorithm_identifier(body, "KeyAgreeRecipientInfo.keyEncryptionAlgorithm"));
    common.key_encryption = algorithm;
    SCEP_CHECK(read_encrypted_keys(body, common, joined, out));
    return body.finish(kField);
}

// PasswordRecipientInfo ::= SEQUENCE { version, keyDerivationAlgorithm [0] OPTIONAL,
//     keyEncryptionAlgorithm, encryptedKey }
Result<RecipientInfo> read_password(const asn1::Reader& in,
                                    const asn1::Element& element,
                                    asn1::Joined& joined) {
    constexpr std::string_view kField = "PasswordRecipientInfo";
    RecipientInfo out{
        .kind = RecipientKind::Password, .offset = element.offset, .tlv = element.tlv};
    SCEP_TRY(body, in.enter(element, kField));
    SCEP_CHECK(read_version(body, "PasswordRecipientInfo.version"));
    SCEP_TRY(derivation,
             body.optional(asn1::context(0), "PasswordRecipientInfo.keyDerivationAlgorithm"));
    if (derivation) {
        SCEP_TRY(algorithm,
                 asn1::algorithm_identifier(*derivation,
                                            "PasswordRecipientInfo.keyDerivationAlgorithm"));
        out.key_derivation = algorithm;
    }
    SCEP_TRY(encryption,
             asn1::algorithm_identifier(body, "PasswordRecipientInfo.keyEncryptionAlgorithm"));
    out.key_encryption = encryption;
    SCEP_TRY(key, read_octets(body, joined, "PasswordRecipientInfo.encryptedKey"));
    out.encrypted_key = key;
    SCEP_CHECK(body.finish(kField));
    return out;
}

// RecipientInfo ::= CHOICE { ktri, kari [1], kekri [2], pwri [3], ori [4] }
Status read_recipient(asn1::Reader& in, asn1::Joined& joined, Recipients& out) {
    SCEP_TRY(element, in.next("RecipientInfo"));
    if (element.tag == asn1::kSequence) {
        SCEP_TRY(recipient, read_key_transport(in, element, joined));
        return add(out, recipient);
    }
    if (element.tag == asn1::context(1))
        return read_key_agreement(in, element, joined, out);
    if (element.tag == asn1::context(3)) {
        SCEP_TRY(recipient, read_password(in, element, joined));
        return add(out, recipient);
    }
    if (element.tag.tag_class != asn1::Class::Context)
        return fail({.code = Errc::Der,
                     .what = "not a RecipientInfo",
                     .where = {.offset = element.offset, .field = "EnvelopedData.recipientInfos"}});
    const bool kek = element.tag == asn1::context(2);
    return add(out,
               {.kind = kek ? RecipientKind::Kek : RecipientKind::Other,
                .offset = element.offset,
                .tlv = element.tlv});
}

}  // namespace

Result<Recipients> read_recipients(asn1::Reader& in, asn1::Joined& joined) {
    SCEP_TRY(set, in.expect_into(asn1::kSet, "EnvelopedData.recipientInfos"));
    Recipients out;
    while (!set.at_end())
        SCEP_CHECK(read_recipient(set, joined, out));
    return out;
}

}  // namespace scep::cms
