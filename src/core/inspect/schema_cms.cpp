// CMS (RFC 5652) and the attributes of SCEP (RFC 8894), PKCS #9 and Microsoft.
#include <algorithm>
#include <array>

#include "core/inspect/notes.hpp"
#include "core/inspect/schema.hpp"

namespace scep::inspect {

namespace {

// --- attributes ------------------------------------------------------------------------------

constexpr Type text_as(Note note) {
    return {.name = "PrintableString",
            .form = Form::Value,
            .tag = asn1::kPrintableString,
            .note = note};
}

constexpr Type kMessageType = text_as(note_message_type);
constexpr Type kPkiStatus = text_as(note_pki_status);
constexpr Type kFailInfo = text_as(note_fail_info);
constexpr Type kTransactionId = text_as(nullptr);
constexpr Type kHresult{.name = "value", .note = note_hresult};

struct Values {
    asn1::Oid attribute;
    const Type* type;
};

constexpr std::array kValues{Values{oid::kContentType, &kOid},
                             Values{oid::kMessageDigest, &kOctets},
                             Values{oid::kSigningTime, &kTime},
                             Values{oid::kMessageType, &kMessageType},
                             Values{oid::kPkiStatus, &kPkiStatus},
                             Values{oid::kFailInfo, &kFailInfo},
                             Values{oid::kSenderNonce, &kOctets},
                             Values{oid::kRecipientNonce, &kOctets},
                             Values{oid::kTransactionId, &kTransactionId},
                             Values{oid::kExtensionRequest, &kExtensions},
                             Values{oid::kMicrosoftExtensionRequest, &kExtensions},
                             Values{oid::kExtensionReq, &kExtensions},
                             Values{oid::kNdesHresult, &kHresult}};

// What is in a CSR's attributes and is nobody's secret: names, extensions, and what Windows says of
// itself (osVersion, enrollmentCSPProvider, requestClientInfo).
constexpr std::array kPublicAttributes{oid::kUnstructuredName,
                                       oid::kExtensionRequest,
                                       oid::kMicrosoftExtensionRequest,
                                       oid::kExtensionReq,
                                       asn1::Oid{"1.3.6.1.4.1.311.13.2.2"},
                                       asn1::Oid{"1.3.6.1.4.1.311.13.2.3"},
                                       asn1::Oid{"1.3.6.1.4.1.311.21.20"}};

constexpr std::array kAttributeMembers{
    Member{.field = "attrType", .type = &kOid},
    Member{.field = "attrValues", .type = &kAttributeValues, .select = attribute_value}};

// --- SignedData ------------------------------------------------------------------------------

const Type* content(const asn1::Oid& type) {
    if (type == oid::kSignedData)
        return &kSignedData;
    return type == oid::kEnvelopedData ? &kEnvelopedData : nullptr;
}

constexpr Type kEContent{.name = "OCTET STRING", .form = Form::Holder, .tag = asn1::kOctetString};

const Type* top_content(const asn1::Oid& type) {
    return type == oid::kData ? &kEContent : content(type);
}

constexpr std::array kContentInfoMembers{Member{.field = "contentType", .type = &kOid},
                                         Member{.field = "content",
                                                .type = &kAny,
                                                .tag = 0,
                                                .wrapped = true,
                                                .optional = true,
                                                .select = top_content}};

constexpr std::array kEncapsulatedMembers{Member{.field = "eContentType", .type = &kOid},
                                          Member{.field = "eContent",
                                                 .type = &kEContent,
                                                 .tag = 0,
                                                 .wrapped = true,
                                                 .optional = true,
                                                 .select = content}};
constexpr Type kEncapsulated = sequence("EncapsulatedContentInfo", kEncapsulatedMembers);

constexpr std::array kSignerIdentifiers{Member{.type = &kIssuerAndSerialNumber},
                                        Member{.type = &kOctets, .tag = 0}};
constexpr Type kSignerIdentifier{
    .name = "SignerIdentifier", .form = Form::Choice, .members = kSignerIdentifiers};

constexpr Type kAttributes = set_of("Attributes", kAttribute);
constexpr std::array kSignerMembers{
    Member{.field = "version", .type = &kInteger},
    Member{.field = "sid", .type = &kSignerIdentifier},
    Member{.field = "digestAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "signedAttrs", .type = &kAttributes, .tag = 0, .optional = true},
    Member{.field = "signatureAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "signature", .type = &kOctets},
    Member{.field = "unsignedAttrs", .type = &kAttributes, .tag = 1, .optional = true}};
constexpr Type kSignerInfo = sequence("SignerInfo", kSignerMembers, note_signer, Trait::Signed);

// Attribute certificates and other formats stay without names.
constexpr std::array kCertificateChoiceMembers{
    Member{.field = "certificate", .type = &kCertificate},
    Member{.field = "extendedCertificate", .type = &kAny, .tag = 0},
    Member{.field = "v1AttrCert", .type = &kAny, .tag = 1},
    Member{.field = "v2AttrCert", .type = &kAny, .tag = 2},
    Member{.field = "other", .type = &kAny, .tag = 3}};
constexpr Type kCertificateChoice{
    .name = "CertificateChoices", .form = Form::Choice, .members = kCertificateChoiceMembers};
constexpr std::array kCrlChoiceMembers{Member{.field = "crl", .type = &kCertificateList},
                                       Member{.field = "other", .type = &kAny, .tag = 1}};
constexpr Type kCrlChoice{
    .name = "RevocationInfoChoice", .form = Form::Choice, .members = kCrlChoiceMembers};

constexpr Type kDigestAlgorithms = set_of("DigestAlgorithmIdentifiers", kAlgorithmIdentifier);
constexpr Type kCertificateSet = set_of("CertificateSet", kCertificateChoice);
constexpr Type kCrlSet = set_of("RevocationInfoChoices", kCrlChoice);
constexpr Type kSignerInfos = set_of("SignerInfos", kSignerInfo);
constexpr std::array kSignedDataMembers{
    Member{.field = "version", .type = &kInteger},
    Member{.field = "digestAlgorithms", .type = &kDigestAlgorithms},
    Member{.field = "encapContentInfo", .type = &kEncapsulated},
    Member{.field = "certificates", .type = &kCertificateSet, .tag = 0, .optional = true},
    Member{.field = "crls", .type = &kCrlSet, .tag = 1, .optional = true},
    Member{.field = "signerInfos", .type = &kSignerInfos}};

// --- EnvelopedData ---------------------------------------------------------------------------

constexpr std::array kRecipientIdentifiers{Member{.type = &kIssuerAndSerialNumber},
                                           Member{.type = &kOctets, .tag = 0}};
constexpr Type kRecipientIdentifier{
    .name = "RecipientIdentifier", .form = Form::Choice, .members = kRecipientIdentifiers};
constexpr std::array kKeyTransMembers{
    Member{.field = "version", .type = &kInteger},
    Member{.field = "rid", .type = &kRecipientIdentifier},
    Member{.field = "keyEncryptionAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "encryptedKey", .type = &kOctets}};
constexpr Type kKeyTrans = sequence("KeyTransRecipientInfo", kKeyTransMembers);

constexpr std::array kOtherKeyMembers{Member{.field = "keyAttrId", .type = &kOid},
                                      Member{.field = "keyAttr", .type = &kAny, .optional = true}};
constexpr Type kOtherKey = sequence("OtherKeyAttribute", kOtherKeyMembers);
constexpr Type kGeneralizedTime{
    .name = "GeneralizedTime", .form = Form::Value, .tag = asn1::kGeneralizedTime};
constexpr std::array kRecipientKeyMembers{
    Member{.field = "subjectKeyIdentifier", .type = &kOctets},
    Member{.field = "date", .type = &kGeneralizedTime, .optional = true},
    Member{.field = "other", .type = &kOtherKey, .optional = true}};
constexpr Type kRecipientKey = sequence("RecipientKeyIdentifier", kRecipientKeyMembers);

constexpr std::array kOriginatorKeyMembers{
    Member{.field = "algorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "publicKey", .type = &kBits}};
constexpr Type kOriginatorKey = sequence("OriginatorPublicKey", kOriginatorKeyMembers);
constexpr std::array kOriginators{
    Member{.field = "issuerAndSerialNumber", .type = &kIssuerAndSerialNumber},
    Member{.field = "subjectKeyIdentifier", .type = &kOctets, .tag = 0},
    Member{.field = "originatorKey", .type = &kOriginatorKey, .tag = 1}};
constexpr Type kOriginator{
    .name = "OriginatorIdentifierOrKey", .form = Form::Choice, .members = kOriginators};
constexpr std::array kAgreeIdentifiers{Member{.type = &kIssuerAndSerialNumber},
                                       Member{.type = &kRecipientKey, .tag = 0}};
constexpr Type kAgreeIdentifier{
    .name = "KeyAgreeRecipientIdentifier", .form = Form::Choice, .members = kAgreeIdentifiers};
constexpr std::array kAgreedKeyMembers{Member{.field = "rid", .type = &kAgreeIdentifier},
                                       Member{.field = "encryptedKey", .type = &kOctets}};
constexpr Type kAgreedKey = sequence("RecipientEncryptedKey", kAgreedKeyMembers);
constexpr Type kAgreedKeys{.name = "RecipientEncryptedKeys",
                           .form = Form::Collection,
                           .tag = asn1::kSequence,
                           .of = &kAgreedKey};
constexpr std::array kKeyAgreeMembers{
    Member{.field = "version", .type = &kInteger},
    Member{.field = "originator", .type = &kOriginator, .tag = 0, .wrapped = true},
    Member{.field = "ukm", .type = &kOctets, .tag = 1, .wrapped = true, .optional = true},
    Member{.field = "keyEncryptionAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "recipientEncryptedKeys", .type = &kAgreedKeys}};
constexpr Type kKeyAgree = sequence("KeyAgreeRecipientInfo", kKeyAgreeMembers);

constexpr std::array kKekIdMembers{
    Member{.field = "keyIdentifier", .type = &kOctets},
    Member{.field = "date", .type = &kGeneralizedTime, .optional = true},
    Member{.field = "other", .type = &kOtherKey, .optional = true}};
constexpr Type kKekId = sequence("KEKIdentifier", kKekIdMembers);
constexpr std::array kKekMembers{
    Member{.field = "version", .type = &kInteger},
    Member{.field = "kekid", .type = &kKekId},
    Member{.field = "keyEncryptionAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "encryptedKey", .type = &kOctets}};
constexpr Type kKek = sequence("KEKRecipientInfo", kKekMembers);

constexpr std::array kPasswordMembers{
    Member{.field = "version", .type = &kInteger},
    Member{.field = "keyDerivationAlgorithm",
           .type = &kAlgorithmIdentifier,
           .tag = 0,
           .optional = true},
    Member{.field = "keyEncryptionAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "encryptedKey", .type = &kOctets}};
constexpr Type kPassword = sequence("PasswordRecipientInfo", kPasswordMembers);

constexpr std::array kOtherMembers{Member{.field = "oriType", .type = &kOid},
                                   Member{.field = "oriValue", .type = &kAny}};
constexpr Type kOther = sequence("OtherRecipientInfo", kOtherMembers);

constexpr std::array kRecipients{Member{.field = "ktri", .type = &kKeyTrans},
                                 Member{.field = "kari", .type = &kKeyAgree, .tag = 1},
                                 Member{.field = "kekri", .type = &kKek, .tag = 2},
                                 Member{.field = "pwri", .type = &kPassword, .tag = 3},
                                 Member{.field = "ori", .type = &kOther, .tag = 4}};
constexpr Type kRecipientInfo{
    .name = "RecipientInfo", .form = Form::Choice, .members = kRecipients};
constexpr Type kRecipientInfos = set_of("RecipientInfos", kRecipientInfo);

constexpr std::array kEncryptedMembers{
    Member{.field = "contentType", .type = &kOid},
    Member{.field = "contentEncryptionAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "encryptedContent", .type = &kOctets, .tag = 0, .optional = true}};
constexpr Type kEncrypted = sequence("EncryptedContentInfo", kEncryptedMembers);

constexpr std::array kOriginatorInfoMembers{
    Member{.field = "certs", .type = &kCertificateSet, .tag = 0, .optional = true},
    Member{.field = "crls", .type = &kCrlSet, .tag = 1, .optional = true}};
constexpr Type kOriginatorInfo = sequence("OriginatorInfo", kOriginatorInfoMembers);
constexpr std::array kEnvelopedDataMembers{
    Member{.field = "version", .type = &kInteger},
    Member{.field = "originatorInfo", .type = &kOriginatorInfo, .tag = 0, .optional = true},
    Member{.field = "recipientInfos", .type = &kRecipientInfos},
    Member{.field = "encryptedContentInfo", .type = &kEncrypted},
    Member{.field = "unprotectedAttrs", .type = &kAttributes, .tag = 1, .optional = true}};

}  // namespace

const Type* attribute_value(const asn1::Oid& type) {
    const auto found = std::ranges::find(kValues, type, &Values::attribute);
    return found == kValues.end() ? nullptr : found->type;
}

bool is_public_attribute(const asn1::Oid& type) {
    return std::ranges::find(kPublicAttributes, type) != kPublicAttributes.end();
}

constinit const Type kAttributeValues = set_of("AttributeValues", kAny);
constinit const Type kAttribute =
    sequence("Attribute", kAttributeMembers, note_attribute, Trait::Named);
constinit const Type kContentInfo = sequence("ContentInfo", kContentInfoMembers);
constinit const Type kSignedData = sequence("SignedData", kSignedDataMembers);
constinit const Type kEnvelopedData = sequence("EnvelopedData", kEnvelopedDataMembers);

}  // namespace scep::inspect
