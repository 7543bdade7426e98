#include "core/capture/text_codec.hpp"

namespace scep::capture {

std::optional<Buffer> octets_of_utf8(std::string_view text) {
    Buffer out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = static_cast<std::uint8_t>(text[i]);
        if (octet < 0x80U) {
            out.push_back(octet);
            continue;
        }
        if ((octet != 0xc2U && octet != 0xc3U) || i + 1 == text.size())
            return std::nullopt;
        const auto next = static_cast<std::uint8_t>(text[++i]);
        if ((next & 0xc0U) != 0x80U)
            return std::nullopt;
        out.push_back(static_cast<std::uint8_t>(((octet & 3U) << 6U) | (next & 0x3fU)));
    }
    return out;
}

}  // namespace scep::capture
