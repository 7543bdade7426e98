#include "core/cms/content_info.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace scep::cms {

namespace {

// Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF AttributeValue }
Result<Attribute> read_attribute(asn1::Reader& in, std::string_view field) {
    SCEP_TRY(element, in.expect(asn1::kSequence, field));
    SCEP_TRY(body, in.enter(element, field));
    Attribute out{.offset = element.offset};
    SCEP_TRY(type, read_oid(body, field));
    out.type = type;
    SCEP_TRY(values, body.expect_into(asn1::kSet, field));
    SCEP_CHECK(body.finish(field));
    SCEP_TRY(value, values.next(field));
    out.values.push_back(value);
    if (!values.at_end())
        return fail(protocol_error(fmt::format("attribute {} has several values", name(type)),
                                   field,
                                   element.offset,
                                   "RFC 8894 section 3.2.1"));
    return out;
}

}  // namespace

Error protocol_error(std::string what,
                     std::string_view field,
                     std::size_t offset,
                     std::string_view cite) {
    return {.code = Errc::Protocol,
            .what = std::move(what),
            .where = {.offset = offset, .field = std::string(field)},
            .cite = std::string(cite)};
}

Result<asn1::Reader> enter_content_info(Bytes message,
                                        std::size_t base_offset,
                                        const asn1::Oid& type,
                                        std::string_view field) {
    asn1::Reader outer(message, asn1::Rules::Ber, base_offset);
    // ContentInfo ::= SEQUENCE {
    SCEP_TRY(info, outer.expect_into(asn1::kSequence, "ContentInfo"));
    SCEP_CHECK(outer.finish("ContentInfo"));
    // contentType ContentType,
    SCEP_TRY(found, read_oid(info, "ContentInfo.contentType"));
    if (found != type)
        return fail(protocol_error(
            fmt::format("content type is {}, want {}", asn1::name(found), asn1::name(type)),
            "ContentInfo.contentType",
            base_offset,
            "RFC 8894 section 3.1"));
    // content [0] EXPLICIT ANY DEFINED BY contentType }
    SCEP_TRY(content, info.expect_into(asn1::context(0), "ContentInfo.content"));
    SCEP_CHECK(info.finish("ContentInfo"));
    SCEP_TRY(body, content.expect_into(asn1::kSequence, field));
    SCEP_CHECK(content.finish("ContentInfo.content"));
    return body;
}

Result<std::uint32_t> read_version(asn1::Reader& in, std::string_view field) {
    SCEP_TRY(element, in.expect(asn1::kInteger, field));
    return asn1::small_integer(element, field);
}

Result<asn1::Oid> read_oid(asn1::Reader& in, std::string_view field) {
    SCEP_TRY(element, in.expect(asn1::kObjectIdentifier, field));
    return asn1::object_identifier(element, field);
}

Result<std::vector<Attribute>> read_attributes(const asn1::Reader& in,
                                               const asn1::Element& set,
                                               std::string_view field) {
    SCEP_TRY(inside, in.enter(set, field));
    std::vector<Attribute> out;
    while (!inside.at_end()) {
        if (out.size() == limits::kMaxAttributes)
            return fail(protocol_error("more attributes than this program takes",
                                       field,
                                       inside.offset(),
                                       "RFC 5652 section 5.3"));
        SCEP_TRY(attribute, read_attribute(inside, field));
        if (std::ranges::find(out, attribute.type, &Attribute::type) != out.end())
            return fail(protocol_error(fmt::format("attribute {} twice", name(attribute.type)),
                                       field,
                                       attribute.offset,
                                       "RFC 5652 section 5.3"));
        out.push_back(std::move(attribute));
    }
    return out;
}

}  // namespace scep::cms
