#include <algorithm>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "core/capture/text_codec.hpp"

namespace scep::capture {

namespace {

constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
constexpr std::size_t kMaxDumpLine = 512;  // octets of one line of a dump

int value_of(char c) noexcept {
    const std::size_t at = kDigits.find(c);
    if (at == std::string_view::npos)
        return -1;
    return static_cast<int>(at < 16 ? at : at - 6);
}

bool all_hex(std::string_view word) noexcept {
    return !word.empty() && word.find_first_not_of(kDigits) == std::string_view::npos;
}

// Pairs of digits; false when there is an odd one or something else.
bool add_pairs(std::string_view word, Buffer& out) {
    if (word.size() % 2 != 0)
        return false;
    for (std::size_t i = 0; i < word.size(); i += 2) {
        const int high = value_of(word[i]);
        const int low = value_of(word[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return true;
}

// "00000000: 3082 ..", "00000010  30 82 ..", "0000   30 82 ..", "0x0000:  3082 .."
struct DumpLine {
    std::size_t offset = 0;
    bool colon = false;
    std::string_view rest{};
};

std::optional<DumpLine> dump_line(std::string_view line, unsigned base) {
    line = trimmed(line);
    if (line.starts_with("0x"))
        line.remove_prefix(2);
    const std::size_t size = std::min(line.find_first_not_of(kDigits), line.size());
    if (size < 4 || size > 16)
        return std::nullopt;
    DumpLine out;
    for (const char c : line.substr(0, size)) {
        const int value = value_of(c);
        if (static_cast<unsigned>(value) >= base)
            return std::nullopt;
        out.offset = out.offset * base + static_cast<unsigned>(value);
    }
    out.rest = line.substr(size);
    out.colon = out.rest.starts_with(':');
    if (out.colon)
        out.rest.remove_prefix(1);
    if (!out.rest.empty() && out.rest.front() != ' ' && out.rest.front() != '\t')
        return std::nullopt;
    return out;
}

// The octets of a line: groups of digits up to the text column, which two blanks or a bar set off.
// hexdump -C alone has two blanks in the middle as well, and the bar.
bool add_dumped(std::string_view rest, bool bar, std::size_t most, Buffer& out) {
    if (bar)
        rest = rest.substr(0, rest.find('|'));
    rest = rest.substr(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    const std::size_t before = out.size();
    while (!rest.empty() && out.size() - before < most) {
        const std::size_t size = std::min(rest.find_first_of(" \t"), rest.size());
        const std::string_view group = rest.substr(0, size);
        if (!all_hex(group) || group.size() % 2 != 0)
            return false;
        static_cast<void>(add_pairs(group, out));
        rest.remove_prefix(size);
        const std::size_t gap = std::min(rest.find_first_not_of(" \t"), rest.size());
        if (gap > 1 && !bar)
            break;
        rest.remove_prefix(gap);
    }
    return true;
}

// "*" stands for lines that are equal to the one before, up to the next offset.
bool repeat_to(std::size_t offset, std::size_t width, Buffer& out) {
    if (width == 0 || out.size() < width || offset > limits::kMaxCapturedOctets)
        return false;
    while (out.size() < offset)
        out.push_back(out[out.size() - width]);
    return out.size() == offset;
}

struct Dump {
    Buffer bytes{};
    bool colon = false, bar = false, tight = false;
};

// How many octets a line has is told by the offset of the next.
std::optional<Dump> read_dump(std::string_view text, unsigned base) {
    Dump out;
    std::optional<DumpLine> held;
    bool first = true, repeated = false;
    std::size_t width = 0;
    const auto put = [&](std::size_t most) {
        const std::size_t before = out.bytes.size();
        const bool good = add_dumped(held->rest, out.bar, most, out.bytes);
        width = out.bytes.size() - before;
        return good;
    };
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (trimmed(line).empty())
            continue;
        if (trimmed(line) == "*" && held) {
            repeated = true;
            continue;
        }
        const auto next = dump_line(line, base);
        if (!next || (first && next->offset != 0))
            return std::nullopt;
        if (first) {
            out.colon = next->colon;
            out.bar = !next->colon && trimmed(line).ends_with('|');
            out.tight = !next->colon && !next->rest.starts_with("  ");
        } else {
            const std::size_t most = next->offset - std::min(next->offset, held->offset);
            if (most == 0 || !put(repeated ? kMaxDumpLine : std::min(most, kMaxDumpLine)))
                return std::nullopt;
            if (repeated && !repeat_to(next->offset, width, out.bytes))
                return std::nullopt;
            if (out.bytes.size() != next->offset)
                return std::nullopt;
        }
        first = repeated = false;
        held = next;
    }
    if (!held || (!held->rest.empty() && !put(width == 0 ? kMaxDumpLine : width)))
        return std::nullopt;
    return out;
}

std::string_view dump_name(const Dump& dump) noexcept {
    if (dump.colon)
        return "xxd";
    if (dump.bar)
        return "hexdump -C";
    return dump.tight ? "od" : "hex dump";
}

std::optional<Decoded> decode_dump(std::string_view text) {
    std::string_view rest = text;
    std::string_view line = trimmed(take_line(rest));
    if (line.starts_with("0x"))
        line.remove_prefix(2);
    // An offset of zero, then something: nothing else is a dump.
    if (!line.starts_with("0000") || line.find_first_of(": \t") == std::string_view::npos)
        return std::nullopt;
    for (const unsigned base : {16U, 8U})
        if (auto dump = read_dump(text, base); dump && !dump->bytes.empty())
            return Decoded{.form = std::string(dump_name(*dump)), .bytes = std::move(dump->bytes)};
    return std::nullopt;
}

// The octets behind each "0x" or "\x"; nullopt when there are fewer than a message needs.
std::optional<Decoded> decode_marked(std::string_view text) {
    constexpr std::size_t kFewest = 8;
    const bool c_array = text.find("0x30") != std::string_view::npos;
    const bool escapes = !c_array && text.find("\\x30") != std::string_view::npos;
    if (!c_array && !escapes)
        return std::nullopt;
    Decoded out{.form = c_array ? "C array" : "\\x escapes"};
    const std::string_view mark = c_array ? "0x" : "\\x";
    for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at)) {
        at += mark.size();
        std::string_view word = text.substr(at);
        word = word.substr(0, std::min(word.substr(0, 3).find_first_not_of(kDigits), word.size()));
        if (word.size() > 2)
            return std::nullopt;
        const std::string padded = word.size() == 1 ? fmt::format("0{}", word) : std::string(word);
        if (!add_pairs(padded, out.bytes))
            return std::nullopt;
    }
    if (out.bytes.size() < kFewest)
        return std::nullopt;
    return out;
}

// Digits with anything that people put between octets.
std::optional<Decoded> decode_plain(std::string_view text) {
    constexpr std::string_view kBetween = " \t\r\n\f\v:,;-";
    constexpr std::size_t kFewest = 8;  // digits
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
        const int value = value_of(c);
        if (value < 0)
            return std::nullopt;
        if (high >= 0)
            out.bytes.push_back(static_cast<std::uint8_t>(high * 16 + value));
        high = high >= 0 ? -1 : value;
    }
    if (out.bytes.size() * 2 < kFewest)
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
    return decode_marked(text);
}

}  // namespace scep::capture
