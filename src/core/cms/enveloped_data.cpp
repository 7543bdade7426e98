// Reading EnvelopedData. The code is ordered as the ASN.1 of RFC 5652 section 6.
#include "core/cms/enveloped_data.hpp"

#include "core/cms/content_info.hpp"

namespace scep::cms {

namespace {

constexpr std::string_view kCite = "RFC 5652 section 6.1";

// KeyTransRecipientInfo ::= SEQUENCE { version, rid, keyEncryptionAlgorithm, encryptedKey }
Result<RecipientInfo> read_key_transport(const asn1::Reader& in,
                                         const asn1::Element& element,
                                         asn1::Joined& joined) {
    constexpr std::string_view kField = "KeyTransRecipientInfo";
    RecipientInfo out{.offset = element.offset};
    SCEP_TRY(body, in.enter(element, kField));
    SCEP_CHECK(read_version(body, "KeyTransRecipientInfo.version"));
    SCEP_TRY(rid, read_identifier(body, joined, "KeyTransRecipientInfo.rid"));
    out.rid = rid;
    SCEP_TRY(algorithm,
             asn1::algorithm_identifier(body, "KeyTransRecipientInfo.keyEncryptionAlgorithm"));
    out.key_encryption = algorithm;
    SCEP_TRY(octets, body.expect(asn1::kOctetString, "KeyTransRecipientInfo.encryptedKey"));
    SCEP_TRY(key, asn1::octets(octets, joined, "KeyTransRecipientInfo.encryptedKey"));
    out.encrypted_key = key;
    SCEP_CHECK(body.finish(kField));
    return out;
}

RecipientKind kind_of(asn1::Tag tag) noexcept {
    switch (tag.number) {
        case 1:
            return RecipientKind::KeyAgreement;
        case 2:
            return RecipientKind::Kek;
        case 3:
            return RecipientKind::Password;
        default:
            return RecipientKind::Other;
    }
}

// RecipientInfo ::= CHOICE { ktri, kari [1], kekri [2], pwri [3], ori [4] }
Result<RecipientInfo> read_recipient(asn1::Reader& in, asn1::Joined& joined) {
    SCEP_TRY(element, in.next("RecipientInfo"));
    if (element.tag == asn1::kSequence)
        return read_key_transport(in, element, joined);
    if (element.tag.tag_class != asn1::Class::Context)
        return fail({.code = Errc::Der,
                     .what = "not a RecipientInfo",
                     .where = {.offset = element.offset, .field = "EnvelopedData.recipientInfos"}});
    return RecipientInfo{
        .kind = kind_of(element.tag), .offset = element.offset, .tlv = element.tlv};
}

Status read_recipients(asn1::Reader& in, EnvelopedData& out) {
    constexpr std::string_view kField = "EnvelopedData.recipientInfos";
    SCEP_TRY(set, in.expect_into(asn1::kSet, kField));
    while (!set.at_end()) {
        if (out.recipients.size() == limits::kMaxRecipients)
            return fail(protocol_error("too many recipients", kField, set.offset(), kCite));
        SCEP_TRY(recipient, read_recipient(set, out.joined));
        out.recipients.push_back(recipient);
    }
    return {};
}

// EncryptedContentInfo ::= SEQUENCE { contentType, contentEncryptionAlgorithm,
//     encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }
Status read_encrypted_content(asn1::Reader& in, EnvelopedData& out) {
    SCEP_TRY(info, in.expect_into(asn1::kSequence, "EnvelopedData.encryptedContentInfo"));
    SCEP_TRY(type, read_oid(info, "EncryptedContentInfo.contentType"));
    out.content_type = type;
    SCEP_TRY(algorithm,
             asn1::algorithm_identifier(info, "EncryptedContentInfo.contentEncryptionAlgorithm"));
    out.content_encryption = algorithm;
    if (algorithm.parameters && algorithm.parameters->tag == asn1::kOctetString) {
        SCEP_TRY(iv, asn1::octets(*algorithm.parameters, out.joined, "CBCParameter"));
        out.iv = iv;
    }
    SCEP_TRY(content, info.expect(asn1::context(0), "EncryptedContentInfo.encryptedContent"));
    out.content_offset = content.content_offset();
    SCEP_TRY(octets, asn1::octets(content, out.joined, "EncryptedContentInfo.encryptedContent"));
    out.encrypted_content = octets;
    return info.finish("EnvelopedData.encryptedContentInfo");
}

}  // namespace

Result<EnvelopedData> parse_enveloped_data(Bytes message, std::size_t base_offset) {
    SCEP_TRY(body, enter_content_info(message, base_offset, oid::kEnvelopedData, "EnvelopedData"));
    EnvelopedData out;
    // version CMSVersion, originatorInfo [0] IMPLICIT OriginatorInfo OPTIONAL,
    SCEP_TRY(version, read_version(body, "EnvelopedData.version"));
    out.version = version;
    SCEP_CHECK(body.optional(asn1::context(0), "EnvelopedData.originatorInfo"));
    // recipientInfos RecipientInfos, encryptedContentInfo EncryptedContentInfo,
    SCEP_CHECK(read_recipients(body, out));
    SCEP_CHECK(read_encrypted_content(body, out));
    // unprotectedAttrs [1] IMPLICIT UnprotectedAttributes OPTIONAL
    SCEP_TRY(unprotected, body.optional(asn1::context(1), "EnvelopedData.unprotectedAttrs"));
    if (unprotected)
        SCEP_CHECK(read_attributes(body, *unprotected, "EnvelopedData.unprotectedAttrs"));
    SCEP_CHECK(body.finish("EnvelopedData"));
    return out;
}

}  // namespace scep::cms
