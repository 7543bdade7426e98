#include "core/asn1/reader.hpp"

#include <array>

#include <fmt/format.h>

#include "core/asn1/element_error.hpp"
#include "core/asn1/header.hpp"

namespace scep::asn1 {

namespace {

// A header whose content is there as well.
std::string_view read_whole(Bytes in, Header& out) {
    if (const std::string_view wrong = read_header(in, out); !wrong.empty())
        return wrong;
    if (!out.indefinite && in.size() - out.size < out.length)
        return kCutShort;
    return {};
}

// Size of the content of an indefinite value, up to its end-of-contents. A definite value inside
// is stepped over whole, so a counter is all the state that nesting needs.
std::string_view measure_indefinite(Bytes in, std::size_t depth, std::size_t& size) {
    std::size_t at = 0;
    std::size_t open = 1;
    for (;;) {
        Header header;
        if (const std::string_view wrong = read_whole(in.subspan(at), header); !wrong.empty())
            return wrong == kCutShort ? "indefinite length without end-of-contents" : wrong;
        if (is_end_of_contents(header)) {
            if (header.size != 2 || header.length != 0)
                return "end-of-contents is not two zero octets";
            if (--open == 0) {
                size = at;
                return {};
            }
        }
        at += header.size + header.length;
        if (header.indefinite && depth + ++open > limits::kMaxDepth)
            return "values are nested too deep";
    }
}

}  // namespace

std::string tag_name(Tag tag) {
    constexpr std::array<std::string_view, 31> kUniversal{"end-of-contents",
                                                          "BOOLEAN",
                                                          "INTEGER",
                                                          "BIT STRING",
                                                          "OCTET STRING",
                                                          "NULL",
                                                          "OBJECT IDENTIFIER",
                                                          "ObjectDescriptor",
                                                          "EXTERNAL",
                                                          "REAL",
                                                          "ENUMERATED",
                                                          "EMBEDDED PDV",
                                                          "UTF8String",
                                                          "RELATIVE-OID",
                                                          "TIME",
                                                          "",
                                                          "SEQUENCE",
                                                          "SET",
                                                          "NumericString",
                                                          "PrintableString",
                                                          "TeletexString",
                                                          "VideotexString",
                                                          "IA5String",
                                                          "UTCTime",
                                                          "GeneralizedTime",
                                                          "GraphicString",
                                                          "VisibleString",
                                                          "GeneralString",
                                                          "UniversalString",
                                                          "CHARACTER STRING",
                                                          "BMPString"};
    switch (tag.tag_class) {
        case Class::Universal:
            if (tag.number < kUniversal.size() && !kUniversal.at(tag.number).empty())
                return std::string(kUniversal.at(tag.number));
            return fmt::format("[UNIVERSAL {}]", tag.number);
        case Class::Application:
            return fmt::format("[APPLICATION {}]", tag.number);
        case Class::Context:
            return fmt::format("[{}]", tag.number);
        case Class::Private:
            break;
    }
    return fmt::format("[PRIVATE {}]", tag.number);
}

Error Reader::error(std::string_view field, std::string what) const {
    return {.code = Errc::Der,
            .what = std::move(what),
            .where = {.offset = base_, .field = std::string(field)}};
}

bool Reader::next_is(Tag tag) const noexcept {
    Header header;
    return read_tag(in_, header).empty() && header.tag == tag;
}

Result<Element> Reader::parse(std::string_view field) const {
    if (in_.empty())
        return fail(error(field, "missing"));
    Header header;
    if (const std::string_view wrong = read_whole(in_, header); !wrong.empty())
        return fail(error(field, std::string(wrong)));
    if (is_end_of_contents(header))
        return fail(error(field, "end-of-contents where a value was expected"));
    if (rules_ == Rules::Der && (header.indefinite || !header.minimal))
        return fail(error(field,
                          header.indefinite
                              ? "indefinite length, want DER"
                              : "tag or length is not in its shortest form, want DER"));
    std::size_t length = header.length;
    std::size_t trailer = 0;
    if (header.indefinite) {
        if (const std::string_view wrong =
                measure_indefinite(in_.subspan(header.size), depth_, length);
            !wrong.empty())
            return fail(error(field, std::string(wrong)));
        trailer = 2;
    }
    return Element{.tag = header.tag,
                   .constructed = header.constructed,
                   .indefinite = header.indefinite,
                   .minimal = header.minimal,
                   .offset = base_,
                   .header_size = header.size,
                   .tlv = in_.first(header.size + length + trailer),
                   .content = in_.subspan(header.size, length)};
}

void Reader::advance(const Element& element) noexcept {
    in_ = in_.subspan(element.tlv.size());
    base_ += element.tlv.size();
}

Result<Element> Reader::next(std::string_view field) {
    Result<Element> element = parse(field);
    if (element)
        advance(*element);
    return element;
}

Result<Element> Reader::expect(Tag tag, std::string_view field) {
    Result<Element> element = parse(field);
    if (element && element->tag != tag)
        return fail(
            error(field, fmt::format("got {}, want {}", tag_name(element->tag), tag_name(tag))));
    if (element)
        advance(*element);
    return element;
}

Result<std::optional<Element>> Reader::optional(Tag tag, std::string_view field) {
    if (!next_is(tag))
        return std::optional<Element>{};
    SCEP_TRY(element, next(field));
    return std::optional<Element>{element};
}

Result<Reader> Reader::enter(const Element& element, std::string_view field) const {
    if (!element.constructed)
        return fail(
            error_at(element,
                     field,
                     fmt::format("primitive {}, want a constructed value", tag_name(element.tag))));
    if (depth_ + 1 > limits::kMaxDepth)
        return fail(error_at(element, field, "values are nested too deep"));
    return Reader(element.content, rules_, element.content_offset(), depth_ + 1);
}

Result<Reader> Reader::expect_into(Tag tag, std::string_view field) {
    SCEP_TRY(element, expect(tag, field));
    return enter(element, field);
}

Status Reader::finish(std::string_view field) const {
    if (in_.empty())
        return {};
    return fail(error(field, fmt::format("{} bytes left over", in_.size())));
}

}  // namespace scep::asn1
