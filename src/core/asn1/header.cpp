#include "core/asn1/header.hpp"

namespace scep::asn1 {

namespace {

// Length octets (X.690 section 8.1.3).
std::string_view read_length(Bytes in, Header& out) noexcept {
    if (out.size >= in.size())
        return kCutShort;
    const std::uint8_t first = in[out.size++];
    if (first < 0x80) {
        out.length = first;
        return {};
    }
    if (first == 0x80) {
        out.indefinite = true;
        return out.constructed ? std::string_view{} : "indefinite length on a primitive value";
    }
    const std::size_t count = first & 0x7fU;
    if (count == 0x7f)
        return "reserved length octet 0xff";
    if (in.size() - out.size < count)
        return kCutShort;
    for (std::size_t i = 0; i < count; ++i) {
        if (out.length > (SIZE_MAX >> 8U))
            return "length is beyond any message";
        out.length = (out.length << 8U) | in[out.size++];
    }
    std::size_t shortest = 0;
    for (std::size_t rest = out.length; rest != 0; rest >>= 8U)
        ++shortest;
    out.minimal = out.minimal && out.length >= 0x80 && shortest == count;
    return {};
}

}  // namespace

// Tag octets (X.690 section 8.1.2). Returns what is wrong, or empty.
std::string_view read_tag(Bytes in, Header& out) noexcept {
    if (in.empty())
        return kCutShort;
    out.tag.tag_class = static_cast<Class>(in[0] >> 6U);
    out.constructed = (in[0] & 0x20U) != 0;
    out.tag.number = in[0] & 0x1fU;
    out.size = 1;
    if (out.tag.number != 0x1f)
        return {};
    out.tag.number = 0;
    for (;;) {
        if (out.size >= in.size())
            return kCutShort;
        const std::uint8_t octet = in[out.size];
        if (out.tag.number > (UINT32_MAX >> 7U))
            return "tag number is too large";
        if (out.size == 1 && octet == 0x80)
            out.minimal = false;
        out.tag.number = (out.tag.number << 7U) | (octet & 0x7fU);
        ++out.size;
        if ((octet & 0x80U) == 0)
            break;
    }
    out.minimal = out.minimal && out.tag.number >= 0x1f;
    return {};
}

std::string_view read_header(Bytes in, Header& out) noexcept {
    const std::string_view wrong = read_tag(in, out);
    return wrong.empty() ? read_length(in, out) : wrong;
}

}  // namespace scep::asn1
