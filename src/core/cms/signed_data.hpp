// SignedData (RFC 5652 section 5): read with offsets from BER or DER, checked, and built as
// canonical DER.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/asn1/reader.hpp"
#include "core/crypto/keys.hpp"
#include "core/x509/certificate.hpp"

namespace scep::cms {

struct IssuerAndSerial {
    Bytes issuer{};  // Name TLV
    Bytes serial{};  // contents octets of the INTEGER
};

struct KeyIdentifier {
    Bytes value{};
};

// SignerIdentifier and RecipientIdentifier; borrowed.
using Identifier = std::variant<IssuerAndSerial, KeyIdentifier>;

// Names are compared after RFC 5280 section 7.1 normalisation (beyond kMaxNameOctets as octets),
// serials as numbers.
bool identifies(const Identifier& identifier, const x509::Certificate& certificate);
std::string to_text(const Identifier& identifier);  // for logs and errors
// Reads IssuerAndSerialNumber (SEQUENCE) or [0] SubjectKeyIdentifier.
Result<Identifier> read_identifier(asn1::Reader& in, asn1::Joined& joined, std::string_view field);

struct Attribute {
    asn1::Oid type{};
    std::size_t offset = 0;
    std::vector<asn1::Element> values{};
};

struct SignerInfo {
    std::uint32_t version = 0;
    Identifier sid{};
    asn1::AlgorithmIdentifier digest_algorithm{};
    Bytes signed_attributes{};            // the [0] TLV as received
    std::vector<Attribute> attributes{};  // S04: no type twice, exactly one value each
    asn1::AlgorithmIdentifier signature_algorithm{};
    Bytes signature{};
    std::size_t offset = 0;

    const Attribute* attribute(const asn1::Oid& type) const noexcept;  // null when absent
};

// Borrows from the message it was parsed from, except what was constructed (joined).
struct SignedData {
    std::uint32_t version = 0;
    std::vector<asn1::AlgorithmIdentifier> digest_algorithms{};
    asn1::Oid content_type{};
    std::optional<Bytes> content{};  // eContent; nullopt when the field is absent
    std::size_t content_offset = 0;
    // Set when eContent is not an OCTET STRING but a SEQUENCE, as PKCS#7 wrote it: `content` is
    // then its TLV, and this its contents octets, which PKCS#7 digests (RFC 5652 section 5.2.1).
    std::optional<Bytes> raw_content{};
    std::vector<Bytes> certificates{};  // Certificate TLVs, in order
    std::vector<std::size_t> certificate_offsets{};
    std::vector<Bytes> crls{};  // CertificateList TLVs
    std::vector<SignerInfo> signer_infos{};
    asn1::Joined joined{};
};

// ContentInfo holding SignedData, nothing left over. Takes any number of SignerInfos, also none
// (certs-only); attributes are checked for S04 in every one of them. Offsets count from the start
// of `message`. Der, Protocol.
Result<SignedData> parse_signed_data(Bytes message, std::size_t base_offset = 0);

// S04: exactly one SignerInfo with signed attributes. Protocol.
Result<const SignerInfo*> only_signer(const SignedData& signed_data);

// S04: exactly one of the message's certificates matches the signer identifier. Protocol when none
// or several do.
Result<x509::Certificate> signer_certificate(const SignedData& signed_data,
                                             const SignerInfo& signer);

// The same, nullopt when none matches.
Result<std::optional<x509::Certificate>> enclosed_certificate(const SignedData& signed_data,
                                                              const SignerInfo& signer);

// The signature over the signed attributes as received (re-tagged SET; if that fails, over their
// DER-sorted form, up to kMaxCanonicalOctets), then messageDigest against the content, contentType
// against eContentType (RFC 5652 sections 5.4, 5.6, 11.1; a missing contentType attribute is
// taken). The algorithms must be admitted by `library`. Crypto: signature or digest wrong.
// Protocol: algorithm unknown or not admitted, attribute missing.
Status verify_signer(const crypto::Library& library,
                     const SignedData& signed_data,
                     const SignerInfo& signer,
                     const crypto::PublicKey& key);

struct AttributeSpec {
    asn1::Oid type{};
    Buffer value{};  // one value, TLV
};

struct SignedDataSpec {
    std::optional<Bytes> content{};     // eContent of type data; nullopt: the field is omitted
    std::vector<Bytes> certificates{};  // DER; the signer's first
    const x509::Certificate* signer = nullptr;  // issuer and serial of the SignerInfo
    bool key_identifier = false;                // the signer by subjectKeyIdentifier instead
    crypto::SignatureAlgorithm algorithm{};
    std::vector<AttributeSpec>
        attributes{};  // besides contentType and messageDigest, which are added
};

// ContentInfo, canonical DER, signed attributes sorted. Crypto.
Result<Buffer> build_signed_data(const crypto::Library& library,
                                 const SignedDataSpec& spec,
                                 crypto::Signer& key);

// Degenerate certificates-only SignedData (RFC 8894 section 3.4): no content, no signer; the order
// of `certificates` is kept on purpose: the leaf, or the RA, comes first.
Buffer build_certs_only(const std::vector<Bytes>& certificates,
                        const std::vector<Bytes>& crls = {});

}  // namespace scep::cms
