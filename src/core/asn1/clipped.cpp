#include "core/asn1/clipped.hpp"

#include "core/asn1/header.hpp"

namespace scep::asn1 {

std::optional<Element> first_clipped(Bytes in, std::size_t base) {
    if (const Result<Element> whole = Reader(in, Rules::Ber, base).next({}))
        return *whole;
    Header header;
    if (!read_header(in, header).empty() || is_end_of_contents(header))
        return std::nullopt;
    return Element{.tag = header.tag,
                   .constructed = header.constructed,
                   .indefinite = header.indefinite,
                   .minimal = header.minimal,
                   .offset = base,
                   .header_size = header.size,
                   .tlv = in,
                   .content = in.subspan(header.size)};
}

std::optional<Element> ClippedReader::next() {
    std::optional<Element> out = first_clipped(in_, base_);
    if (out) {
        in_ = in_.subspan(out->tlv.size());
        base_ += out->tlv.size();
    }
    return out;
}

std::optional<Element> ClippedReader::take(Tag tag) {
    const std::optional<Element> ahead = first_clipped(in_, base_);
    return ahead && ahead->tag == tag ? next() : std::nullopt;
}

Bytes clipped_octets(const Element& element, Joined& joined) {
    if (!element.constructed)
        return element.content;
    Buffer& out = joined.emplace_back();
    ClippedReader pieces(element);
    for (std::size_t count = 0; count < limits::kMaxSegments; ++count) {
        const std::optional<Element> piece = pieces.next();
        if (!piece || piece->constructed)
            break;
        append(out, piece->content);
    }
    return out;
}

}  // namespace scep::asn1
