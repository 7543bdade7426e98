#include "core/base/escape.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace scep {

namespace {

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t length = 0;  // octets; 0 = not UTF-8
};

std::size_t expected_length(std::uint8_t lead) noexcept {
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return 3;
    return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

CodePoint decode(std::string_view text) noexcept {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const std::size_t length = expected_length(lead);
    if (length == 1)
        return {lead, 1};
    if (length == 0 || length > text.size())
        return {};
    std::uint32_t value = lead & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<std::uint8_t>(text[i]);
        if ((next & 0xc0U) != 0x80U)
            return {};
        value = (value << 6U) | (next & 0x3fU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (overlong || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff)
        return {};
    return {value, length};
}

// Control, format (bidirectional marks, zero width, byte order mark) and line separators.
bool deceptive(std::uint32_t c) noexcept {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

std::string escape(std::string_view text, std::string_view backslash) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint c = decode(text);
        const std::size_t length = c.length == 0 ? 1 : c.length;
        if (c.length == 0)
            out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[0]));
        else if (c.value == '\\')
            out += backslash;
        else if (deceptive(c.value))
            out += c.value < 0x80 ? fmt::format("\\x{:02x}", c.value)
                                  : fmt::format("\\u{{{:04x}}}", c.value);
        else
            out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace

std::string escape_text(std::string_view text) {
    return escape(text, "\\\\");
}

std::string escape_controls(std::string_view text) {
    return escape(text, "\\");
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-+,:@%";
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos)
        return std::string(text);
    std::string out = "'";
    for (const char c : text)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + '\'';
}

std::string shell_file(std::string_view source) {
    return source == "<stdin>" ? "FILE" : shell_word(source);
}

std::string shorten(std::string_view text, std::size_t limit) {
    if (text.size() <= limit)
        return std::string(text);
    const auto continues = [](char c) { return (static_cast<std::uint8_t>(c) & 0xc0U) == 0x80U; };
    std::size_t cut = limit;
    for (std::size_t back = 0; back < 3 && cut > 0 && continues(text[cut]); ++back)
        --cut;
    return fmt::format("{}... ({} octets)", text.substr(0, cut), text.size());
}

}  // namespace scep
