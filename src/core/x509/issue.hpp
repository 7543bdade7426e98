// What a certificate may say (certificate profile, SECURITY rules S10, S11), and building it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/random.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/request.hpp"

namespace scep::x509 {

// [certificate_profile.NAME] of the configuration.
struct CertificateProfile {
    std::string name = "default";
    Seconds max_ttl = std::chrono::hours(24 * 365);
    std::vector<asn1::Oid> allowed_ekus{oid::kClientAuth};  // exactly these are written
    bool must_staple = false;                               // RFC 7633
    unsigned min_rsa_bits = limits::kMinRsaBits;
    std::vector<crypto::Curve> curves{crypto::Curve::P256, crypto::Curve::P384};
    std::vector<std::string> san_types{"dns", "email", "ip"};  // and "uri", "upn"
    // "dns:*.dev.example"; a SAN of any type must match one. Empty: all but uri, upn and wildcard
    // names. A wildcard name needs a pattern "dns:\*.", a security identifier in a URI one that
    // starts with "uri:tag:microsoft.com,2022-09-14:sid:", and in Microsoft's extension one that
    // starts with "sid:". See pattern.hpp.
    std::vector<std::string> san_pattern{};
    std::vector<std::string> subject_pattern{};  // "CN=cam-*,O=Example"; empty: all
};

// Who a request asks for.
struct RequestedIdentity {
    Name subject{};
    std::vector<GeneralName> subject_alt_names{};
    std::string security_identifier{};  // of Microsoft's SID extension; empty: none
};

// Policy when the SID extension is malformed.
Result<RequestedIdentity> requested_identity(const CertificationRequest& request);

// Who a certificate names, to compare a renewal with. Der.
Result<RequestedIdentity> certified_identity(const Certificate& certificate);

// Subjects that match, the same SANs in any order, the same security identifier.
bool same_identity(const RequestedIdentity& a, const RequestedIdentity& b);

// What will be certified of a request.
struct Grant {
    Name subject{};
    crypto::PublicKey key{};
    std::vector<GeneralName> subject_alt_names{};
    std::string security_identifier{};   // empty: none
    std::vector<std::string> ignored{};  // names of requested extensions that were not honoured
};

// S10: only subject, key and SANs come from the CSR. The CSR's own signature was already verified
// by the caller. Errors: Crypto when the key's type, size or curve is at fault (failInfo badAlg),
// Policy otherwise (badRequest), its hint naming the setting that would allow it.
Result<Grant> apply_profile(const CertificateProfile& profile,
                            const CertificationRequest& request,
                            const crypto::PublicKey& key);

// The same for a request that was kept; `ignored` stays empty.
Result<Grant> apply_profile(const CertificateProfile& profile,
                            const RequestedIdentity& identity,
                            const crypto::PublicKey& key);

// TBSCertificate, RFC 5280 section 4.1.2.
struct CertificateFields {
    Buffer serial{};  // magnitude, at most 20 octets encoded
    Name issuer{};
    Name subject{};
    TimePoint not_before{}, not_after{};
    crypto::PublicKey key{};
    std::uint32_t key_usage = 0;  // critical; 0: no extension
    std::vector<asn1::Oid> ekus{};
    std::vector<GeneralName> subject_alt_names{};         // critical when the subject is empty
    std::string security_identifier{};                    // Microsoft's SID; empty: no extension
    std::optional<BasicConstraints> basic_constraints{};  // critical
    bool must_staple = false;
    Buffer authority_key_identifier{};  // keyIdentifier; empty: none
    bool subject_key_identifier = true;
    std::string crl_url{}, ocsp_url{}, aia_url{};  // empty: not written
};

// Random, positive, 127 bits, the top bit of them set: 16 octets (RFC 5280 section 4.1.2.2).
Buffer random_serial(Random& random);

// Key usage that fits the key and a device: digitalSignature, and keyEncipherment for RSA.
std::uint32_t device_key_usage(const crypto::PublicKey& key) noexcept;

// The only road for requests from the network. Refuses (Policy) what S11 forbids, whatever asked:
// CA:TRUE, keyCertSign, cRLSign, anyExtendedKeyUsage, OCSPSigning, cmcRA, certificateRequestAgent.
Result<Buffer> sign_enrolled_certificate(const CertificateFields& fields,
                                         crypto::Signer& ca,
                                         crypto::Digest digest);

// For RA, CA and TLS certificates that an operator makes; no request reaches it.
Result<Buffer> sign_infrastructure_certificate(const CertificateFields& fields,
                                               crypto::Signer& ca,
                                               crypto::Digest digest);

// A transient self-signed certificate for the signer of a PKCSReq (RFC 8894 section 2.3): the
// request's subject, keyUsage digitalSignature, and what a reply encrypted to it wants:
// keyEncipherment for RSA, keyAgreement for EC.
Result<Buffer> self_signed_certificate(const Name& subject,
                                       crypto::Signer& key,
                                       TimePoint not_before,
                                       TimePoint not_after,
                                       Random& random);

}  // namespace scep::x509
