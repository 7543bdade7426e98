#include "core/scep/hresult.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace scep {

namespace {

constexpr std::string_view kTemplate =
    "look at the template that NDES uses: HKLM\\SOFTWARE\\Microsoft\\Cryptography\\MSCEP";
constexpr std::string_view kPermission =
    "give the NDES service account Read and Enroll on the template and on the CA";
constexpr std::string_view kCa = "look at the CA service, and at its failed requests (certsrv.msc)";
constexpr std::string_view kRa =
    "look at NDES's own RA certificates: fetch GetCACert again, encrypt to the one with "
    "keyEncipherment";

constexpr std::array kTable{
    Hresult{0x80004005, "E_FAIL", "unspecified failure", kCa},
    Hresult{0x80070005, "E_ACCESSDENIED", "access denied", kPermission},
    Hresult{0x8007000D, "ERROR_INVALID_DATA", "the data is invalid", {}},
    Hresult{0x80070056,
            "ERROR_INVALID_PASSWORD",
            "the challenge is wrong, used or expired",
            "fetch a new challenge from NDES: /certsrv/mscep_admin"},
    Hresult{0x80070057, "E_INVALIDARG", "a parameter is incorrect", {}},
    Hresult{0x800706BA, "RPC_S_SERVER_UNAVAILABLE", "NDES cannot reach the CA", kCa},
    Hresult{0x80090003, "NTE_BAD_KEY", "bad key", kRa},
    Hresult{0x80090005, "NTE_BAD_DATA", "bad data: mostly the wrong key or a damaged message", kRa},
    Hresult{0x80090006, "NTE_BAD_SIGNATURE", "a signature does not verify", {}},
    Hresult{0x80090008, "NTE_BAD_ALGID", "an algorithm is not supported", {}},
    Hresult{0x8009000D, "NTE_NO_KEY", "there is no such key", kRa},
    Hresult{0x80090016, "NTE_BAD_KEYSET", "the RA's key set does not exist", kRa},
    Hresult{0x80091007, "CRYPT_E_HASH_VALUE", "the message does not match its digest", {}},
    Hresult{0x8009200C, "CRYPT_E_NO_DECRYPT_CERT", "NDES has no key for the envelope", kRa},
    Hresult{0x8009200E, "CRYPT_E_NO_SIGNER", "the message has no signer", {}},
    Hresult{0x80092010, "CRYPT_E_REVOKED", "a certificate is revoked", {}},
    Hresult{0x80092012, "CRYPT_E_NO_REVOCATION_CHECK", "revocation could not be checked", {}},
    Hresult{0x80092013, "CRYPT_E_REVOCATION_OFFLINE", "the revocation server is offline", {}},
    Hresult{0x80093102, "CRYPT_E_ASN1_EOD", "the message ends too early", {}},
    Hresult{0x8009310B, "CRYPT_E_ASN1_BADTAG", "the message is malformed", {}},
    Hresult{0x80094001, "CERTSRV_E_BAD_REQUESTSUBJECT", "the subject is invalid or too long", {}},
    Hresult{0x80094002, "CERTSRV_E_NO_REQUEST", "there is no such request", {}},
    Hresult{
        0x80094003, "CERTSRV_E_BAD_REQUESTSTATUS", "the request's state does not allow it", kCa},
    Hresult{0x80094004, "CERTSRV_E_PROPERTY_EMPTY", "a property has no value", kCa},
    Hresult{0x80094005, "CERTSRV_E_INVALID_CA_CERTIFICATE", "the CA certificate is invalid", kCa},
    Hresult{0x80094006, "CERTSRV_E_SERVER_SUSPENDED", "the CA is suspended", kCa},
    Hresult{0x80094011, "CERTSRV_E_ENROLL_DENIED", "no permission to enrol", kPermission},
    Hresult{
        0x80094012, "CERTSRV_E_TEMPLATE_DENIED", "no permission for this template", kPermission},
    Hresult{0x80094800,
            "CERTSRV_E_UNSUPPORTED_CERT_TYPE",
            "the template is not offered by this CA",
            kTemplate},
    Hresult{0x80094801, "CERTSRV_E_NO_CERT_TYPE", "the request names no template", kTemplate},
    Hresult{0x80094803,
            "CERTSRV_E_SUBJECT_ALT_NAME_REQUIRED",
            "a subject alternative name is required",
            {}},
    Hresult{0x80094806, "CERTSRV_E_BAD_RENEWAL_SUBJECT", "the renewal is for another subject", {}},
    Hresult{0x80094807, "CERTSRV_E_BAD_TEMPLATE_VERSION", "the template is too new", kTemplate},
    Hresult{0x80094809,
            "CERTSRV_E_SIGNATURE_POLICY_REQUIRED",
            "the template wants a signature by a policy",
            kTemplate},
    Hresult{0x8009480A,
            "CERTSRV_E_SIGNATURE_COUNT",
            "the template wants more signatures on the request",
            kTemplate},
    Hresult{0x8009480D, "CERTSRV_E_SUBJECT_UPN_REQUIRED", "a user principal name is required", {}},
    Hresult{0x8009480F, "CERTSRV_E_SUBJECT_DNS_REQUIRED", "a DNS name is required", {}},
    Hresult{0x80094811,
            "CERTSRV_E_KEY_LENGTH",
            "the key is shorter than the template wants",
            "use a larger key, or lower the template's minimum"},
    Hresult{0x80094812, "CERTSRV_E_SUBJECT_EMAIL_REQUIRED", "an e-mail address is required", {}},
    Hresult{0x800B0101, "CERT_E_EXPIRED", "a certificate is outside its dates", {}},
    Hresult{0x800B0109, "CERT_E_UNTRUSTEDROOT", "a chain ends in a root that is not trusted", {}},
    Hresult{0x800B010A, "CERT_E_CHAINING", "a chain cannot be built", {}},
};
static_assert(std::ranges::is_sorted(kTable, {}, &Hresult::code));

std::optional<std::uint32_t> from_octets(Bytes octets) noexcept {
    while (octets.size() > sizeof(std::uint32_t) && octets.front() == 0)
        octets = octets.subspan(1);
    if (octets.empty() || octets.size() > sizeof(std::uint32_t))
        return std::nullopt;
    std::uint32_t code = 0;
    for (const std::uint8_t octet : octets)
        code = (code << 8U) | octet;
    return code;
}

std::optional<std::uint32_t> from_digits(std::string_view text) noexcept {
    const bool hex = text.starts_with("0x");
    if (hex)
        text.remove_prefix(2);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number, hex ? 16 : 10);
    const bool fits = number >= std::numeric_limits<std::int32_t>::min() &&
                      number <= std::numeric_limits<std::uint32_t>::max();
    if (error != std::errc{} || end != text.end() || !fits)
        return std::nullopt;
    return static_cast<std::uint32_t>(number);
}

}  // namespace

std::optional<std::uint32_t> parse_hresult(const asn1::Element& value) {
    if (value.tag == asn1::kInteger || value.tag == asn1::kOctetString)
        return from_octets(value.content);
    const auto text = asn1::text(value, "HRESULT");
    return text ? from_digits(*text) : std::nullopt;
}

const Hresult* find_hresult(std::uint32_t code) noexcept {
    const auto* found = std::ranges::lower_bound(kTable, code, {}, &Hresult::code);
    return found == kTable.end() || found->code != code ? nullptr : found;
}

std::string hresult_text(std::uint32_t code) {
    const Hresult* known = find_hresult(code);
    return known == nullptr ? fmt::format("0x{:08X}", code)
                            : fmt::format("0x{:08X} {}: {}", code, known->name, known->meaning);
}

}  // namespace scep
