// Extensions of certificates, CSRs and CRLs: RFC 5280 section 4.2 and 5.2, RFC 7633, Microsoft's.
#include <algorithm>
#include <array>

#include "core/inspect/notes.hpp"
#include "core/inspect/schema.hpp"

namespace scep::inspect {

namespace {

// --- general names ---------------------------------------------------------------------------

constexpr asn1::Oid kTemplateName{"1.3.6.1.4.1.311.20.2"};
constexpr asn1::Oid kTemplate{"1.3.6.1.4.1.311.21.7"};
constexpr asn1::Oid kApplicationPolicies{"1.3.6.1.4.1.311.21.10"};
constexpr asn1::Oid kIssuerAltName{"2.5.29.18"};
constexpr asn1::Oid kIssuingDistributionPoint{"2.5.29.28"};
constexpr asn1::Oid kDeltaCrlIndicator{"2.5.29.27"};
constexpr asn1::Oid kFreshestCrl{"2.5.29.46"};
constexpr asn1::Oid kInvalidityDate{"2.5.29.24"};

constexpr Type kSidText = value("OCTET STRING", asn1::kOctetString, note_octets_as_text);

const Type* other_value(const asn1::Oid& type) {
    return type == oid::kNtdsObjectSid ? &kSidText : nullptr;
}

constexpr std::array kOtherNameMembers{
    Member{.field = "type-id", .type = &kOid},
    Member{.field = "value", .type = &kAny, .tag = 0, .wrapped = true, .select = other_value}};
constexpr Type kOtherName = sequence("OtherName", kOtherNameMembers, note_other_name);
constexpr Type kIa5 = value("IA5String", asn1::kIa5String);
constexpr Type kIpAddress = value("OCTET STRING", asn1::kOctetString, note_ip_address);
constexpr std::array kGeneralNameMembers{
    Member{.field = "otherName", .type = &kOtherName, .tag = 0},
    Member{.field = "rfc822Name", .type = &kIa5, .tag = 1},
    Member{.field = "dNSName", .type = &kIa5, .tag = 2},
    Member{.field = "x400Address", .type = &kAny, .tag = 3},
    Member{.field = "directoryName", .type = &kName, .tag = 4, .wrapped = true},
    Member{.field = "ediPartyName", .type = &kAny, .tag = 5},
    Member{.field = "uniformResourceIdentifier", .type = &kIa5, .tag = 6},
    Member{.field = "iPAddress", .type = &kIpAddress, .tag = 7},
    Member{.field = "registeredID", .type = &kOid, .tag = 8}};

// --- values of extensions --------------------------------------------------------------------

constexpr std::array kBasicConstraintsMembers{
    Member{.field = "cA", .type = &kBoolean, .optional = true},
    Member{.field = "pathLenConstraint", .type = &kInteger, .optional = true}};
constexpr Type kBasicConstraints =
    sequence("BasicConstraints", kBasicConstraintsMembers, note_basic_constraints);

constexpr Type kKeyUsage = value("BIT STRING", asn1::kBitString, note_key_usage);
constexpr Type kReasonFlags = value("BIT STRING", asn1::kBitString, note_reason_flags);
constexpr Type kReasonCode = value("ENUMERATED", asn1::kEnumerated, note_reason_code);
constexpr Type kKeyPurposes = sequence_of("ExtKeyUsageSyntax", kOid, note_list);
constexpr Type kFeatures = sequence_of("Features", kInteger, note_list);
constexpr Type kBmp = value("BMPString", asn1::kBmpString);
constexpr Type kGeneralizedTime = value("GeneralizedTime", asn1::kGeneralizedTime);

constexpr std::array kAuthorityKeyMembers{
    Member{.field = "keyIdentifier", .type = &kOctets, .tag = 0, .optional = true},
    Member{.field = "authorityCertIssuer", .type = &kGeneralNames, .tag = 1, .optional = true},
    Member{
        .field = "authorityCertSerialNumber", .type = &kSerialNumber, .tag = 2, .optional = true}};
constexpr Type kAuthorityKey =
    sequence("AuthorityKeyIdentifier", kAuthorityKeyMembers, note_authority_key);

constexpr std::array kPointNames{
    Member{.field = "fullName", .type = &kGeneralNames, .tag = 0},
    Member{.field = "nameRelativeToCRLIssuer", .type = &kAny, .tag = 1}};
constexpr Type kPointName{
    .name = "DistributionPointName", .form = Form::Choice, .members = kPointNames};
constexpr std::array kPointMembers{
    Member{.field = "distributionPoint",
           .type = &kPointName,
           .tag = 0,
           .wrapped = true,
           .optional = true},
    Member{.field = "reasons", .type = &kReasonFlags, .tag = 1, .optional = true},
    Member{.field = "cRLIssuer", .type = &kGeneralNames, .tag = 2, .optional = true}};
constexpr Type kPoint = sequence("DistributionPoint", kPointMembers, note_list);
constexpr Type kPoints = sequence_of("CRLDistributionPoints", kPoint, note_list);

constexpr std::array kIssuingPointMembers{
    Member{.field = "distributionPoint",
           .type = &kPointName,
           .tag = 0,
           .wrapped = true,
           .optional = true},
    Member{.field = "onlyContainsUserCerts", .type = &kBoolean, .tag = 1, .optional = true},
    Member{.field = "onlyContainsCACerts", .type = &kBoolean, .tag = 2, .optional = true},
    Member{.field = "onlySomeReasons", .type = &kReasonFlags, .tag = 3, .optional = true},
    Member{.field = "indirectCRL", .type = &kBoolean, .tag = 4, .optional = true},
    Member{.field = "onlyContainsAttributeCerts", .type = &kBoolean, .tag = 5, .optional = true}};
constexpr Type kIssuingPoint =
    sequence("IssuingDistributionPoint", kIssuingPointMembers, note_general_name_list);

constexpr std::array kAccessMembers{Member{.field = "accessMethod", .type = &kOid},
                                    Member{.field = "accessLocation", .type = &kGeneralName}};
constexpr Type kAccess = sequence("AccessDescription", kAccessMembers, note_access);
constexpr Type kAccesses = sequence_of("AuthorityInfoAccessSyntax", kAccess, note_list);

constexpr std::array kQualifierMembers{Member{.field = "policyQualifierId", .type = &kOid},
                                       Member{.field = "qualifier", .type = &kAny}};
constexpr Type kQualifier = sequence("PolicyQualifierInfo", kQualifierMembers);
constexpr Type kQualifiers = sequence_of("policyQualifiers", kQualifier);
constexpr std::array kPolicyMembers{
    Member{.field = "policyIdentifier", .type = &kOid},
    Member{.field = "policyQualifiers", .type = &kQualifiers, .optional = true}};
constexpr Type kPolicy = sequence("PolicyInformation", kPolicyMembers, note_list);
constexpr Type kPolicies = sequence_of("CertificatePolicies", kPolicy, note_list);

constexpr std::array kSubtreeMembers{
    Member{.field = "base", .type = &kGeneralName},
    Member{.field = "minimum", .type = &kInteger, .tag = 0, .optional = true},
    Member{.field = "maximum", .type = &kInteger, .tag = 1, .optional = true}};
constexpr Type kSubtree = sequence("GeneralSubtree", kSubtreeMembers, note_general_name_list);
constexpr Type kSubtrees = sequence_of("GeneralSubtrees", kSubtree, note_list);
constexpr std::array kNameConstraintsMembers{
    Member{.field = "permittedSubtrees", .type = &kSubtrees, .tag = 0, .optional = true},
    Member{.field = "excludedSubtrees", .type = &kSubtrees, .tag = 1, .optional = true}};
constexpr Type kNameConstraints =
    sequence("NameConstraints", kNameConstraintsMembers, note_general_name_list);

constexpr std::array kTemplateMembers{
    Member{.field = "templateID", .type = &kOid},
    Member{.field = "templateMajorVersion", .type = &kInteger, .optional = true},
    Member{.field = "templateMinorVersion", .type = &kInteger, .optional = true}};
constexpr Type kTemplateInfo = sequence("CertificateTemplate", kTemplateMembers, note_list);

struct Value {
    asn1::Oid extension;
    const Type* type;
};

constexpr std::array kValues{Value{oid::kSubjectKeyIdentifier, &kOctets},
                             Value{oid::kKeyUsage, &kKeyUsage},
                             Value{oid::kSubjectAltName, &kGeneralNames},
                             Value{kIssuerAltName, &kGeneralNames},
                             Value{oid::kBasicConstraints, &kBasicConstraints},
                             Value{oid::kNameConstraints, &kNameConstraints},
                             Value{oid::kCrlNumber, &kInteger},
                             Value{kDeltaCrlIndicator, &kInteger},
                             Value{oid::kReasonCode, &kReasonCode},
                             Value{kInvalidityDate, &kGeneralizedTime},
                             Value{oid::kCrlDistributionPoints, &kPoints},
                             Value{kFreshestCrl, &kPoints},
                             Value{kIssuingDistributionPoint, &kIssuingPoint},
                             Value{oid::kCertificatePolicies, &kPolicies},
                             Value{kApplicationPolicies, &kPolicies},
                             Value{oid::kAuthorityKeyIdentifier, &kAuthorityKey},
                             Value{oid::kExtendedKeyUsage, &kKeyPurposes},
                             Value{oid::kAuthorityInfoAccess, &kAccesses},
                             Value{oid::kTlsFeature, &kFeatures},
                             Value{oid::kMicrosoftSid, &kGeneralNames},
                             Value{kTemplateName, &kBmp},
                             Value{kTemplate, &kTemplateInfo}};

constexpr Type kExtensionValue{
    .name = "OCTET STRING", .form = Form::Holder, .tag = asn1::kOctetString};
constexpr std::array kExtensionMembers{
    Member{.field = "extnID", .type = &kOid},
    Member{.field = "critical", .type = &kBoolean, .optional = true},
    Member{.field = "extnValue", .type = &kExtensionValue, .select = extension_value}};
constexpr Type kExtension = sequence("Extension", kExtensionMembers, note_extension, Trait::Named);

}  // namespace

const Type* extension_value(const asn1::Oid& id) {
    const auto found = std::ranges::find(kValues, id, &Value::extension);
    return found == kValues.end() ? nullptr : found->type;
}

constinit const Type kGeneralName{
    .name = "GeneralName", .form = Form::Choice, .members = kGeneralNameMembers};
constinit const Type kGeneralNames =
    sequence_of("GeneralNames", kGeneralName, note_general_name_list);
constinit const Type kExtensions = sequence_of("Extensions", kExtension, note_extension_list);

}  // namespace scep::inspect
