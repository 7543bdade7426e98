#include "core/x509/name.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/encoding.hpp"

namespace scep::x509 {

namespace {

using asn1::Element;
using asn1::Reader;

constexpr std::string_view kCite = "RFC 5280 section 4.1.2.4";

// BER may cut a string into pieces: they are joined under the string's own tag.
Result<std::string> string_value(const Element& value, std::string_view field) {
    if (!value.constructed)
        return asn1::text(value, field);
    asn1::Joined joined;
    Element pieces = value;
    pieces.tag = asn1::context(value.tag.number);
    SCEP_TRY(content, asn1::octets(pieces, joined, field));
    Element whole = value;
    whole.constructed = false;
    whole.content = content;
    return asn1::text(whole, field);
}

Error too_long(const Element& value, std::string_view field, std::size_t size) {
    return {.code = Errc::Der,
            .what = fmt::format(
                "attribute value has {} octets, the limit is {}", size, limits::kMaxStringOctets),
            .where = {.offset = value.offset, .field = std::string(field)}};
}

// AttributeTypeAndValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY }
Result<NameAttribute> parse_attribute(Reader& rdn, std::string_view field, std::size_t index) {
    SCEP_TRY(in, rdn.expect_into(asn1::kSequence, field));
    SCEP_TRY(type_element, in.expect(asn1::kObjectIdentifier, field));
    SCEP_TRY(type, asn1::object_identifier(type_element, field));
    SCEP_TRY(value, in.next(field));
    SCEP_CHECK(in.finish(field));
    NameAttribute out{.type = type, .string_type = value.tag, .rdn = index};
    if (!asn1::is_text(value.tag)) {
        if (value.content.size() > limits::kMaxStringOctets)
            return fail(too_long(value, field, value.content.size()));
        out.value = "#" + to_hex(value.tlv);
        return out;
    }
    SCEP_TRY(text, string_value(value, field));
    // T61String and BMPString grow in UTF-8, and canonical() writes what must be read again.
    if (text.size() > limits::kMaxStringOctets)
        return fail(too_long(value, field, text.size()));
    out.value = std::move(text);
    return out;
}

Error too_many(std::string_view field, std::size_t offset) {
    return {.code = Errc::Der,
            .what = fmt::format("name has more than {} components", limits::kMaxNameComponents),
            .where = {.offset = offset, .field = std::string(field)}};
}

// True when every octet is as DER wants it: lengths, primitive strings, sorted SETs.
bool is_der(Bytes tlv) {
    Reader in(tlv, asn1::Rules::Der);
    Result<Reader> rdns = in.expect_into(asn1::kSequence, "name");
    while (rdns && !rdns->at_end()) {
        Result<Reader> rdn = rdns->expect_into(asn1::kSet, "name");
        Bytes before;
        while (rdn && !rdn->at_end()) {
            Result<Element> attribute = rdn->next("name");
            if (!attribute || std::ranges::lexicographical_compare(attribute->tlv, before))
                return false;
            before = attribute->tlv;
            Reader parts(attribute->content, asn1::Rules::Der);
            const Result<Element> type = parts.next("name");
            const Result<Element> value = parts.next("name");
            if (!type || !value || (asn1::is_text(value->tag) && value->constructed))
                return false;
        }
        if (!rdn)
            return false;
    }
    return rdns.has_value();
}

bool is_ascii(std::string_view text) noexcept {
    return std::ranges::all_of(as_bytes(text), [](std::uint8_t c) { return c < 0x80; });
}

// The type of a value in a certificate: as it came where strict parsers read it, and the value
// holds nothing that the type cannot. UTF8String and IA5String were checked on reading.
asn1::Tag canonical_string_type(const NameAttribute& attribute) noexcept {
    const asn1::Tag came = attribute.string_type;
    const bool keep =
        !asn1::is_text(came) || came == asn1::kUtf8String || came == asn1::kIa5String ||
        (came == asn1::kPrintableString && asn1::is_printable_string(attribute.value)) ||
        (came == asn1::kNumericString &&
         attribute.value.find_first_not_of("0123456789 ") == std::string::npos);
    if (keep)
        return came;
    const asn1::Tag usual = attribute_string_type(attribute.type, attribute.value);
    return usual == asn1::kIa5String && !is_ascii(attribute.value) ? asn1::kUtf8String : usual;
}

void write_attribute(asn1::Writer& out, const NameAttribute& attribute) {
    out.sequence([&] {
        out.oid(attribute.type);
        if (asn1::is_text(attribute.string_type))
            out.string(attribute.string_type, attribute.value);
        else
            out.raw(from_hex(attribute.value.substr(1)).value_or(Buffer{0x05, 0x00}));
    });
}

// Case folded and blanks collapsed: caseIgnoreMatch of RFC 4518 for what names really hold.
void append_normalised(std::string& out, std::string_view value) {
    bool blank = false;
    bool any = false;
    for (const char c : value) {
        if (c == ' ') {
            blank = true;
            continue;
        }
        if (blank && any)
            out += ' ';
        blank = false;
        any = true;
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
}

// Type, value and the value's length, so that no two attributes run into each other.
std::string attribute_key(const NameAttribute& attribute) {
    std::string value;
    append_normalised(value, attribute.value);
    const std::string_view type = as_text(attribute.type.content());
    std::string out;
    out.reserve(type.size() + value.size() + 4);
    out += static_cast<char>(type.size());
    out += type;
    out += static_cast<char>(value.size() >> 8U);
    out += static_cast<char>(value.size() & 0xffU);
    out += value;
    return out;
}

// Calls `each` with the attributes of one RelativeDistinguishedName after the other.
template <class Each>
void for_each_rdn(const std::vector<NameAttribute>& attributes, Each&& each) {
    for (auto first = attributes.begin(); first != attributes.end();) {
        const auto last = std::find_if(
            first, attributes.end(), [&](const NameAttribute& a) { return a.rdn != first->rdn; });
        each(std::span(first, last));
        first = last;
    }
}

}  // namespace

// Name ::= SEQUENCE OF SET SIZE (1..MAX) OF AttributeTypeAndValue
Result<Name> Name::parse(Bytes tlv, std::string_view field, std::size_t base_offset) {
    Reader in(tlv, asn1::Rules::Ber, base_offset);
    SCEP_TRY(rdns, in.expect_into(asn1::kSequence, field));
    SCEP_CHECK(in.finish(field));
    Name out;
    out.der_ = to_buffer(tlv);
    for (std::size_t index = 0; !rdns.at_end(); ++index) {
        const std::size_t offset = rdns.offset();
        SCEP_TRY(rdn, rdns.expect_into(asn1::kSet, field));
        if (rdn.at_end())
            return fail({.code = Errc::Der,
                         .what = "empty RelativeDistinguishedName",
                         .where = {.offset = offset, .field = std::string(field)},
                         .cite = std::string(kCite)});
        while (!rdn.at_end()) {
            if (out.attributes_.size() == limits::kMaxNameComponents)
                return fail(too_many(field, rdn.offset()));
            SCEP_TRY(attribute, parse_attribute(rdn, field, index));
            out.attributes_.push_back(std::move(attribute));
        }
    }
    return out;
}

Name Name::from_attributes(std::vector<NameAttribute> attributes) {
    asn1::Writer out;
    out.sequence([&] {
        for_each_rdn(attributes, [&](std::span<const NameAttribute> rdn) {
            std::vector<Buffer> encoded;
            for (const NameAttribute& attribute : rdn) {
                asn1::Writer one;
                write_attribute(one, attribute);
                encoded.push_back(std::move(one).take());
            }
            out.set_of(std::move(encoded));
        });
    });
    Name name;
    name.der_ = std::move(out).take();
    name.attributes_ = std::move(attributes);
    return name;
}

Name Name::canonical() const {
    std::vector<NameAttribute> attributes = attributes_;
    bool changed = false;
    for (NameAttribute& attribute : attributes) {
        const asn1::Tag type = canonical_string_type(attribute);
        changed = changed || type != attribute.string_type;
        attribute.string_type = type;
    }
    if (!changed && is_der(der_))
        return *this;
    return from_attributes(std::move(attributes));
}

std::vector<std::string> Name::values(const asn1::Oid& type) const {
    std::vector<std::string> out;
    for (const NameAttribute& attribute : attributes_)
        if (attribute.type == type)
            out.push_back(attribute.value);
    return out;
}

std::string Name::match_key() const {
    std::string out;
    for_each_rdn(attributes_, [&](std::span<const NameAttribute> rdn) {
        std::vector<std::string> keys;
        for (const NameAttribute& attribute : rdn)
            keys.push_back(attribute_key(attribute));
        std::ranges::sort(keys);
        out += static_cast<char>(keys.size());
        for (const std::string& key : keys)
            out += key;
    });
    return out;
}

bool Name::matches(const Name& other) const {
    return der_ == other.der_ || match_key() == other.match_key();
}

}  // namespace scep::x509
