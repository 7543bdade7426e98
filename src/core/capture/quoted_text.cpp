#include <algorithm>

#include <fmt/format.h>

#include "core/capture/asn1_form.hpp"
#include "core/capture/text_codec.hpp"
#include "core/capture/text_lines.hpp"

namespace scep::capture {

namespace {

constexpr std::size_t kFewest = 64;        // characters; shorter runs are words and digests
constexpr std::size_t kFewestInWord = 16;  // before the first blank that may be a plus

bool is_coded(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '/' || c == '=' || c == '-' || c == '_' || c == '%' || c == '\\';
}

// A line end with the indentation behind it, in the midst of wrapped text.
std::size_t layout_at(std::string_view text, std::size_t at) noexcept {
    std::size_t end = at;
    bool line = false;
    while (end < text.size() && kBlanks.find(text[end]) != std::string_view::npos)
        line = text[end++] == '\n' || line;
    return line ? end - at : 0;
}

// From `at`: a run of coded characters, over the ends of lines; between quotes also over blanks.
std::size_t run_end(std::string_view text, std::size_t at) noexcept {
    const char quote = at == 0 ? '\0' : text[at - 1];
    const bool quoted = quote == '"' || quote == '\'';
    while (at < text.size()) {
        if (is_coded(text[at]) || (quoted && text[at] == ' ')) {
            ++at;
            continue;
        }
        const std::size_t layout = quoted ? 0 : layout_at(text, at);
        if (layout == 0 || at + layout == text.size() || !is_coded(text[at + layout]))
            break;
        at += layout;
    }
    return at;
}

std::size_t word_end(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && is_coded(text[at]))
        ++at;
    return at;
}

// Whether a run is worth looking for its end is told by its beginning, which keeps all of this
// linear: words without end are runs as well.
bool begins_base64(std::string_view text, std::size_t at) {
    if (text[at] != 'M')
        return false;
    const std::string_view beginning = text.substr(at, kFewest);
    return beginning.substr(0, word_end(beginning, 0)).size() >= kFewestInWord &&
           decode_base64(beginning.substr(0, word_end(beginning, 0))).has_value();
}

struct Run {
    std::size_t end = 0;  // of what has been looked at
    std::optional<Decoded> decoded{};
};

Run run_at(std::string_view text, std::size_t at) {
    Run out;
    if (begins_base64(text, at)) {
        out.end = run_end(text, at);
        if (out.end - at >= kFewest)
            out.decoded = decode_base64(text.substr(at, out.end - at));
        return out;
    }
    // "body=MII...": what a key is of begins behind it. Looked for before the end of the word is,
    // as there may be very many in one.
    constexpr std::size_t kLongestKey = 64;
    const std::string_view near = text.substr(at, kLongestKey);
    const std::string_view front = near.substr(0, word_end(near, 0));
    const std::size_t value = std::min(front.find("=M"), front.find("=308"));
    if (value != std::string_view::npos)
        return {.end = at + value + 1};
    out.end = word_end(text, at);
    const std::string_view word = text.substr(at, out.end - at);
    if (word.size() < kFewest || !word.starts_with("308"))
        return out;
    out.decoded = decode_hex(word);
    if (out.decoded && !looks_like_asn1(out.decoded->bytes))
        out.decoded.reset();
    return out;
}

// Words may follow without a sign of where they begin: the message itself says where it ends.
void add_run(Collection& out, Captured captured, Decoded decoded) {
    const auto extent = extent_of(decoded.bytes);
    if (extent && extent->complete) {
        decoded.bytes.resize(extent->octets);
        std::erase_if(decoded.remarks, [](const Remark& remark) { return remark.damage; });
    }
    captured.forms.push_back(std::move(decoded.form));
    std::ranges::move(decoded.remarks, std::back_inserter(captured.remarks));
    add_asn1(out, captured, decoded.bytes);
}

}  // namespace

bool add_quoted(Collection& out, const Captured& frame, std::string_view text) {
    bool any = false;
    std::size_t line = 1;
    for (std::size_t at = 0; at < text.size();) {
        if (!is_coded(text[at])) {
            line += text[at++] == '\n' ? 1U : 0U;
            continue;
        }
        Run run = run_at(text, at);
        if (run.decoded && out.full()) {
            out.stop();
            break;
        }
        if (run.decoded) {
            Captured captured = frame;
            captured.place += fmt::format("{}line {}", captured.place.empty() ? "" : ", ", line);
            captured.forms.emplace_back("text");
            add_run(out, std::move(captured), std::move(*run.decoded));
            any = true;
        }
        line += static_cast<std::size_t>(std::ranges::count(text.substr(at, run.end - at), '\n'));
        at = run.end;
    }
    return any;
}

}  // namespace scep::capture
