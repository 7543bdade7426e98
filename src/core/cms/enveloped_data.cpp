// Reading EnvelopedData. The code is ordered as the ASN.1 of RFC 5652 section 6.
#include "core/cms/enveloped_data.hpp"

#include "core/cms/content_info.hpp"
#include "core/cms/recipient_info.hpp"

namespace scep::cms {

namespace {

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
    SCEP_TRY(recipients, read_recipients(body, out.joined));
    out.recipients = std::move(recipients);
    SCEP_CHECK(read_encrypted_content(body, out));
    // unprotectedAttrs [1] IMPLICIT UnprotectedAttributes OPTIONAL
    SCEP_TRY(unprotected, body.optional(asn1::context(1), "EnvelopedData.unprotectedAttrs"));
    if (unprotected)
        SCEP_CHECK(read_attributes(body, *unprotected, "EnvelopedData.unprotectedAttrs"));
    SCEP_CHECK(body.finish("EnvelopedData"));
    return out;
}

}  // namespace scep::cms
