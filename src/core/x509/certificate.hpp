// A certificate read by our own reader (RFC 5280 section 4.1): owns its DER, costs one allocation
// to hold, is cheap to copy, and answers the questions SCEP asks of it.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/name.hpp"

namespace scep::x509 {

// KeyUsage named bits, RFC 5280 section 4.2.1.3: bit 0 is digitalSignature.
enum KeyUsageBit : std::uint32_t {
    kDigitalSignature = 1U << 0U,
    kNonRepudiation = 1U << 1U,
    kKeyEncipherment = 1U << 2U,
    kDataEncipherment = 1U << 3U,
    kKeyAgreement = 1U << 4U,
    kKeyCertSign = 1U << 5U,
    kCrlSign = 1U << 6U,
    kEncipherOnly = 1U << 7U,
    kDecipherOnly = 1U << 8U
};

struct BasicConstraints {
    bool ca = false;
    std::optional<std::uint32_t> path_length{};
};

struct Extension {
    asn1::Oid oid{};
    bool critical = false;
    Bytes value{};  // contents of extnValue; aliases the certificate
    std::size_t offset = 0;
};

// The contents octets of a serial number's INTEGER: upper case, as openssl prints it.
std::string serial_hex(Bytes contents);

class Certificate {
  public:
    // One Certificate, nothing left over. Tolerant of what clients' own certificates carry: v1,
    // serials of any sign up to kMaxSerialOctets, critical AKI, unknown extensions. Der otherwise.
    static Result<Certificate> parse(Bytes der,
                                     std::string_view source = {},
                                     std::size_t base_offset = 0);

    Bytes der() const noexcept { return der_ ? Bytes(*der_) : Bytes{}; }

    Bytes tbs() const noexcept { return tbs_; }  // TLV that is signed

    Bytes serial() const noexcept { return serial_; }  // contents octets of the INTEGER

    std::string serial_hex() const;

    Bytes issuer_der() const noexcept { return issuer_; }

    Bytes subject_der() const noexcept { return subject_; }

    Result<Name> issuer() const;
    Result<Name> subject() const;
    std::string subject_text() const;  // RFC 4514; "(empty)" or "(malformed)" where it is
    std::string issuer_text() const;

    TimePoint not_before() const noexcept { return not_before_; }

    TimePoint not_after() const noexcept { return not_after_; }

    bool valid_at(TimePoint time) const noexcept {
        return not_before_ <= time && time <= not_after_;
    }

    Bytes spki() const noexcept { return spki_; }

    std::size_t spki_offset() const noexcept;
    Result<crypto::PublicKey> public_key(const crypto::KeyRules& rules = crypto::kStrictKeys) const;

    const std::vector<Extension>& extensions() const noexcept { return extensions_; }

    const Extension* extension(const asn1::Oid& oid) const noexcept;  // null when absent

    std::optional<std::uint32_t> key_usage() const noexcept { return key_usage_; }

    // True when the extension is absent (RFC 5280: no restriction) or has the bit.
    bool allows_usage(std::uint32_t bits) const noexcept;

    const std::vector<asn1::Oid>& extended_key_usage() const noexcept { return ekus_; }

    bool has_eku(const asn1::Oid& eku) const noexcept;

    std::optional<BasicConstraints> basic_constraints() const noexcept {
        return basic_constraints_;
    }

    bool is_ca() const noexcept { return basic_constraints_ && basic_constraints_->ca; }

    Bytes subject_key_identifier() const noexcept { return ski_; }  // empty when absent

    Bytes authority_key_identifier() const noexcept {
        return aki_;
    }  // keyIdentifier; empty when absent

    Result<std::vector<GeneralName>> subject_alt_names() const;  // empty when absent

    std::array<std::uint8_t, 32> fingerprint() const;  // SHA-256 of the DER, RFC 8894 section 2.2

    bool self_issued() const noexcept { return equal(issuer_, subject_); }

    // Of the issuer's signature; Protocol when it is none we know. Both fields say the same (RFC
    // 5280 section 4.1.1.2), else Crypto: one could be swapped unsigned.
    Result<crypto::SignatureAlgorithm> signature_algorithm() const;

    // The issuer's signature on this certificate. Crypto.
    Status verify_signature(const crypto::Library& library,
                            const crypto::PublicKey& issuer_key) const;

    friend bool operator==(const Certificate& a, const Certificate& b) noexcept {
        return equal(a.der(), b.der());
    }

  private:
    friend class CertificateParser;
    std::shared_ptr<const Buffer> der_{};
    std::size_t base_offset_ = 0;
    Bytes tbs_{}, serial_{}, issuer_{}, subject_{}, spki_{}, signature_{};
    Bytes signature_algorithm_{}, tbs_signature_algorithm_{};
    Bytes ski_{}, aki_{};
    TimePoint not_before_{}, not_after_{};
    std::optional<std::uint32_t> key_usage_{};
    std::optional<BasicConstraints> basic_constraints_{};
    std::vector<asn1::Oid> ekus_{};
    std::vector<Extension> extensions_{};
};

// Every CERTIFICATE block of a PEM file, or one DER certificate. Config with line when a block is
// not a certificate, when there is none, or when a private key lies among them and `refuse_keys`.
Result<std::vector<Certificate>> parse_certificates(Bytes file,
                                                    std::string_view source,
                                                    bool refuse_keys = false);

std::string to_pem(const Certificate& certificate);

// True when `leaf` was issued, by name and signature, by `issuer`, a CA by its extensions.
Status check_issued_by(const crypto::Library& library,
                       const Certificate& leaf,
                       const Certificate& issuer);

// Builds a path from `leaf` through `intermediates` to one of `anchors` and checks signatures, CA
// bits, path lengths and dates at `now` with OpenSSL (X509_V_FLAG_PARTIAL_CHAIN: every anchor is
// trusted as it stands; any purpose). Crypto, where.subject names the certificate at fault.
Status verify_chain(const Certificate& leaf,
                    std::span<const Certificate> intermediates,
                    std::span<const Certificate> anchors,
                    TimePoint now);

// Issuer and serial in one comparable string: IssuerAndSerialNumber of CMS, names normalised.
std::string issuer_serial_key(Bytes issuer_der, Bytes serial);

}  // namespace scep::x509
