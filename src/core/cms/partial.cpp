#include "core/cms/partial.hpp"

#include "core/asn1/clipped.hpp"
#include "core/cms/recipient_info.hpp"

namespace scep::cms {

namespace {

using asn1::ClippedReader;
using asn1::Element;

// Its own length goes beyond what is there.
bool is_cut(const Element& element) {
    const auto whole = asn1::Reader(element.tlv).next({});
    return !whole;
}

std::optional<asn1::Oid> take_oid(ClippedReader& in) {
    const std::optional<Element> element = in.take(asn1::kObjectIdentifier);
    if (!element)
        return std::nullopt;
    const Result<asn1::Oid> oid = asn1::object_identifier(*element, {});
    return oid ? std::optional(*oid) : std::nullopt;
}

std::uint32_t take_version(ClippedReader& in) {
    const std::optional<Element> element = in.take(asn1::kInteger);
    return element ? asn1::small_integer(*element, {}).value_or(0) : 0;
}

bool take_algorithm(ClippedReader& in, asn1::AlgorithmIdentifier& out) {
    const std::optional<Element> element = in.take(asn1::kSequence);
    const auto algorithm = element ? asn1::algorithm_identifier(*element, {})
                                   : Result<asn1::AlgorithmIdentifier>(fail(Errc::Der, {}));
    if (algorithm)
        out = *algorithm;
    return algorithm.has_value();
}

// Inside the SEQUENCE that a ContentInfo of this type holds.
std::optional<ClippedReader> enter(Bytes message, std::size_t base, const asn1::Oid& type) {
    const std::optional<Element> info = asn1::first_clipped(message, base);
    if (!info || info->tag != asn1::kSequence)
        return std::nullopt;
    ClippedReader in(*info);
    if (take_oid(in) != type)
        return std::nullopt;
    const std::optional<Element> wrapper = in.take(asn1::context(0));
    if (!wrapper)
        return std::nullopt;
    const std::optional<Element> body =
        asn1::first_clipped(wrapper->content, wrapper->content_offset());
    return body && body->tag == asn1::kSequence ? std::optional(ClippedReader(*body))
                                                : std::nullopt;
}

void read_digest_algorithms(ClippedReader& in, SignedData& out) {
    const std::optional<Element> set = in.take(asn1::kSet);
    if (!set)
        return;
    ClippedReader inside(*set);
    asn1::AlgorithmIdentifier algorithm;
    while (out.digest_algorithms.size() < limits::kMaxDigestAlgorithms &&
           take_algorithm(inside, algorithm))
        out.digest_algorithms.push_back(algorithm);
}

void read_content(ClippedReader& in, Partial<SignedData>& out) {
    const std::optional<Element> info = in.take(asn1::kSequence);
    if (!info)
        return;
    ClippedReader inside(*info);
    if (const auto type = take_oid(inside))
        out.data.content_type = *type;
    const std::optional<Element> wrapper = inside.take(asn1::context(0));
    const std::optional<Element> content =
        wrapper ? asn1::first_clipped(wrapper->content, wrapper->content_offset()) : std::nullopt;
    if (!content)
        return;
    out.content_cut = is_cut(*content);
    const bool octets = content->tag == asn1::kOctetString;
    out.data.content = octets ? asn1::clipped_octets(*content, out.data.joined) : content->tlv;
    out.data.content_offset = octets ? content->content_offset() : content->offset;
    if (!octets)
        out.data.raw_content = content->content;
}

void read_certificates(ClippedReader& in, SignedData& out) {
    if (const auto set = in.take(asn1::context(0))) {
        ClippedReader inside(*set);
        while (const auto element = inside.next()) {
            if (out.certificates.size() == limits::kMaxCertificates || is_cut(*element))
                break;
            if (element->tag != asn1::kSequence)
                continue;
            out.certificates.push_back(element->tlv);
            out.certificate_offsets.push_back(element->offset);
        }
    }
    if (const auto set = in.take(asn1::context(1))) {
        ClippedReader inside(*set);
        while (const auto element = inside.next())
            if (out.crls.size() < limits::kMaxCrls && element->tag == asn1::kSequence)
                out.crls.push_back(element->tlv);
    }
}

void read_attribute(const Element& element, std::vector<Attribute>& out) {
    ClippedReader inside(element);
    Attribute attribute{.offset = element.offset};
    const std::optional<asn1::Oid> type = take_oid(inside);
    const std::optional<Element> values = inside.take(asn1::kSet);
    if (!type || !values)
        return;
    attribute.type = *type;
    ClippedReader each(*values);
    while (const auto value = each.next()) {
        if (attribute.values.size() == limits::kMaxAttributes || is_cut(*value))
            break;
        attribute.values.push_back(*value);
    }
    out.push_back(std::move(attribute));
}

void read_signed_attributes(ClippedReader& in, SignerInfo& out) {
    const std::optional<Element> set = in.take(asn1::context(0));
    if (!set)
        return;
    if (!is_cut(*set))
        out.signed_attributes = set->tlv;
    ClippedReader inside(*set);
    while (const auto element = inside.next()) {
        if (out.attributes.size() == limits::kMaxAttributes)
            break;
        read_attribute(*element, out.attributes);
    }
}

std::optional<Identifier> take_identifier(ClippedReader& in, asn1::Joined& joined) {
    const std::optional<Element> element = in.next();
    if (!element)
        return std::nullopt;
    asn1::Reader strict(element->tlv, asn1::Rules::Ber, element->offset);
    const Result<Identifier> read = read_identifier(strict, joined, {});
    return read ? std::optional(*read) : std::nullopt;
}

SignerInfo read_signer(const Element& element, asn1::Joined& joined) {
    SignerInfo out{.offset = element.offset};
    ClippedReader in(element);
    out.version = take_version(in);
    if (auto sid = take_identifier(in, joined))
        out.sid = *sid;
    take_algorithm(in, out.digest_algorithm);
    read_signed_attributes(in, out);
    take_algorithm(in, out.signature_algorithm);
    const std::optional<Element> signature = in.take(asn1::kOctetString);
    if (signature && !is_cut(*signature))
        out.signature = asn1::clipped_octets(*signature, joined);
    return out;
}

void read_signers(ClippedReader& in, SignedData& out) {
    const std::optional<Element> set = in.take(asn1::kSet);
    if (!set)
        return;
    ClippedReader inside(*set);
    while (const auto element = inside.take(asn1::kSequence)) {
        if (out.signer_infos.size() == limits::kMaxSignerInfos)
            break;
        out.signer_infos.push_back(read_signer(*element, out.joined));
    }
}

void read_recipient_infos(ClippedReader& in, EnvelopedData& out) {
    const std::optional<Element> set = in.take(asn1::kSet);
    if (!set)
        return;
    asn1::Reader strict(set->tlv, asn1::Rules::Ber, set->offset);
    if (auto recipients = read_recipients(strict, out.joined))
        out.recipients = *std::move(recipients);
}

void read_encrypted_content(ClippedReader& in, Partial<EnvelopedData>& out) {
    const std::optional<Element> info = in.take(asn1::kSequence);
    if (!info)
        return;
    ClippedReader inside(*info);
    if (const auto type = take_oid(inside))
        out.data.content_type = *type;
    take_algorithm(inside, out.data.content_encryption);
    const auto& parameters = out.data.content_encryption.parameters;
    if (parameters && parameters->tag == asn1::kOctetString)
        out.data.iv = asn1::clipped_octets(*parameters, out.data.joined);
    const std::optional<Element> content = inside.take(asn1::context(0));
    if (!content)
        return;
    out.content_cut = is_cut(*content);
    out.data.content_offset = content->content_offset();
    out.data.encrypted_content = asn1::clipped_octets(*content, out.data.joined);
}

}  // namespace

Partial<SignedData> read_signed_data(Bytes message, std::size_t base_offset) {
    Result<SignedData> strict = parse_signed_data(message, base_offset);
    if (strict)
        return {.data = *std::move(strict)};
    Partial<SignedData> out{.refusal = std::move(strict).error()};
    std::optional<ClippedReader> in = enter(message, base_offset, oid::kSignedData);
    if (!in)
        return out;
    out.data.version = take_version(*in);
    read_digest_algorithms(*in, out.data);
    read_content(*in, out);
    read_certificates(*in, out.data);
    read_signers(*in, out.data);
    return out;
}

Partial<EnvelopedData> read_enveloped_data(Bytes message, std::size_t base_offset) {
    Result<EnvelopedData> strict = parse_enveloped_data(message, base_offset);
    if (strict)
        return {.data = *std::move(strict)};
    Partial<EnvelopedData> out{.refusal = std::move(strict).error()};
    std::optional<ClippedReader> in = enter(message, base_offset, oid::kEnvelopedData);
    if (!in)
        return out;
    out.data.version = take_version(*in);
    in->take(asn1::context(0));
    read_recipient_infos(*in, out.data);
    read_encrypted_content(*in, out);
    return out;
}

std::optional<asn1::Oid> content_type_of(Bytes message) {
    const std::optional<Element> info = asn1::first_clipped(message, 0);
    if (!info || info->tag != asn1::kSequence)
        return std::nullopt;
    ClippedReader in(*info);
    return take_oid(in);
}

}  // namespace scep::cms
