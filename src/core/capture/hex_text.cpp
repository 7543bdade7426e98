#include <algorithm>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "core/capture/hex_digits.hpp"
#include "core/capture/hex_dump.hpp"
#include "core/capture/text_codec.hpp"

namespace scep::capture {

namespace {

constexpr std::size_t kFewest = 4;  // octets; less is a number that somebody wrote

// The octets behind each "0x" or "\x"; nullopt when there are fewer than a message needs.
std::optional<Decoded> decode_marked(std::string_view text) {
    const bool c_array = text.find("0x30") != std::string_view::npos;
    const bool escapes = !c_array && text.find("\\x30") != std::string_view::npos;
    if (!c_array && !escapes)
        return std::nullopt;
    Decoded out{.form = c_array ? "C array" : "\\x escapes"};
    const std::string_view mark = c_array ? "0x" : "\\x";
    for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
        at += mark.size();
        std::string_view word = text.substr(at);
        word =
            word.substr(0, std::min(word.substr(0, 3).find_first_not_of(kHexDigits), word.size()));
        if (word.size() > 2)
            return std::nullopt;
        const std::string padded = word.size() == 1 ? fmt::format("0{}", word) : std::string(word);
        if (!add_hex(padded, out.bytes))
            return std::nullopt;
    }
    if (out.bytes.size() < kFewest)
        return std::nullopt;
    return out;
}

// b'0\x82\x04\n...', as Python and C print octets: letters stand for themselves.
std::optional<Decoded> decode_literal(std::string_view text) {
    constexpr std::string_view kNames = "0abtnvfr";
    constexpr std::string_view kOctets("\0\a\b\t\n\v\f\r", 8);
    const std::size_t begin = text.find("0\\x8");
    if (begin == std::string_view::npos || begin > kFewest)
        return std::nullopt;
    const char quote = begin == 0 ? '\0' : text[begin - 1];
    Decoded out{.form = "string literal"};
    for (std::size_t i = begin; i < text.size() && text[i] != quote && text[i] != '\n'; ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out.bytes.push_back(static_cast<std::uint8_t>(text[i]));
            continue;
        }
        const char next = text[++i];
        const std::size_t name = kNames.find(next);
        if (next == 'x' && !add_hex(text.substr(i + 1, 2), out.bytes))
            return std::nullopt;
        if (next == 'x')
            i += 2;
        else
            out.bytes.push_back(
                static_cast<std::uint8_t>(name == std::string_view::npos ? next : kOctets[name]));
    }
    return out;
}

// Digits with anything that people put between octets.
std::optional<Decoded> decode_plain(std::string_view text) {
    constexpr std::string_view kBetween = " \t\r\n\f\v:,;-";
    text = trimmed(text);
    while (!text.empty() && std::string_view("\"'").find(text.front()) != std::string_view::npos)
        text.remove_prefix(1);
    while (!text.empty() && std::string_view("\"'").find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    if (text.starts_with("0x") || text.starts_with("0X") || text.starts_with("\\x"))
        text.remove_prefix(2);
    Decoded out{.form = "hex"};
    int high = -1;
    for (const char c : text) {
        if (kBetween.find(c) != std::string_view::npos)
            continue;
        const int value = hex_digit(c);
        if (value < 0)
            return std::nullopt;
        if (high >= 0)
            out.bytes.push_back(static_cast<std::uint8_t>(high * 16 + value));
        high = high >= 0 ? -1 : value;
    }
    if (out.bytes.size() < kFewest)
        return std::nullopt;
    if (high >= 0)
        out.remarks.push_back(
            {.id = "hex-cut",
             .text = fmt::format("the hex ends in the midst of octet {}", out.bytes.size()),
             .damage = true});
    return out;
}

}  // namespace

std::optional<Decoded> decode_hex(std::string_view text) {
    text = text.substr(0, 3 * limits::kMaxCapturedOctets);
    if (auto dump = decode_dump(text))
        return dump;
    if (auto plain = decode_plain(text))
        return plain;
    if (auto literal = decode_literal(text))
        return literal;
    return decode_marked(text);
}

}  // namespace scep::capture
