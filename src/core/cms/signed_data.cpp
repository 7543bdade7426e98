// Reading SignedData. The code is ordered as the ASN.1 of RFC 5652 section 5.
#include "core/cms/signed_data.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/cms/content_info.hpp"

namespace scep::cms {

namespace {

constexpr std::string_view kLimitCite = "RFC 5652 section 5.1";

Status read_digest_algorithms(asn1::Reader& in, SignedData& out) {
    constexpr std::string_view kField = "SignedData.digestAlgorithms";
    SCEP_TRY(set, in.expect_into(asn1::kSet, kField));
    while (!set.at_end()) {
        if (out.digest_algorithms.size() == limits::kMaxDigestAlgorithms)
            return fail(
                protocol_error("too many digest algorithms", kField, set.offset(), kLimitCite));
        SCEP_TRY(algorithm, asn1::algorithm_identifier(set, kField));
        out.digest_algorithms.push_back(algorithm);
    }
    return {};
}

// eContent as CMS has it, an OCTET STRING, or as PKCS#7 had it, the structure itself.
Status read_content(const asn1::Element& element, SignedData& out) {
    out.content_offset = element.content_offset();
    if (element.tag == asn1::kOctetString) {
        SCEP_TRY(content, asn1::octets(element, out.joined, "EncapsulatedContentInfo.eContent"));
        out.content = content;
        return {};
    }
    if (element.tag != asn1::kSequence || !element.constructed)
        return fail(
            {.code = Errc::Der,
             .what = fmt::format("got {}, want OCTET STRING", tag_name(element.tag)),
             .where = {.offset = element.offset, .field = "EncapsulatedContentInfo.eContent"}});
    out.content_offset = element.offset;
    out.content = element.tlv;
    out.raw_content = element.content;
    return {};
}

Status read_encapsulated(asn1::Reader& in, SignedData& out) {
    // EncapsulatedContentInfo ::= SEQUENCE { eContentType, eContent [0] EXPLICIT OPTIONAL }
    SCEP_TRY(info, in.expect_into(asn1::kSequence, "SignedData.encapContentInfo"));
    SCEP_TRY(type, read_oid(info, "EncapsulatedContentInfo.eContentType"));
    out.content_type = type;
    SCEP_TRY(wrapper, info.optional(asn1::context(0), "EncapsulatedContentInfo.eContent"));
    SCEP_CHECK(info.finish("SignedData.encapContentInfo"));
    if (!wrapper)
        return {};
    SCEP_TRY(content, info.enter(*wrapper, "EncapsulatedContentInfo.eContent"));
    SCEP_TRY(element, content.next("EncapsulatedContentInfo.eContent"));
    SCEP_CHECK(content.finish("EncapsulatedContentInfo.eContent"));
    return read_content(element, out);
}

// CertificateSet and RevocationInfoChoices: the plain choice is a SEQUENCE, the others (attribute
// certificates, OCSP responses) carry context tags and are passed over.
template <class Take>
Status read_choices(
    asn1::Reader& in, asn1::Tag tag, std::size_t limit, std::string_view field, Take take) {
    SCEP_TRY(set, in.optional(tag, field));
    if (!set)
        return {};
    SCEP_TRY(inside, in.enter(*set, field));
    for (std::size_t count = 0; !inside.at_end(); ++count) {
        if (count == limit)
            return fail(protocol_error(
                fmt::format("more than {} values", limit), field, inside.offset(), kLimitCite));
        SCEP_TRY(element, inside.next(field));
        if (element.tag == asn1::kSequence)
            take(element);
        else if (element.tag.tag_class != asn1::Class::Context)
            return fail({.code = Errc::Der,
                         .what = fmt::format("got {}, want SEQUENCE", tag_name(element.tag)),
                         .where = {.offset = element.offset, .field = std::string(field)}});
    }
    return {};
}

Status read_signed_attributes(asn1::Reader& in, SignerInfo& out) {
    SCEP_TRY(set, in.optional(asn1::context(0), "SignerInfo.signedAttrs"));
    if (!set)
        return {};
    out.signed_attributes = set->tlv;
    SCEP_TRY(attributes, read_attributes(in, *set, "SignerInfo.signedAttrs"));
    out.attributes = std::move(attributes);
    return {};
}

// Not covered by the signature, so nothing is taken from them.
Status skip_unsigned_attributes(asn1::Reader& in) {
    SCEP_TRY(set, in.optional(asn1::context(1), "SignerInfo.unsignedAttrs"));
    if (set)
        SCEP_CHECK(read_attributes(in, *set, "SignerInfo.unsignedAttrs"));
    return {};
}

Result<SignerInfo> read_signer_info(asn1::Reader& in, asn1::Joined& joined) {
    SCEP_TRY(element, in.expect(asn1::kSequence, "SignerInfo"));
    SCEP_TRY(body, in.enter(element, "SignerInfo"));
    SignerInfo out{.offset = element.offset};
    // version CMSVersion, sid SignerIdentifier, digestAlgorithm DigestAlgorithmIdentifier,
    SCEP_TRY(version, read_version(body, "SignerInfo.version"));
    out.version = version;
    SCEP_TRY(sid, read_identifier(body, joined, "SignerInfo.sid"));
    out.sid = sid;
    SCEP_TRY(digest, asn1::algorithm_identifier(body, "SignerInfo.digestAlgorithm"));
    out.digest_algorithm = digest;
    // signedAttrs [0] IMPLICIT SignedAttributes OPTIONAL,
    SCEP_CHECK(read_signed_attributes(body, out));
    // signatureAlgorithm SignatureAlgorithmIdentifier, signature SignatureValue,
    SCEP_TRY(signature_algorithm,
             asn1::algorithm_identifier(body, "SignerInfo.signatureAlgorithm"));
    out.signature_algorithm = signature_algorithm;
    SCEP_TRY(octets, body.expect(asn1::kOctetString, "SignerInfo.signature"));
    SCEP_TRY(signature, asn1::octets(octets, joined, "SignerInfo.signature"));
    out.signature = signature;
    // unsignedAttrs [1] IMPLICIT UnsignedAttributes OPTIONAL
    SCEP_CHECK(skip_unsigned_attributes(body));
    SCEP_CHECK(body.finish("SignerInfo"));
    return out;
}

Status read_signer_infos(asn1::Reader& in, SignedData& out) {
    constexpr std::string_view kField = "SignedData.signerInfos";
    SCEP_TRY(set, in.expect_into(asn1::kSet, kField));
    while (!set.at_end()) {
        if (out.signer_infos.size() == limits::kMaxSignerInfos)
            return fail(protocol_error("too many SignerInfos", kField, set.offset(), kLimitCite));
        SCEP_TRY(signer, read_signer_info(set, out.joined));
        out.signer_infos.push_back(std::move(signer));
    }
    return {};
}

}  // namespace

const Attribute* SignerInfo::attribute(const asn1::Oid& type) const noexcept {
    const auto found = std::ranges::find(attributes, type, &Attribute::type);
    return found == attributes.end() ? nullptr : &*found;
}

Result<SignedData> parse_signed_data(Bytes message, std::size_t base_offset) {
    SCEP_TRY(body, enter_content_info(message, base_offset, oid::kSignedData, "SignedData"));
    SignedData out;
    // version CMSVersion, digestAlgorithms, encapContentInfo,
    SCEP_TRY(version, read_version(body, "SignedData.version"));
    out.version = version;
    SCEP_CHECK(read_digest_algorithms(body, out));
    SCEP_CHECK(read_encapsulated(body, out));
    // certificates [0] IMPLICIT CertificateSet OPTIONAL,
    SCEP_CHECK(read_choices(body,
                            asn1::context(0),
                            limits::kMaxCertificates,
                            "SignedData.certificates",
                            [&](const asn1::Element& certificate) {
                                out.certificates.push_back(certificate.tlv);
                                out.certificate_offsets.push_back(certificate.offset);
                            }));
    // crls [1] IMPLICIT RevocationInfoChoices OPTIONAL,
    SCEP_CHECK(read_choices(
        body, asn1::context(1), limits::kMaxCrls, "SignedData.crls", [&](const asn1::Element& crl) {
            out.crls.push_back(crl.tlv);
        }));
    // signerInfos SignerInfos
    SCEP_CHECK(read_signer_infos(body, out));
    SCEP_CHECK(body.finish("SignedData"));
    return out;
}

Result<const SignerInfo*> only_signer(const SignedData& signed_data) {
    if (signed_data.signer_infos.size() != 1)
        return fail(protocol_error(
            fmt::format("{} SignerInfos, want exactly one", signed_data.signer_infos.size()),
            "SignedData.signerInfos",
            signed_data.content_offset,
            "RFC 8894 section 3.2"));
    const SignerInfo& signer = signed_data.signer_infos.front();
    if (signer.signed_attributes.empty())
        return fail(protocol_error("no signed attributes",
                                   "SignerInfo.signedAttrs",
                                   signer.offset,
                                   "RFC 8894 section 3.2"));
    return &signer;
}

Result<std::optional<x509::Certificate>> enclosed_certificate(const SignedData& signed_data,
                                                              const SignerInfo& signer) {
    std::optional<x509::Certificate> found;
    for (std::size_t i = 0; i < signed_data.certificates.size(); ++i) {
        // One that cannot be read cannot be the signer's; what else rides in the bag is not ours.
        Result<x509::Certificate> certificate = x509::Certificate::parse(
            signed_data.certificates[i], {}, signed_data.certificate_offsets[i]);
        if (!certificate || !identifies(signer.sid, *certificate))
            continue;
        if (found)
            return fail(protocol_error("several certificates match the signer identifier",
                                       "SignedData.certificates",
                                       signed_data.certificate_offsets[i],
                                       "RFC 5652 section 5.1"));
        found = std::move(*certificate);
    }
    return found;
}

Result<x509::Certificate> signer_certificate(const SignedData& signed_data,
                                             const SignerInfo& signer) {
    SCEP_TRY(found, enclosed_certificate(signed_data, signer));
    if (found)
        return std::move(*found);
    Error error =
        protocol_error(fmt::format("no certificate for the signer, {}", to_text(signer.sid)),
                       "SignedData.certificates",
                       signer.offset,
                       "RFC 8894 section 3.2");
    // It may be one of those that could not be read.
    for (std::size_t i = 0; i < signed_data.certificates.size(); ++i)
        if (auto certificate = x509::Certificate::parse(
                signed_data.certificates[i], {}, signed_data.certificate_offsets[i]);
            !certificate)
            error.during.push_back(to_text(certificate.error()));
    return fail(std::move(error));
}

}  // namespace scep::cms
