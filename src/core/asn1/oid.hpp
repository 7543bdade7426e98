// Object identifiers as values, and the table of those this program knows by name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/limits.hpp"
#include "core/base/result.hpp"

namespace scep::asn1 {

// The contents octets of an OBJECT IDENTIFIER (X.690 section 8.19), held inline.
class Oid {
  public:
    constexpr Oid() = default;

    // From dotted text; only at compile time, where a mistake is a compile error.
    consteval explicit Oid(std::string_view dotted);

    // From contents octets. Der when empty, too long, padded or cut short.
    static Result<Oid> from_content(Bytes content);

    constexpr Bytes content() const noexcept { return {octets_.data(), size_}; }

    // "1.2.840.113549"; with an arc beyond 64 bits the octets in hex instead.
    std::string dotted() const;

    friend constexpr bool operator==(const Oid&, const Oid&) = default;

    // clang-tidy 14 sees the 0 that the comparison is rewritten with.
    friend constexpr auto operator<=>(const Oid&,
                                      const Oid&) = default;  // NOLINT(modernize-use-nullptr)

  private:
    constexpr void push_arc(std::uint64_t arc);

    std::array<std::uint8_t, limits::kMaxOidOctets> octets_{};
    std::uint8_t size_ = 0;
};

// The standard's own name ("aes128-CBC-PAD", "messageType"), or the dotted form.
std::string name(const Oid& oid);

// From dotted text at run time (configuration). nullopt-like: Config error when it is not an OID.
Result<Oid> parse_oid(std::string_view dotted);

constexpr void Oid::push_arc(std::uint64_t arc) {
    std::size_t groups = 1;
    for (std::uint64_t rest = arc >> 7U; rest != 0; rest >>= 7U)
        ++groups;
    for (std::size_t i = groups; i-- > 0;) {
        const auto low = static_cast<std::uint8_t>((arc >> (7U * i)) & 0x7fU);
        octets_.at(size_++) = static_cast<std::uint8_t>(i == 0 ? low : low | 0x80U);
    }
}

consteval Oid::Oid(std::string_view dotted) {
    std::uint64_t first = 0;
    std::size_t index = 0;
    while (!dotted.empty()) {
        std::uint64_t arc = 0;
        while (!dotted.empty() && dotted.front() != '.') {
            if (dotted.front() < '0' || dotted.front() > '9')
                throw std::invalid_argument("not an object identifier");
            arc = arc * 10 + static_cast<std::uint64_t>(dotted.front() - '0');
            dotted.remove_prefix(1);
        }
        if (!dotted.empty())
            dotted.remove_prefix(1);
        if (index == 0)
            first = arc;
        else
            push_arc(index == 1 ? first * 40 + arc : arc);
        ++index;
    }
}

}  // namespace scep::asn1

