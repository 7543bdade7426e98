#include <algorithm>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/capture/asn1_form.hpp"
#include "core/capture/text_codec.hpp"

namespace scep::capture {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_= \r\n\t";
constexpr std::string_view kQuotes = "\"'`<>(),;";

Remark remark(std::string id, std::string text, bool damage = false) {
    return {.id = std::move(id), .text = std::move(text), .damage = damage};
}

std::string_view unquoted(std::string_view text) noexcept {
    text = trimmed(text);
    constexpr std::string_view kMark = ";base64,";
    if (const auto data = text.substr(0, 256).find(kMark);
        text.starts_with("data:") && data != std::string_view::npos)
        text.remove_prefix(data + kMark.size());
    while (!text.empty() && kQuotes.find(text.front()) != std::string_view::npos)
        text.remove_prefix(1);
    while (!text.empty() && kQuotes.find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    return text;
}

// An escape that the end of the text cuts short; what follows it is missing anyway.
std::string_view without_half_escape(std::string_view text) noexcept {
    const std::size_t percent =
        text.substr(text.size() - std::min<std::size_t>(2, text.size())).rfind('%');
    return percent == std::string_view::npos
               ? text
               : text.substr(0, text.size() - std::min<std::size_t>(2, text.size()) + percent);
}

std::string unescaped(std::string_view text, std::vector<Remark>& remarks) {
    std::string out(text);
    for (int times = 0; times < 2 && out.find('%') != std::string::npos; ++times) {
        auto decoded = percent_decode(without_half_escape(out));
        if (!decoded)
            break;
        if (times == 1)
            remarks.push_back(remark("escaped-twice", "the base64 is percent-escaped twice"));
        out = std::move(*decoded);
    }
    return out;
}

// "\n", "\r", "\/" and " " as JSON and loggers write them; what else is escaped so is no base64.
std::string without_backslashes(std::string text) {
    if (text.find('\\') == std::string::npos)
        return text;
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char next = text[++i];
        const std::string_view code = std::string_view(text).substr(i + 1, 4);
        const auto octet = next == 'u' && code.starts_with("00") && code.size() == 4
                               ? from_hex(code.substr(2))
                               : std::nullopt;
        if (octet && kAlphabet.find(static_cast<char>(octet->front())) != std::string_view::npos) {
            out += static_cast<char>(octet->front());
            i += code.size();
        } else if (next == '/' || next == '+' || next == '=')
            out += next;
        else if (next == 'n' || next == 'r')
            out += '\n';
        else if (next != '\n')
            out += '\\';
    }
    return out;
}

// Of wrapped base64 the lines without their indentation and a mail's marks: a blank inside is a
// plus, one around a line is layout.
std::string without_layout(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::string_view line = trimmed(take_line(text));
        while (line.starts_with('>') || line.starts_with('|'))
            line = trimmed(line.substr(1));
        out += line;
    }
    return out;
}

// Lines that were joined by blanks are as long as each other, all but the last.
bool is_joined_lines(std::string_view text) noexcept {
    constexpr std::size_t kShortest = 32;
    const std::size_t width = text.find(' ');
    if (width == std::string_view::npos || width < kShortest)
        return false;
    while (text.size() > width) {
        if (text.find(' ') != width)
            return false;
        text.remove_prefix(width + 1);
    }
    return text.find(' ') == std::string_view::npos;
}

// Whether blanks are but layout: without them it is one whole message, or lines can be seen.
bool blanks_are_layout(std::string_view text, std::string_view without) {
    if (is_joined_lines(text))
        return true;
    const auto bytes = from_base64(without);
    const auto extent = bytes ? extent_of(*bytes) : std::nullopt;
    return extent && extent->complete && extent->octets == bytes->size();
}

std::string without_blanks(std::string text) {
    if (text.find(' ') == std::string::npos)
        return text;
    std::string without = text;
    std::erase(without, ' ');
    return blanks_are_layout(text, without) ? without : text;
}

void note_spelling(std::string_view text, std::vector<Remark>& remarks) {
    if (text.find(' ') != std::string_view::npos)
        remarks.push_back(remark("plus-as-blank",
                                 "the base64 has blanks where '+' must be: a form decoder has been "
                                 "at work, and they were taken as '+'"));
    if (text.find_first_of("-_") != std::string_view::npos)
        remarks.push_back(
            remark("base64url", "the base64 is in the alphabet of URLs (RFC 4648 section 5)"));
}

// What can be decoded of text that as a whole cannot.
Buffer decode_prefix(std::string_view text, std::vector<Remark>& remarks) {
    const std::size_t stop = std::min(text.find_first_not_of(kAlphabet), text.size());
    std::string_view good = text.substr(0, stop);
    good = good.substr(0, good.find('='));
    if (stop < text.size())
        remarks.push_back(remark("base64-damaged",
                                 fmt::format("the base64 has an octet 0x{:02x} at {}, and is read "
                                             "up to there",
                                             static_cast<unsigned char>(text[stop]),
                                             stop),
                                 true));
    else if (good.size() % 4 == 1)
        remarks.push_back(remark("base64-cut",
                                 fmt::format("the base64 ends after {} characters, in the midst of "
                                             "a group{}",
                                             good.size(),
                                             cut_where(good.size())),
                                 true));
    else if (good.size() < text.size())
        remarks.push_back(remark("base64-damaged",
                                 "the base64 goes on behind its padding, and is read up to there",
                                 true));
    good.remove_suffix(good.size() % 4 == 1 ? 1 : 0);
    return from_base64(good).value_or(Buffer{});
}

constexpr std::size_t kLook = 16;

bool begins_as_message(std::string_view text) {
    const auto first = from_base64(text.substr(0, kLook));
    return first && looks_like_asn1(*first);
}

// Words behind the message were read as base64, too: it says itself where it ends.
void drop_behind(std::string_view text, Decoded& out) {
    const bool damaged = std::ranges::any_of(out.remarks, &Remark::damage);
    const auto extent = damaged ? extent_of(out.bytes) : std::nullopt;
    if (!extent || !extent->complete)
        return;
    out.bytes.resize(extent->octets);
    const std::string_view used = text.substr(0, (extent->octets + 2) / 3 * 4);
    std::erase_if(out.remarks, [&](const Remark& each) {
        return each.damage ||
               (each.id == "plus-as-blank" && used.find(' ') == std::string_view::npos);
    });
}

}  // namespace

std::optional<std::size_t> base64_begins(std::string_view text) {
    if (!text.starts_with('M') || !begins_as_message(text))
        return std::nullopt;
    const auto extent = extent_of(*from_base64(text.substr(0, kLook)));
    const bool says = extent && !extent->indefinite && extent->octets <= kMaxEncoded;
    return says ? (extent->octets * 4 + 2) / 3 : 0;
}

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view take_line(std::string_view& text) noexcept {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

std::optional<Decoded> decode_base64(std::string_view text) {
    text = unquoted(text);
    // All base64 of a SEQUENCE begins with an M, which no escape or layout changes.
    if (!text.starts_with('M'))
        return std::nullopt;
    Decoded out{.form = "base64"};
    const std::string plain = without_blanks(
        without_layout(without_backslashes(unescaped(text.substr(0, kMaxEncoded), out.remarks))));
    if (!begins_as_message(plain))
        return std::nullopt;
    note_spelling(plain, out.remarks);
    if (auto bytes = from_base64(plain))
        out.bytes = std::move(*bytes);
    else
        out.bytes = decode_prefix(plain, out.remarks);
    drop_behind(plain, out);
    return out;
}

}  // namespace scep::capture
