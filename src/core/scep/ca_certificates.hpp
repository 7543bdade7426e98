// The client's view of a GetCACert reply: which CA it is, what vouches for it (SECURITY rule S29),
// and which certificates of it take part in the exchange (S30).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/cms/enveloped_data.hpp"
#include "core/x509/trust_anchors.hpp"

namespace scep {

using Fingerprint = std::array<std::uint8_t, 32>;  // SHA-256 of a certificate's DER

inline constexpr std::size_t kSha1Octets = 20;

struct TrustSettings {
    std::optional<Fingerprint> ca_fingerprint{};
    std::optional<std::array<std::uint8_t, kSha1Octets>> ca_sha1{};  // where nobody has the other
    std::vector<Fingerprint> ra_fingerprints{};  // when there are any, no other RA is taken
    bool on_first_use = false;
};

// Whether the certificate has every fingerprint of a CA that was given; true when none was.
bool fits_fingerprint(const TrustSettings& settings, const x509::Certificate& certificate);

enum class TrustedBy : std::uint8_t { CaFingerprint, Tls, FirstUse };
std::string_view to_text(TrustedBy by) noexcept;  // "fingerprint", "tls", "first use"

// How a request is encrypted; see choose_recipient().
enum class RecipientSetting : std::uint8_t { Auto, Transport, Agreement, Password };

struct AuthenticatedCa {
    TrustedBy trusted_by = TrustedBy::CaFingerprint;
    std::vector<x509::Certificate> anchors{};           // trusted as they stand
    std::shared_ptr<const x509::TrustAnchors> store{};  // the same; null: not made
    std::vector<x509::Certificate> authorities{};  // the anchors and CAs below them, issuing first
    std::vector<x509::Certificate> ras{};          // those with an RA's extended key usage first
    // Requests are encrypted to it by key transport (an RSA key) or key agreement (an EC key);
    // under a password they are only meant for it.
    x509::Certificate recipient{};
    cms::RecipientKind recipient_kind = cms::RecipientKind::KeyTransport;
    std::vector<std::string> notes{};  // certificates that were passed over, with the reason

    // Whose signature a reply may carry: RAs, then authorities.
    std::vector<x509::Certificate> signers() const;
};

// One certificate as DER, certs-only SignedData, or PEM of certificates; at least one and at most
// limits::kMaxCertificates, doubled ones once. What the server calls it is not asked: content types
// are wrong too often. Protocol otherwise; Config where PEM is malformed.
// Source: RFC 8894 section 4.2.1.
Result<std::vector<x509::Certificate>> parse_ca_certificates(Bytes body);

// Authenticates the CA and chooses its RA.
//
// reply         the certificates of GetCACert; a certificate alone is the CA
// verified_tls  they came over TLS verified against trust anchors of the operator
// now           for the dates of every certificate that takes part
// recipient     how requests are to be encrypted
// challenge     what they could be encrypted under; empty: none
// errors        Usage when nothing vouches for the CA: names it and its fingerprint, with the
//               options as hint (S29). Policy when a fingerprint matches nothing, or every
//               certificate that could take part is expired or does not chain (S30). Those of
//               choose_recipient().
Result<AuthenticatedCa> authenticate_ca(const std::vector<x509::Certificate>& reply,
                                        const TrustSettings& settings,
                                        bool verified_tls,
                                        TimePoint now,
                                        RecipientSetting recipient = RecipientSetting::Auto,
                                        Bytes challenge = {});

}  // namespace scep
