// Certificates and CRLs (RFC 5280), CSRs (RFC 2986), and what SCEP queries hold (RFC 8894 sections
// 3.3.2 and 3.3.3).
#include <array>

#include "core/inspect/notes.hpp"
#include "core/inspect/schema.hpp"

namespace scep::inspect {

namespace {

constexpr std::array kNameAttributeMembers{Member{.field = "type", .type = &kOid},
                                           Member{.field = "value", .type = &kAny}};
constexpr Type kNameAttribute =
    sequence("AttributeTypeAndValue", kNameAttributeMembers, note_name_attribute, Trait::Named);
constexpr Type kRelativeName = set_of("RelativeDistinguishedName", kNameAttribute);

constexpr std::array kValidityMembers{Member{.field = "notBefore", .type = &kTime},
                                      Member{.field = "notAfter", .type = &kTime}};
constexpr Type kValidity = sequence("Validity", kValidityMembers, note_validity);

constexpr Type kVersion = value("INTEGER", asn1::kInteger, note_x509_version);
constexpr std::array kTbsCertificateMembers{
    Member{.field = "version", .type = &kVersion, .tag = 0, .wrapped = true, .optional = true},
    Member{.field = "serialNumber", .type = &kSerialNumber},
    Member{.field = "signature", .type = &kAlgorithmIdentifier},
    Member{.field = "issuer", .type = &kName},
    Member{.field = "validity", .type = &kValidity},
    Member{.field = "subject", .type = &kName},
    Member{.field = "subjectPublicKeyInfo", .type = &kSubjectPublicKeyInfo},
    Member{.field = "issuerUniqueID", .type = &kBits, .tag = 1, .optional = true},
    Member{.field = "subjectUniqueID", .type = &kBits, .tag = 2, .optional = true},
    Member{
        .field = "extensions", .type = &kExtensions, .tag = 3, .wrapped = true, .optional = true}};
constexpr Type kTbsCertificate = sequence("TBSCertificate", kTbsCertificateMembers);
constexpr std::array kCertificateMembers{
    Member{.field = "tbsCertificate", .type = &kTbsCertificate},
    Member{.field = "signatureAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "signatureValue", .type = &kBits}};

constexpr std::array kCsrAttributeMembers{
    Member{.field = "type", .type = &kOid},
    Member{.field = "values", .type = &kAttributeValues, .select = attribute_value}};
constexpr Type kCsrAttribute =
    sequence("Attribute", kCsrAttributeMembers, note_attribute, Trait::Named);
constexpr Type kCsrAttributes{.name = "Attributes",
                              .form = Form::Collection,
                              .tag = asn1::kSet,
                              .of = &kCsrAttribute,
                              .trait = Trait::Guarded};
// Attributes are optional here: several clients leave an empty set out.
constexpr std::array kRequestInfoMembers{
    Member{.field = "version", .type = &kInteger},
    Member{.field = "subject", .type = &kName},
    Member{.field = "subjectPKInfo", .type = &kSubjectPublicKeyInfo},
    Member{.field = "attributes", .type = &kCsrAttributes, .tag = 0, .optional = true}};
constexpr Type kRequestInfo = sequence("CertificationRequestInfo", kRequestInfoMembers);
constexpr std::array kRequestMembers{
    Member{.field = "certificationRequestInfo", .type = &kRequestInfo},
    Member{.field = "signatureAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "signature", .type = &kBits}};

constexpr Type kCrlVersion = value("INTEGER", asn1::kInteger, note_crl_version);
constexpr std::array kRevokedMembers{
    Member{.field = "userCertificate", .type = &kSerialNumber},
    Member{.field = "revocationDate", .type = &kTime},
    Member{.field = "crlEntryExtensions", .type = &kExtensions, .optional = true}};
constexpr Type kRevoked = sequence("revokedCertificate", kRevokedMembers);
constexpr Type kRevokedList = sequence_of("RevokedCertificates", kRevoked);
constexpr std::array kTbsCertListMembers{
    Member{.field = "version", .type = &kCrlVersion, .optional = true},
    Member{.field = "signature", .type = &kAlgorithmIdentifier},
    Member{.field = "issuer", .type = &kName},
    Member{.field = "thisUpdate", .type = &kTime},
    Member{.field = "nextUpdate", .type = &kTime, .optional = true},
    Member{.field = "revokedCertificates", .type = &kRevokedList, .optional = true},
    Member{.field = "crlExtensions",
           .type = &kExtensions,
           .tag = 0,
           .wrapped = true,
           .optional = true}};
constexpr Type kTbsCertList = sequence("TBSCertList", kTbsCertListMembers);
constexpr std::array kCrlMembers{
    Member{.field = "tbsCertList", .type = &kTbsCertList},
    Member{.field = "signatureAlgorithm", .type = &kAlgorithmIdentifier},
    Member{.field = "signatureValue", .type = &kBits}};

constexpr std::array kIssuerAndSerialMembers{
    Member{.field = "issuer", .type = &kName},
    Member{.field = "serialNumber", .type = &kSerialNumber}};
constexpr std::array kIssuerAndSubjectMembers{Member{.field = "issuer", .type = &kName},
                                              Member{.field = "subject", .type = &kName}};

}  // namespace

constinit const Type kName = sequence_of("Name", kRelativeName, note_name);
constinit const Type kSerialNumber = value("INTEGER", asn1::kInteger, note_serial);
constinit const Type kCertificate = sequence("Certificate", kCertificateMembers, note_certificate);
constinit const Type kCertificationRequest =
    sequence("CertificationRequest", kRequestMembers, note_request, Trait::Request);
constinit const Type kCertificateList = sequence("CertificateList", kCrlMembers, note_crl);
constinit const Type kIssuerAndSerialNumber =
    sequence("IssuerAndSerialNumber", kIssuerAndSerialMembers, note_issuer_and_serial);
constinit const Type kIssuerAndSubject =
    sequence("IssuerAndSubject", kIssuerAndSubjectMembers, note_issuer_and_subject);

}  // namespace scep::inspect