namespace scep::oid {

using asn1::Oid;

// RFC 5652, RFC 2985, RFC 2986: content types, attributes
inline constexpr Oid kData{"1.2.840.113549.1.7.1"};
inline constexpr Oid kSignedData{"1.2.840.113549.1.7.2"};
inline constexpr Oid kEnvelopedData{"1.2.840.113549.1.7.3"};
inline constexpr Oid kContentType{"1.2.840.113549.1.9.3"};
inline constexpr Oid kMessageDigest{"1.2.840.113549.1.9.4"};
inline constexpr Oid kSigningTime{"1.2.840.113549.1.9.5"};
inline constexpr Oid kChallengePassword{"1.2.840.113549.1.9.7"};
inline constexpr Oid kExtensionRequest{"1.2.840.113549.1.9.14"};
inline constexpr Oid kMicrosoftExtensionRequest{"1.3.6.1.4.1.311.2.1.14"};
inline constexpr Oid kEmailAddress{"1.2.840.113549.1.9.1"};
inline constexpr Oid kUnstructuredName{"1.2.840.113549.1.9.2"};
inline constexpr Oid kUnstructuredAddress{"1.2.840.113549.1.9.8"};

// RFC 8894 section 3.2.1
inline constexpr Oid kMessageType{"2.16.840.1.113733.1.9.2"};
inline constexpr Oid kPkiStatus{"2.16.840.1.113733.1.9.3"};
inline constexpr Oid kFailInfo{"2.16.840.1.113733.1.9.4"};
inline constexpr Oid kSenderNonce{"2.16.840.1.113733.1.9.5"};
inline constexpr Oid kRecipientNonce{"2.16.840.1.113733.1.9.6"};
inline constexpr Oid kTransactionId{"2.16.840.1.113733.1.9.7"};
inline constexpr Oid kExtensionReq{"2.16.840.1.113733.1.9.8"};
inline constexpr Oid kFailInfoText{"1.3.6.1.5.5.7.24.1"};

// digests
inline constexpr Oid kMd5{"1.2.840.113549.2.5"};
inline constexpr Oid kSha1{"1.3.14.3.2.26"};
inline constexpr Oid kSha224{"2.16.840.1.101.3.4.2.4"};
inline constexpr Oid kSha256{"2.16.840.1.101.3.4.2.1"};
inline constexpr Oid kSha384{"2.16.840.1.101.3.4.2.2"};
inline constexpr Oid kSha512{"2.16.840.1.101.3.4.2.3"};

// keys and signatures
inline constexpr Oid kRsaEncryption{"1.2.840.113549.1.1.1"};
inline constexpr Oid kMd5WithRsa{"1.2.840.113549.1.1.4"};
inline constexpr Oid kSha1WithRsa{"1.2.840.113549.1.1.5"};
inline constexpr Oid kRsaesOaep{"1.2.840.113549.1.1.7"};
inline constexpr Oid kMgf1{"1.2.840.113549.1.1.8"};
inline constexpr Oid kPSpecified{"1.2.840.113549.1.1.9"};
inline constexpr Oid kRsassaPss{"1.2.840.113549.1.1.10"};
inline constexpr Oid kSha256WithRsa{"1.2.840.113549.1.1.11"};
inline constexpr Oid kSha384WithRsa{"1.2.840.113549.1.1.12"};
inline constexpr Oid kSha512WithRsa{"1.2.840.113549.1.1.13"};
inline constexpr Oid kSha224WithRsa{"1.2.840.113549.1.1.14"};
inline constexpr Oid kSha1WithRsaOiw{"1.3.14.3.2.29"};
inline constexpr Oid kEcPublicKey{"1.2.840.10045.2.1"};
inline constexpr Oid kEcdsaWithSha1{"1.2.840.10045.4.1"};
inline constexpr Oid kEcdsaWithSha224{"1.2.840.10045.4.3.1"};
inline constexpr Oid kEcdsaWithSha256{"1.2.840.10045.4.3.2"};
inline constexpr Oid kEcdsaWithSha384{"1.2.840.10045.4.3.3"};
inline constexpr Oid kEcdsaWithSha512{"1.2.840.10045.4.3.4"};
inline constexpr Oid kP256{"1.2.840.10045.3.1.7"};
inline constexpr Oid kP384{"1.3.132.0.34"};
inline constexpr Oid kP521{"1.3.132.0.35"};
inline constexpr Oid kEd25519{"1.3.101.112"};

// content ciphers
inline constexpr Oid kDesCbc{"1.3.14.3.2.7"};
inline constexpr Oid kRc2Cbc{"1.2.840.113549.3.2"};
inline constexpr Oid kDesEde3Cbc{"1.2.840.113549.3.7"};
inline constexpr Oid kAes128Cbc{"2.16.840.1.101.3.4.1.2"};
inline constexpr Oid kAes192Cbc{"2.16.840.1.101.3.4.1.22"};
inline constexpr Oid kAes256Cbc{"2.16.840.1.101.3.4.1.42"};

// key agreement and key wrap, RFC 5753 and RFC 3565
inline constexpr Oid kStdDhSha1Kdf{"1.3.133.16.840.63.0.2"};
inline constexpr Oid kStdDhSha224Kdf{"1.3.132.1.11.0"};
inline constexpr Oid kStdDhSha256Kdf{"1.3.132.1.11.1"};
inline constexpr Oid kStdDhSha384Kdf{"1.3.132.1.11.2"};
inline constexpr Oid kStdDhSha512Kdf{"1.3.132.1.11.3"};
inline constexpr Oid kCofactorDhSha1Kdf{"1.3.133.16.840.63.0.3"};
inline constexpr Oid kCofactorDhSha224Kdf{"1.3.132.1.14.0"};
inline constexpr Oid kCofactorDhSha256Kdf{"1.3.132.1.14.1"};
inline constexpr Oid kCofactorDhSha384Kdf{"1.3.132.1.14.2"};
inline constexpr Oid kCofactorDhSha512Kdf{"1.3.132.1.14.3"};
inline constexpr Oid kAes128Wrap{"2.16.840.1.101.3.4.1.5"};
inline constexpr Oid kAes192Wrap{"2.16.840.1.101.3.4.1.25"};
inline constexpr Oid kAes256Wrap{"2.16.840.1.101.3.4.1.45"};
inline constexpr Oid kCms3DesWrap{"1.2.840.113549.1.9.16.3.6"};

// passwords, RFC 3211 and RFC 8018
inline constexpr Oid kPwriKek{"1.2.840.113549.1.9.16.3.9"};
inline constexpr Oid kPbkdf2{"1.2.840.113549.1.5.12"};
inline constexpr Oid kHmacSha1{"1.2.840.113549.2.7"};
inline constexpr Oid kHmacSha224{"1.2.840.113549.2.8"};
inline constexpr Oid kHmacSha256{"1.2.840.113549.2.9"};
inline constexpr Oid kHmacSha384{"1.2.840.113549.2.10"};
inline constexpr Oid kHmacSha512{"1.2.840.113549.2.11"};

// certificate extensions and their parts, RFC 5280
inline constexpr Oid kSubjectKeyIdentifier{"2.5.29.14"};
inline constexpr Oid kKeyUsage{"2.5.29.15"};
inline constexpr Oid kSubjectAltName{"2.5.29.17"};
inline constexpr Oid kBasicConstraints{"2.5.29.19"};
inline constexpr Oid kNameConstraints{"2.5.29.30"};
inline constexpr Oid kCrlNumber{"2.5.29.20"};
inline constexpr Oid kReasonCode{"2.5.29.21"};
inline constexpr Oid kCrlDistributionPoints{"2.5.29.31"};
inline constexpr Oid kCertificatePolicies{"2.5.29.32"};
inline constexpr Oid kAuthorityKeyIdentifier{"2.5.29.35"};
inline constexpr Oid kExtendedKeyUsage{"2.5.29.37"};
inline constexpr Oid kAnyExtendedKeyUsage{"2.5.29.37.0"};
inline constexpr Oid kAuthorityInfoAccess{"1.3.6.1.5.5.7.1.1"};
inline constexpr Oid kTlsFeature{"1.3.6.1.5.5.7.1.24"};
inline constexpr Oid kAdOcsp{"1.3.6.1.5.5.7.48.1"};
inline constexpr Oid kAdCaIssuers{"1.3.6.1.5.5.7.48.2"};
inline constexpr Oid kServerAuth{"1.3.6.1.5.5.7.3.1"};
inline constexpr Oid kClientAuth{"1.3.6.1.5.5.7.3.2"};
inline constexpr Oid kCodeSigning{"1.3.6.1.5.5.7.3.3"};
inline constexpr Oid kEmailProtection{"1.3.6.1.5.5.7.3.4"};
inline constexpr Oid kTimeStamping{"1.3.6.1.5.5.7.3.8"};
inline constexpr Oid kOcspSigning{"1.3.6.1.5.5.7.3.9"};
inline constexpr Oid kIpsecIke{"1.3.6.1.5.5.7.3.17"};
inline constexpr Oid kCmcRa{"1.3.6.1.5.5.7.3.28"};
inline constexpr Oid kCertificateRequestAgent{"1.3.6.1.4.1.311.20.2.1"};
inline constexpr Oid kSmartcardLogon{"1.3.6.1.4.1.311.20.2.2"};
inline constexpr Oid kUserPrincipalName{"1.3.6.1.4.1.311.20.2.3"};
inline constexpr Oid kMicrosoftSid{"1.3.6.1.4.1.311.25.2"};
inline constexpr Oid kNtdsObjectSid{"1.3.6.1.4.1.311.25.2.1"};
inline constexpr Oid kNdesHresult{"1.3.6.1.4.1.311.21.33"};

// attribute types of names, RFC 4519
inline constexpr Oid kCommonName{"2.5.4.3"};
inline constexpr Oid kSurname{"2.5.4.4"};
inline constexpr Oid kSerialNumber{"2.5.4.5"};
inline constexpr Oid kCountryName{"2.5.4.6"};
inline constexpr Oid kLocalityName{"2.5.4.7"};
inline constexpr Oid kStateOrProvinceName{"2.5.4.8"};
inline constexpr Oid kStreetAddress{"2.5.4.9"};
inline constexpr Oid kOrganizationName{"2.5.4.10"};
inline constexpr Oid kOrganizationalUnitName{"2.5.4.11"};
inline constexpr Oid kTitle{"2.5.4.12"};
inline constexpr Oid kGivenName{"2.5.4.42"};
inline constexpr Oid kDnQualifier{"2.5.4.46"};
inline constexpr Oid kPseudonym{"2.5.4.65"};
inline constexpr Oid kDomainComponent{"0.9.2342.19200300.100.1.25"};
inline constexpr Oid kUserId{"0.9.2342.19200300.100.1.1"};

}  // namespace scep::oid
