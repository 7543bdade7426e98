// Values of elements: the second half of reader.hpp, with text.cpp.
#include <fmt/format.h>

#include "core/asn1/element_error.hpp"
#include "core/asn1/reader.hpp"

namespace scep::asn1 {

namespace {

Status want_primitive(const Element& element, std::string_view field) {
    if (element.constructed)
        return fail(
            error_at(element,
                     field,
                     fmt::format("constructed {}, want a primitive value", tag_name(element.tag))));
    return {};
}

Status want(const Element& element, Tag tag, std::string_view field) {
    if (element.tag != tag && element.tag.tag_class == Class::Universal)
        return fail(error_at(
            element, field, fmt::format("got {}, want {}", tag_name(element.tag), tag_name(tag))));
    return want_primitive(element, field);
}

Status join(Reader in, std::string_view field, Buffer& out, std::size_t& segments) {
    while (!in.at_end()) {
        SCEP_TRY(piece, in.expect(kOctetString, field));
        if (++segments > limits::kMaxSegments)
            return fail(error_at(piece, field, "string has too many segments"));
        if (!piece.constructed) {
            append(out, piece.content);
            continue;
        }
        SCEP_TRY(inner, in.enter(piece, field));
        SCEP_CHECK(join(inner, field, out, segments));
    }
    return {};
}

}  // namespace

Result<Bytes> octets(const Element& element, Joined& joined, std::string_view field) {
    if (element.tag.tag_class == Class::Universal && element.tag != kOctetString)
        return fail(error_at(
            element, field, fmt::format("got {}, want OCTET STRING", tag_name(element.tag))));
    if (!element.constructed)
        return element.content;
    Buffer whole;
    whole.reserve(element.content.size());
    std::size_t segments = 0;
    SCEP_CHECK(join(
        Reader(element.content, Rules::Ber, element.content_offset()), field, whole, segments));
    joined.push_back(std::move(whole));
    return Bytes(joined.back());
}

Result<Oid> object_identifier(const Element& element, std::string_view field) {
    SCEP_CHECK(want(element, kObjectIdentifier, field));
    Result<Oid> oid = Oid::from_content(element.content);
    if (!oid) {
        oid.error().where.offset = element.offset;
        oid.error().where.field = field;
    }
    return oid;
}

Result<Bytes> integer(const Element& element, std::string_view field) {
    SCEP_CHECK(want(element, kInteger, field));
    if (element.content.empty())
        return fail(error_at(element, field, "empty INTEGER"));
    return element.content;
}

Result<std::uint32_t> small_integer(const Element& element, std::string_view field) {
    SCEP_TRY(magnitude, unsigned_integer(element, field));
    if (magnitude.size() > sizeof(std::uint32_t))
        return fail(error_at(element, field, "INTEGER is too large"));
    std::uint32_t value = 0;
    for (const std::uint8_t octet : magnitude)
        value = (value << 8U) | octet;
    return value;
}

Result<Bytes> unsigned_integer(const Element& element, std::string_view field) {
    SCEP_TRY(content, integer(element, field));
    if ((content[0] & 0x80U) != 0)
        return fail(error_at(element, field, "negative INTEGER"));
    Bytes magnitude = content;
    while (!magnitude.empty() && magnitude.front() == 0)
        magnitude = magnitude.subspan(1);
    return magnitude;
}

Result<bool> boolean(const Element& element, std::string_view field) {
    SCEP_CHECK(want(element, kBoolean, field));
    if (element.content.size() != 1)
        return fail(error_at(element, field, "BOOLEAN is not one octet"));
    return element.content[0] != 0;
}

bool BitString::bit(std::size_t index) const noexcept {
    const std::size_t octet = index / 8;
    if (octet >= octets.size() || index >= octets.size() * 8 - unused_bits)
        return false;
    return (octets[octet] & (0x80U >> (index % 8))) != 0;
}

Result<BitString> bit_string(const Element& element, std::string_view field) {
    SCEP_CHECK(want(element, kBitString, field));
    if (element.content.empty() || element.content[0] > 7 ||
        (element.content.size() == 1 && element.content[0] != 0))
        return fail(error_at(element, field, "malformed BIT STRING"));
    return BitString{element.content.subspan(1), element.content[0]};
}

Result<Bytes> bit_string_octets(const Element& element, std::string_view field) {
    SCEP_TRY(bits, bit_string(element, field));
    if (bits.unused_bits != 0)
        return fail(error_at(element, field, "BIT STRING is not whole octets"));
    return bits.octets;
}

Result<AlgorithmIdentifier> algorithm_identifier(Reader& in, std::string_view field) {
    SCEP_TRY(element, in.expect(kSequence, field));
    return algorithm_identifier(element, field);
}

Result<AlgorithmIdentifier> algorithm_identifier(const Element& element, std::string_view field) {
    if (!element.constructed)
        return fail(error_at(element, field, "primitive value, want an AlgorithmIdentifier"));
    Reader in(element.content, Rules::Ber, element.content_offset());
    AlgorithmIdentifier out{.offset = element.offset};
    SCEP_TRY(oid, in.expect(kObjectIdentifier, field));
    SCEP_TRY(algorithm, object_identifier(oid, field));
    out.algorithm = algorithm;
    if (!in.at_end()) {
        SCEP_TRY(parameters, in.next(field));
        out.parameters = parameters;
    }
    SCEP_CHECK(in.finish(field));
    return out;
}

bool parameters_empty(const AlgorithmIdentifier& algorithm) noexcept {
    return !algorithm.parameters ||
           (algorithm.parameters->tag == kNull && algorithm.parameters->content.empty());
}

}  // namespace scep::asn1
