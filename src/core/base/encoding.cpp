#include "core/base/encoding.hpp"

#include <array>
#include <cstdint>

namespace scep {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kHexUpper = "0123456789ABCDEF";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int8_t kSkip = -2;
constexpr std::int8_t kPad = -3;
constexpr std::int8_t kBad = -1;

constexpr std::array<std::int8_t, 256> make_base64_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(kBad);
    for (std::size_t i = 0; i < kBase64.size(); ++i)
        values[static_cast<std::uint8_t>(kBase64[i])] = static_cast<std::int8_t>(i);
    values[static_cast<std::uint8_t>('-')] = 62;
    values[static_cast<std::uint8_t>('_')] = 63;
    values[static_cast<std::uint8_t>(' ')] = 62;
    for (const char c : {'\r', '\n', '\t'})
        values[static_cast<std::uint8_t>(c)] = kSkip;
    values[static_cast<std::uint8_t>('=')] = kPad;
    return values;
}

constexpr auto kBase64Values = make_base64_values();

std::string hex(Bytes bytes, std::string_view digits) {
    std::string out(bytes.size() * 2, '\0');
    char* at = out.data();
    for (const std::uint8_t byte : bytes) {
        *at++ = digits[byte >> 4U];
        *at++ = digits[byte & 15U];
    }
    return out;
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// Blanks at the end are '+' where just so many complete the last group of four, as they do at the
// end of one message in 192 that a form decoder has had in hand; otherwise they are white space.
std::string_view without_trailing_blanks(std::string_view text) noexcept {
    std::string_view trimmed = text;
    while (!trimmed.empty() && trimmed.back() == ' ')
        trimmed.remove_suffix(1);
    std::size_t digits = 0;
    for (const char c : trimmed) {
        const std::int8_t value = kBase64Values[static_cast<std::uint8_t>(c)];
        if (value == kPad)
            return trimmed;
        digits += value == kSkip ? 0U : 1U;
    }
    const std::size_t blanks = text.size() - trimmed.size();
    return digits % 4 != 0 && digits % 4 + blanks == 4 ? text : trimmed;
}

bool unreserved(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string to_hex(Bytes bytes) {
    return hex(bytes, kHex);
}

std::string to_hex_upper(Bytes bytes) {
    return hex(bytes, kHexUpper);
}

std::string to_hex_colons(Bytes bytes) {
    std::string out;
    out.reserve(bytes.size() * 3);
    for (const std::uint8_t byte : bytes) {
        if (!out.empty())
            out += ':';
        out += kHexUpper[byte >> 4U];
        out += kHexUpper[byte & 15U];
    }
    return out;
}

std::optional<Buffer> from_hex(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X"))
        text.remove_prefix(2);
    Buffer out;
    int high = -1;
    for (const char c : text) {
        if ((c == ':' || c == ' ') && high < 0)
            continue;
        const int value = hex_value(c);
        if (value < 0)
            return std::nullopt;
        if (high < 0) {
            high = value;
            continue;
        }
        out.push_back(static_cast<std::uint8_t>(high * 16 + value));
        high = -1;
    }
    if (high >= 0)
        return std::nullopt;
    return out;
}

std::string to_base64(Bytes bytes) {
    std::string out((bytes.size() + 2) / 3 * 4, '\0');
    char* at = out.data();
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = std::uint32_t{bytes[i]} << 16U;
        if (left > 1)
            group |= std::uint32_t{bytes[i + 1]} << 8U;
        if (left > 2)
            group |= bytes[i + 2];
        *at++ = kBase64[group >> 18U];
        *at++ = kBase64[(group >> 12U) & 63U];
        *at++ = left > 1 ? kBase64[(group >> 6U) & 63U] : '=';
        *at++ = left > 2 ? kBase64[group & 63U] : '=';
    }
    return out;
}

std::optional<Buffer> from_base64(std::string_view text) {
    text = without_trailing_blanks(text);
    Buffer out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t group = 0;
    unsigned digits = 0;
    unsigned pads = 0;
    for (const char c : text) {
        const std::int8_t value = kBase64Values[static_cast<std::uint8_t>(c)];
        if (value == kSkip)
            continue;
        if (value == kPad) {
            ++pads;
            continue;
        }
        if (value == kBad || pads != 0)
            return std::nullopt;
        group = (group << 6U) | static_cast<std::uint32_t>(value);
        if (++digits == 4) {
            out.push_back(static_cast<std::uint8_t>(group >> 16U));
            out.push_back(static_cast<std::uint8_t>(group >> 8U));
            out.push_back(static_cast<std::uint8_t>(group));
            group = 0;
            digits = 0;
        }
    }
    if (digits == 1 || pads > 2 || (pads != 0 && digits + pads != 4))
        return std::nullopt;
    if (digits >= 2)
        out.push_back(static_cast<std::uint8_t>(digits == 2 ? group >> 4U : group >> 10U));
    if (digits == 3)
        out.push_back(static_cast<std::uint8_t>(group >> 2U));
    return out;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (unreserved(c)) {
            out += c;
            continue;
        }
        out += '%';
        out += kHexUpper[static_cast<std::uint8_t>(c) >> 4U];
        out += kHexUpper[static_cast<std::uint8_t>(c) & 15U];
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3)
            return std::nullopt;
        const int high = hex_value(text[i + 1]);
        const int low = hex_value(text[i + 2]);
        if (high < 0 || low < 0)
            return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

}  // namespace scep
