// Writing SignedData (RFC 5652 section 5) as canonical DER. The one liberty: certificates keep the
// order they are given in, for clients take the first for the leaf or the signer.
#include <cassert>

#include <fmt/format.h>

#include "core/asn1/writer.hpp"
#include "core/cms/signed_data.hpp"

namespace scep::cms {

namespace {

constexpr std::uint8_t kImplicitZero = 0xa0;  // [0] IMPLICIT of a constructed value
constexpr std::uint32_t kVersionPlain = 1;    // issuerAndSerialNumber, plain certificates, id-data
constexpr std::uint32_t kVersionKeyId = 3;    // subjectKeyIdentifier
constexpr std::size_t kFrameOctets = 512;     // what a SignedData needs beside its parts

template <class Value>
Buffer encode_attribute(const asn1::Oid& type, std::size_t size, Value value) {
    asn1::Writer out(size + 32);
    out.sequence([&] {
        out.oid(type);
        out.set([&] { value(out); });
    });
    return std::move(out).take();
}

// SET OF Attribute, sorted: the octets that are signed (RFC 5652 section 5.4).
Buffer signed_attributes(const SignedDataSpec& spec, Bytes content_digest) {
    std::vector<Buffer> encoded;
    encoded.reserve(spec.attributes.size() + 2);
    encoded.push_back(
        encode_attribute(oid::kContentType, 16, [](asn1::Writer& out) { out.oid(oid::kData); }));
    encoded.push_back(
        encode_attribute(oid::kMessageDigest, content_digest.size(), [&](asn1::Writer& out) {
            out.octet_string(content_digest);
        }));
    for (const AttributeSpec& attribute : spec.attributes)
        encoded.push_back(encode_attribute(attribute.type,
                                           attribute.value.size(),
                                           [&](asn1::Writer& out) { out.raw(attribute.value); }));
    asn1::Writer out(kFrameOctets);
    out.set_of(std::move(encoded));
    return std::move(out).take();
}

void write_list(asn1::Writer& out, std::uint32_t tag, const std::vector<Bytes>& values) {
    if (values.empty())
        return;
    out.constructed(asn1::context(tag), [&] {
        for (const Bytes value : values)
            out.raw(value);
    });
}

void write_signer_identifier(asn1::Writer& out, const SignedDataSpec& spec) {
    if (spec.key_identifier) {
        out.primitive(asn1::context(0), spec.signer->subject_key_identifier());
        return;
    }
    out.sequence([&] {
        out.raw(spec.signer->issuer_der());
        out.signed_integer(spec.signer->serial());
    });
}

void write_signer_info(asn1::Writer& out,
                       const SignedDataSpec& spec,
                       Bytes attributes,
                       Bytes signature) {
    out.sequence([&] {
        out.integer(spec.key_identifier ? kVersionKeyId : kVersionPlain);
        write_signer_identifier(out, spec);
        crypto::write_digest_algorithm(out, spec.algorithm.digest);
        out.raw(attributes);
        crypto::write_signature_algorithm(
            out, spec.algorithm, crypto::SignatureSpelling::SignerInfo);
        out.octet_string(signature);
    });
}

// ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT SignedData }
template <class Body>
void write_content_info(asn1::Writer& out, Body body) {
    out.sequence([&] {
        out.oid(oid::kSignedData);
        out.explicit_tag(0, [&] { out.sequence(body); });
    });
}

std::size_t total(const std::vector<Bytes>& values) noexcept {
    std::size_t sum = 0;
    for (const Bytes value : values)
        sum += value.size();
    return sum;
}

Status check_spec(const crypto::Library& library, const SignedDataSpec& spec) {
    if (!library.admits(spec.algorithm.digest))
        return fail(Errc::Crypto,
                    fmt::format("digest {} is not admitted", info(spec.algorithm.digest).name));
    if (spec.key_identifier && spec.signer->subject_key_identifier().empty())
        return fail(Errc::Crypto, "signer certificate has no subjectKeyIdentifier");
    return {};
}

}  // namespace

Result<Buffer> build_signed_data(const crypto::Library& library,
                                 const SignedDataSpec& spec,
                                 crypto::Signer& key) {
    assert(spec.signer != nullptr);
    SCEP_CHECK(check_spec(library, spec));
    const Bytes content = spec.content.value_or(Bytes{});
    Buffer attributes =
        signed_attributes(spec, crypto::digest(library, spec.algorithm.digest, content));
    SCEP_TRY(signature, key.sign(spec.algorithm, attributes));
    attributes.front() = kImplicitZero;

    asn1::Writer out(content.size() + total(spec.certificates) + attributes.size() +
                     signature.size() + kFrameOctets);
    write_content_info(out, [&] {
        out.integer(spec.key_identifier ? kVersionKeyId : kVersionPlain);
        out.set([&] { crypto::write_digest_algorithm(out, spec.algorithm.digest); });
        out.sequence([&] {
            out.oid(oid::kData);
            if (spec.content)
                out.explicit_tag(0, [&] { out.octet_string(*spec.content); });
        });
        write_list(out, 0, spec.certificates);
        out.set([&] { write_signer_info(out, spec, attributes, signature); });
    });
    return std::move(out).take();
}

Buffer build_certs_only(const std::vector<Bytes>& certificates, const std::vector<Bytes>& crls) {
    asn1::Writer out(total(certificates) + total(crls) + kFrameOctets);
    write_content_info(out, [&] {
        out.integer(kVersionPlain);
        out.set([] {});
        out.sequence([&] { out.oid(oid::kData); });
        write_list(out, 0, certificates);
        write_list(out, 1, crls);
        out.set([] {});
    });
    return std::move(out).take();
}

}  // namespace scep::cms
