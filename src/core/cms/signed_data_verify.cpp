// Checking a SignerInfo against its content (RFC 5652 sections 5.4 and 5.6).
#include <fmt/format.h>

#include "core/cms/canonical.hpp"
#include "core/cms/content_info.hpp"

namespace scep::cms {

namespace {

constexpr std::uint8_t kSetTag = 0x31;

Result<crypto::Digest> message_digest_of(const crypto::Library& library, const SignerInfo& signer) {
    const auto digest = crypto::digest_from(signer.digest_algorithm.algorithm);
    if (digest && library.admits(*digest))
        return *digest;
    return fail(protocol_error(fmt::format("digest {} is not admitted",
                                           digest ? std::string(info(*digest).name)
                                                  : asn1::name(signer.digest_algorithm.algorithm)),
                               "SignerInfo.digestAlgorithm",
                               signer.digest_algorithm.offset,
                               "RFC 8894 section 2.9"));
}

// The DER form of the signed attributes, where it is not what came and they are of a size to try.
std::optional<Buffer> resorted(const SignerInfo& signer, Bytes as_received) {
    if (signer.signed_attributes.size() > limits::kMaxCanonicalOctets)
        return {};
    asn1::Reader in(signer.signed_attributes);
    const Result<asn1::Element> set = in.next("SignerInfo.signedAttrs");
    if (!set)
        return {};
    Result<Buffer> der = canonical_set(*set);
    if (!der || equal(*der, as_received))
        return {};
    return std::move(*der);
}

// Over the received octets first: that is what nearly every signer hashed. Signers that hash the
// sorted form and send another are taken too.
Status check_signature(const crypto::Library& library,
                       const SignerInfo& signer,
                       const crypto::SignatureAlgorithm& algorithm,
                       const crypto::PublicKey& key) {
    Buffer attributes = to_buffer(signer.signed_attributes);
    attributes.front() = kSetTag;
    Status verified = crypto::verify(library, key, algorithm, attributes, signer.signature);
    if (verified)
        return verified;
    if (const auto sorted = resorted(signer, attributes))
        if (crypto::verify(library, key, algorithm, *sorted, signer.signature))
            return {};
    return during(std::move(verified).error(), "verifying the signed attributes");
}

Status check_content_type(const SignedData& signed_data, const SignerInfo& signer) {
    constexpr std::string_view kField = "SignerInfo.signedAttrs.contentType";
    const Attribute* attribute = signer.attribute(oid::kContentType);
    if (attribute == nullptr)
        return {};
    SCEP_TRY(type, asn1::object_identifier(attribute->values.front(), kField));
    if (type == signed_data.content_type)
        return {};
    Error error = protocol_error("signed content type is not the content's",
                                 kField,
                                 attribute->offset,
                                 "RFC 5652 section 11.1");
    error.code = Errc::Crypto;
    return fail(std::move(error));
}

Status check_message_digest(const crypto::Library& library,
                            const SignedData& signed_data,
                            const SignerInfo& signer,
                            crypto::Digest algorithm) {
    constexpr std::string_view kField = "SignerInfo.signedAttrs.messageDigest";
    const Attribute* attribute = signer.attribute(oid::kMessageDigest);
    if (attribute == nullptr)
        return fail(protocol_error("missing", kField, signer.offset, "RFC 5652 section 11.2"));
    asn1::Joined joined;
    SCEP_TRY(signed_digest, asn1::octets(attribute->values.front(), joined, kField));
    // An absent eContent is signed as empty content.
    const Bytes content = signed_data.content.value_or(Bytes{});
    if (equal(crypto::digest(library, algorithm, content), signed_digest))
        return {};
    if (signed_data.raw_content &&
        equal(crypto::digest(library, algorithm, *signed_data.raw_content), signed_digest))
        return {};
    Error error = protocol_error(
        "content does not match its digest", kField, attribute->offset, "RFC 5652 section 5.6");
    error.code = Errc::Crypto;
    return fail(std::move(error));
}

}  // namespace

Status verify_signer(const crypto::Library& library,
                     const SignedData& signed_data,
                     const SignerInfo& signer,
                     const crypto::PublicKey& key) {
    if (signer.signed_attributes.empty())
        return fail(protocol_error("no signed attributes",
                                   "SignerInfo.signedAttrs",
                                   signer.offset,
                                   "RFC 8894 section 3.2"));
    SCEP_TRY(digest, message_digest_of(library, signer));
    SCEP_TRY(algorithm, crypto::signature_algorithm(signer.signature_algorithm, digest));
    if (algorithm.kind == crypto::SignatureKind::RsaPss && !library.admits(algorithm.mgf1))
        return fail(protocol_error("MGF1 digest is not admitted",
                                   "SignerInfo.signatureAlgorithm",
                                   signer.signature_algorithm.offset,
                                   "RFC 8894 section 2.9"));
    SCEP_CHECK(check_signature(library, signer, algorithm, key));
    SCEP_CHECK(check_content_type(signed_data, signer));
    return check_message_digest(library, signed_data, signer, digest);
}

}  // namespace scep::cms
