#include "core/inspect/extract.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/asn1/header.hpp"
#include "core/asn1/oid.hpp"
#include "core/asn1/pem.hpp"
#include "core/asn1/writer.hpp"
#include "core/cms/signed_data.hpp"
#include "core/inspect/tree.hpp"
#include "core/x509/request.hpp"

namespace scep::inspect {

namespace {

constexpr std::string_view kEncrypted =
    "it is encrypted: give the recipient's key and certificate with --key and --cert";

Error absent(std::string what, std::string_view hint = {}) {
    return {.code = Errc::Protocol, .what = std::move(what), .hint = std::string(hint)};
}

bool holds_secret(const Node& node) noexcept {
    return node.secret || std::ranges::any_of(node.children, holds_secret);
}

// Whether a challenge may be in it: a CSR that was damaged hides what it has.
bool may_hold_challenge(Bytes request) {
    const Tree tree = annotate(request, Shape::CertificationRequest);
    return tree.stop || holds_secret(tree.root) || !x509::CertificationRequest::parse(request);
}

Extracted formed(Form form, std::string_view label, Bytes octets) {
    if (form == Form::Der)
        return {.octets = to_secret(octets)};
    return {.octets = to_secret(asn1::to_pem(label, octets)), .binary = false};
}

// The first value of the octets; what is left over behind it belongs to no layer.
Result<Bytes> one_value(Bytes octets) {
    asn1::Reader in(octets);
    SCEP_TRY(value, in.next("message"));
    return value.tlv;
}

// Also where the message is cut short: then it is the layer's parser that says so.
bool is_content(Bytes octets, const asn1::Oid& type) {
    asn1::Header outer;
    asn1::Header oid;
    if (shape_of(octets) != Shape::ContentInfo || !asn1::read_header(octets, outer).empty())
        return false;
    const Bytes inner = octets.subspan(outer.size);
    return asn1::read_header(inner, oid).empty() && inner.size() - oid.size >= oid.length &&
           equal(inner.subspan(oid.size, oid.length), type.content());
}

Result<Extracted> csr(Form form, Bytes message, Bytes content) {
    for (const Bytes octets : {content, message}) {
        if (shape_of(octets) != Shape::CertificationRequest)
            continue;
        SCEP_TRY(request, one_value(octets));
        Extracted out = formed(form, "CERTIFICATE REQUEST", request);
        out.secret = may_hold_challenge(request);
        return out;
    }
    return fail(content.empty() ? absent("no CSR in sight", kEncrypted)
                                : absent("the message holds no CSR"));
}

Result<Extracted> envelope(Form form, Bytes message) {
    if (is_content(message, oid::kEnvelopedData)) {
        SCEP_TRY(whole, one_value(message));
        return formed(form, "CMS", whole);
    }
    SCEP_TRY(signed_data, cms::parse_signed_data(message));
    if (!signed_data.content || signed_data.content->empty())
        return fail(absent("the message has no content, and so no envelope"));
    if (!is_content(*signed_data.content, oid::kEnvelopedData))
        return fail(absent("the content of the message is no EnvelopedData"));
    return formed(form, "CMS", *signed_data.content);
}

Result<const cms::SignerInfo*> first_signer(const cms::SignedData& signed_data) {
    if (signed_data.signer_infos.empty())
        return fail(absent("the message has no signer: it is certs-only"));
    return &signed_data.signer_infos.front();
}

Result<Extracted> signer(Form form, Bytes message) {
    SCEP_TRY(signed_data, cms::parse_signed_data(message));
    SCEP_TRY(info, first_signer(signed_data));
    SCEP_TRY(certificate, cms::enclosed_certificate(signed_data, *info));
    if (!certificate)
        return fail(absent("the message does not enclose its signer's certificate: " +
                           cms::to_text(info->sid)));
    return formed(form, "CERTIFICATE", certificate->der());
}

Result<Extracted> certificates(Form form, Bytes message, Bytes content) {
    std::vector<Buffer> found;
    for (const Bytes octets : {content, message}) {
        if (shape_of(octets) == Shape::Certificate) {
            SCEP_TRY(certificate, one_value(octets));
            found.push_back(to_buffer(certificate));
        } else if (is_content(octets, oid::kSignedData)) {
            SCEP_TRY(signed_data, cms::parse_signed_data(octets));
            for (const Bytes certificate : signed_data.certificates)
                found.push_back(to_buffer(certificate));
        }
    }
    if (found.empty())
        return fail(absent("the message holds no certificates"));
    if (form == Form::Der && found.size() != 1)
        return fail(
            Error{.code = Errc::Usage,
                  .what = fmt::format("{} certificates do not fit one DER file", found.size()),
                  .hint = "take them as PEM"});
    if (form == Form::Der)
        return formed(form, {}, found.front());
    std::string pem;
    for (const Buffer& certificate : found)
        pem += asn1::to_pem("CERTIFICATE", certificate);
    return Extracted{.octets = to_secret(pem), .binary = false};
}

// RFC 5652 section 5.4: the signature covers the attributes under the tag of a SET.
Result<Extracted> attributes(Form form, Bytes message) {
    if (form == Form::Pem)
        return fail(Error{.code = Errc::Usage,
                          .what = "attributes have no PEM form",
                          .hint = "take them as DER"});
    SCEP_TRY(signed_data, cms::parse_signed_data(message));
    SCEP_TRY(info, first_signer(signed_data));
    if (info->signed_attributes.empty())
        return fail(absent("the signer has no signed attributes"));
    asn1::Reader in(info->signed_attributes);
    SCEP_TRY(received, in.next("signedAttrs"));
    SCEP_TRY(items, in.enter(received, "signedAttrs"));
    std::vector<Buffer> encodings;
    while (!items.at_end()) {
        SCEP_TRY(item, items.next("signedAttrs"));
        encodings.push_back(to_buffer(item.tlv));
    }
    asn1::Writer out(info->signed_attributes.size() + 2);
    out.constructed(asn1::kSet, [&] {  // in their order: it is what was signed
        for (const Buffer& encoding : encodings)
            out.raw(encoding);
    });
    Extracted result = formed(form, {}, out.bytes());
    result.secret = info->attribute(oid::kChallengePassword) != nullptr;
    return result;
}

}  // namespace

std::optional<Layer> layer_from(std::string_view name) noexcept {
    const auto* found = std::ranges::find(kLayerNames, name);
    if (found == kLayerNames.end())
        return std::nullopt;
    return static_cast<Layer>(found - kLayerNames.begin());
}

Result<Extracted> extract(Layer layer, Form form, Bytes message, Bytes content) {
    switch (layer) {
        case Layer::Csr:
            return csr(form, message, content);
        case Layer::Envelope:
            return envelope(form, message);
        case Layer::Signer:
            return signer(form, message);
        case Layer::Certs:
            return certificates(form, message, content);
        case Layer::Attrs:
            break;
    }
    return attributes(form, message);
}

}  // namespace scep::inspect
