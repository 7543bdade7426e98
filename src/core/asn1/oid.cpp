#include "core/asn1/oid.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/base/encoding.hpp"

namespace scep::asn1 {

namespace {

struct Named {
    Oid oid;
    std::string_view name;
};

// Names as the defining standard spells them.
constexpr std::array kNames{
    Named{oid::kData, "data"},
    Named{oid::kSignedData, "signedData"},
    Named{oid::kEnvelopedData, "envelopedData"},
    Named{oid::kContentType, "contentType"},
    Named{oid::kMessageDigest, "messageDigest"},
    Named{oid::kSigningTime, "signingTime"},
    Named{oid::kChallengePassword, "challengePassword"},
    Named{oid::kExtensionRequest, "extensionRequest"},
    Named{oid::kMicrosoftExtensionRequest, "certExtensions"},
    Named{oid::kEmailAddress, "emailAddress"},
    Named{oid::kUnstructuredName, "unstructuredName"},
    Named{oid::kUnstructuredAddress, "unstructuredAddress"},
    Named{oid::kMessageType, "messageType"},
    Named{oid::kPkiStatus, "pkiStatus"},
    Named{oid::kFailInfo, "failInfo"},
    Named{oid::kSenderNonce, "senderNonce"},
    Named{oid::kRecipientNonce, "recipientNonce"},
    Named{oid::kTransactionId, "transactionID"},
    Named{oid::kExtensionReq, "extensionReq"},
    Named{oid::kFailInfoText, "failInfoText"},
    Named{oid::kMd5, "MD5"},
    Named{oid::kSha1, "SHA-1"},
    Named{oid::kSha224, "SHA-224"},
    Named{oid::kSha256, "SHA-256"},
    Named{oid::kSha384, "SHA-384"},
    Named{oid::kSha512, "SHA-512"},
    Named{oid::kRsaEncryption, "rsaEncryption"},
    Named{oid::kMd5WithRsa, "md5WithRSAEncryption"},
    Named{oid::kSha1WithRsa, "sha1WithRSAEncryption"},
    Named{oid::kRsaesOaep, "id-RSAES-OAEP"},
    Named{oid::kMgf1, "id-mgf1"},
    Named{oid::kPSpecified, "id-pSpecified"},
    Named{oid::kRsassaPss, "id-RSASSA-PSS"},
    Named{oid::kSha256WithRsa, "sha256WithRSAEncryption"},
    Named{oid::kSha384WithRsa, "sha384WithRSAEncryption"},
    Named{oid::kSha512WithRsa, "sha512WithRSAEncryption"},
    Named{oid::kSha224WithRsa, "sha224WithRSAEncryption"},
    Named{oid::kSha1WithRsaOiw, "sha1WithRSASignature"},
    Named{oid::kEcPublicKey, "id-ecPublicKey"},
    Named{oid::kEcdsaWithSha1, "ecdsa-with-SHA1"},
    Named{oid::kEcdsaWithSha224, "ecdsa-with-SHA224"},
    Named{oid::kEcdsaWithSha256, "ecdsa-with-SHA256"},
    Named{oid::kEcdsaWithSha384, "ecdsa-with-SHA384"},
    Named{oid::kEcdsaWithSha512, "ecdsa-with-SHA512"},
    Named{oid::kP256, "P-256"},
    Named{oid::kP384, "P-384"},
    Named{oid::kP521, "P-521"},
    Named{oid::kEd25519, "id-Ed25519"},
    Named{oid::kDesCbc, "DES-CBC"},
    Named{oid::kRc2Cbc, "RC2-CBC"},
    Named{oid::kDesEde3Cbc, "DES-EDE3-CBC"},
    Named{oid::kAes128Cbc, "AES-128-CBC"},
    Named{oid::kAes192Cbc, "AES-192-CBC"},
    Named{oid::kAes256Cbc, "AES-256-CBC"},
    Named{oid::kStdDhSha1Kdf, "dhSinglePass-stdDH-sha1kdf-scheme"},
    Named{oid::kStdDhSha224Kdf, "dhSinglePass-stdDH-sha224kdf-scheme"},
    Named{oid::kStdDhSha256Kdf, "dhSinglePass-stdDH-sha256kdf-scheme"},
    Named{oid::kStdDhSha384Kdf, "dhSinglePass-stdDH-sha384kdf-scheme"},
    Named{oid::kStdDhSha512Kdf, "dhSinglePass-stdDH-sha512kdf-scheme"},
    Named{oid::kCofactorDhSha1Kdf, "dhSinglePass-cofactorDH-sha1kdf-scheme"},
    Named{oid::kCofactorDhSha224Kdf, "dhSinglePass-cofactorDH-sha224kdf-scheme"},
    Named{oid::kCofactorDhSha256Kdf, "dhSinglePass-cofactorDH-sha256kdf-scheme"},
    Named{oid::kCofactorDhSha384Kdf, "dhSinglePass-cofactorDH-sha384kdf-scheme"},
    Named{oid::kCofactorDhSha512Kdf, "dhSinglePass-cofactorDH-sha512kdf-scheme"},
    Named{oid::kAes128Wrap, "id-aes128-wrap"},
    Named{oid::kAes192Wrap, "id-aes192-wrap"},
    Named{oid::kAes256Wrap, "id-aes256-wrap"},
    Named{oid::kCms3DesWrap, "id-alg-CMS3DESwrap"},
    Named{oid::kPwriKek, "id-alg-PWRI-KEK"},
    Named{oid::kPbkdf2, "id-PBKDF2"},
    Named{oid::kHmacSha1, "id-hmacWithSHA1"},
    Named{oid::kHmacSha224, "id-hmacWithSHA224"},
    Named{oid::kHmacSha256, "id-hmacWithSHA256"},
    Named{oid::kHmacSha384, "id-hmacWithSHA384"},
    Named{oid::kHmacSha512, "id-hmacWithSHA512"},
    Named{oid::kSubjectKeyIdentifier, "subjectKeyIdentifier"},
    Named{oid::kKeyUsage, "keyUsage"},
    Named{oid::kSubjectAltName, "subjectAltName"},
    Named{oid::kBasicConstraints, "basicConstraints"},
    Named{oid::kNameConstraints, "nameConstraints"},
    Named{oid::kCrlNumber, "cRLNumber"},
    Named{oid::kReasonCode, "reasonCode"},
    Named{oid::kCrlDistributionPoints, "cRLDistributionPoints"},
    Named{oid::kCertificatePolicies, "certificatePolicies"},
    Named{oid::kAuthorityKeyIdentifier, "authorityKeyIdentifier"},
    Named{oid::kExtendedKeyUsage, "extKeyUsage"},
    Named{oid::kAnyExtendedKeyUsage, "anyExtendedKeyUsage"},
    Named{oid::kAuthorityInfoAccess, "authorityInfoAccess"},
    Named{oid::kTlsFeature, "tlsfeature"},
    Named{oid::kAdOcsp, "id-ad-ocsp"},
    Named{oid::kAdCaIssuers, "id-ad-caIssuers"},
    Named{oid::kServerAuth, "serverAuth"},
    Named{oid::kClientAuth, "clientAuth"},
    Named{oid::kCodeSigning, "codeSigning"},
    Named{oid::kEmailProtection, "emailProtection"},
    Named{oid::kTimeStamping, "timeStamping"},
    Named{oid::kOcspSigning, "OCSPSigning"},
    Named{oid::kIpsecIke, "ipsecIKE"},
    Named{oid::kCmcRa, "cmcRA"},
    Named{oid::kCertificateRequestAgent, "certificateRequestAgent"},
    Named{oid::kSmartcardLogon, "smartcardLogon"},
    Named{oid::kUserPrincipalName, "userPrincipalName"},
    Named{oid::kMicrosoftSid, "szOID_NTDS_CA_SECURITY_EXT"},
    Named{oid::kNtdsObjectSid, "szOID_NTDS_OBJECTSID"},
    Named{oid::kNdesHresult, "NDES HRESULT"},
    // named in trees of messages alone
    Named{Oid{"1.2.840.113549.1.7.5"}, "digestedData"},
    Named{Oid{"1.2.840.113549.1.7.6"}, "encryptedData"},
    Named{Oid{"1.2.840.113549.1.9.16.1.2"}, "authData"},
    Named{Oid{"1.2.840.113549.1.9.16.1.23"}, "authEnvelopedData"},
    Named{Oid{"1.2.840.113549.1.9.6"}, "countersignature"},
    Named{Oid{"1.2.840.113549.1.9.15"}, "smimeCapabilities"},
    Named{Oid{"1.2.840.113549.1.9.52"}, "cmsAlgorithmProtection"},
    Named{Oid{"1.2.840.113549.1.9.16.2.12"}, "signingCertificate"},
    Named{Oid{"1.2.840.113549.1.9.16.2.47"}, "signingCertificateV2"},
    Named{Oid{"1.2.840.113549.1.9.20"}, "friendlyName"},
    Named{Oid{"1.2.840.113549.1.5.13"}, "id-PBES2"},
    Named{Oid{"2.5.29.9"}, "subjectDirectoryAttributes"},
    Named{Oid{"2.5.29.16"}, "privateKeyUsagePeriod"},
    Named{Oid{"2.5.29.18"}, "issuerAltName"},
    Named{Oid{"2.5.29.24"}, "invalidityDate"},
    Named{Oid{"2.5.29.27"}, "deltaCRLIndicator"},
    Named{Oid{"2.5.29.28"}, "issuingDistributionPoint"},
    Named{Oid{"2.5.29.32.0"}, "anyPolicy"},
    Named{Oid{"2.5.29.33"}, "policyMappings"},
    Named{Oid{"2.5.29.36"}, "policyConstraints"},
    Named{Oid{"2.5.29.46"}, "freshestCRL"},
    Named{Oid{"2.5.29.54"}, "inhibitAnyPolicy"},
    Named{Oid{"1.3.6.1.5.5.7.1.11"}, "subjectInfoAccess"},
    Named{Oid{"1.3.6.1.5.5.7.2.1"}, "id-qt-cps"},
    Named{Oid{"1.3.6.1.5.5.7.2.2"}, "id-qt-unotice"},
    Named{Oid{"2.16.840.1.113730.1.1"}, "netscape-cert-type"},
    Named{Oid{"2.16.840.1.113730.1.13"}, "netscape-comment"},
    Named{Oid{"1.3.6.1.4.1.311.13.2.2"}, "szOID_ENROLLMENT_CSP_PROVIDER"},
    Named{Oid{"1.3.6.1.4.1.311.13.2.3"}, "szOID_OS_VERSION"},
    Named{Oid{"1.3.6.1.4.1.311.20.2"}, "szOID_ENROLL_CERTTYPE_EXTENSION"},
    Named{Oid{"1.3.6.1.4.1.311.21.1"}, "szOID_CERTSRV_CA_VERSION"},
    Named{Oid{"1.3.6.1.4.1.311.21.2"}, "szOID_CERTSRV_PREVIOUS_CERT_HASH"},
    Named{Oid{"1.3.6.1.4.1.311.21.7"}, "szOID_CERTIFICATE_TEMPLATE"},
    Named{Oid{"1.3.6.1.4.1.311.21.10"}, "szOID_APPLICATION_CERT_POLICIES"},
    Named{Oid{"1.3.6.1.4.1.311.21.20"}, "szOID_REQUEST_CLIENT_INFO"},
    Named{oid::kCommonName, "CN"},
    Named{oid::kSurname, "SN"},
    Named{oid::kSerialNumber, "serialNumber"},
    Named{oid::kCountryName, "C"},
    Named{oid::kLocalityName, "L"},
    Named{oid::kStateOrProvinceName, "ST"},
    Named{oid::kStreetAddress, "street"},
    Named{oid::kOrganizationName, "O"},
    Named{oid::kOrganizationalUnitName, "OU"},
    Named{oid::kTitle, "title"},
    Named{oid::kGivenName, "GN"},
    Named{oid::kDnQualifier, "dnQualifier"},
    Named{oid::kPseudonym, "pseudonym"},
    Named{oid::kDomainComponent, "DC"},
    Named{oid::kUserId, "UID"},
};

Error bad_oid(std::string what) {
    return {.code = Errc::Der, .what = std::move(what), .cite = "X.690 section 8.19"};
}

}  // namespace

Result<Oid> Oid::from_content(Bytes content) {
    if (content.empty())
        return fail(bad_oid("empty object identifier"));
    if (content.size() > limits::kMaxOidOctets)
        return fail(bad_oid("object identifier is too long"));
    if ((content.back() & 0x80U) != 0)
        return fail(bad_oid("object identifier is cut short"));
    bool starts_arc = true;
    for (const std::uint8_t octet : content) {
        if (starts_arc && octet == 0x80)
            return fail(bad_oid("object identifier has a padded arc"));
        starts_arc = (octet & 0x80U) == 0;
    }
    Oid out;
    std::ranges::copy(content, out.octets_.begin());
    out.size_ = static_cast<std::uint8_t>(content.size());
    return out;
}

std::string Oid::dotted() const {
    std::string out;
    std::uint64_t arc = 0;
    for (const std::uint8_t octet : content()) {
        if (arc > (UINT64_MAX >> 7U))
            return "OID with octets " + to_hex(content());  // an arc beyond 64 bits
        arc = (arc << 7U) | (octet & 0x7fU);
        if ((octet & 0x80U) != 0)
            continue;
        if (out.empty()) {
            const std::uint64_t first = std::min<std::uint64_t>(arc / 40, 2);
            out = fmt::format("{}.{}", first, arc - first * 40);
        } else {
            out += fmt::format(".{}", arc);
        }
        arc = 0;
    }
    return out;
}

std::string name(const Oid& oid) {
    const auto found = std::ranges::find(kNames, oid, &Named::oid);
    return found == kNames.end() ? oid.dotted() : std::string(found->name);
}

Result<Oid> parse_oid(std::string_view dotted) {
    Buffer content;
    std::uint64_t first = 0;
    std::size_t index = 0;
    const Error bad{.code = Errc::Config,
                    .what = "not an object identifier, want a form like 1.3.6.1.5.5.7.3.2"};
    while (!dotted.empty()) {
        std::uint64_t arc = 0;
        const auto [end, error] =
            std::from_chars(dotted.data(), dotted.data() + dotted.size(), arc);
        const auto used = static_cast<std::size_t>(end - dotted.data());
        if (error != std::errc{} || (used < dotted.size() && dotted[used] != '.') ||
            used + 1 == dotted.size() || arc > (1ULL << 56U))
            return fail(bad);
        dotted.remove_prefix(std::min(used + 1, dotted.size()));
        if (index == 0 && arc > 2)
            return fail(bad);
        if (index == 1 && first < 2 && arc > 39)
            return fail(bad);
        if (index == 0) {
            first = arc;
        } else {
            std::uint64_t value = index == 1 ? first * 40 + arc : arc;
            Buffer groups{static_cast<std::uint8_t>(value & 0x7fU)};
            while ((value >>= 7U) != 0)
                groups.push_back(static_cast<std::uint8_t>(0x80U | (value & 0x7fU)));
            content.insert(content.end(), groups.rbegin(), groups.rend());
        }
        ++index;
    }
    if (index < 2 || content.size() > limits::kMaxOidOctets)
        return fail(bad);
    return Oid::from_content(content);
}

}  // namespace scep::asn1
