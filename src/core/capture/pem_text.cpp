#include "core/capture/pem_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/capture/asn1_form.hpp"
#include "core/capture/text_codec.hpp"

namespace scep::capture {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::size_t kLongestLabel = 64;

struct Block {
    std::string_view label{};
    std::string_view body{};
    std::size_t line = 0;
    bool ended = false;
};

// Takes the next block off `text`; `line` counts on.
std::optional<Block> next_block(std::string_view& text, std::size_t& line) {
    const std::size_t begin = text.find(kBegin);
    if (begin == std::string_view::npos)
        return std::nullopt;
    line += static_cast<std::size_t>(std::ranges::count(text.substr(0, begin), '\n'));
    Block out{.line = line};
    text.remove_prefix(begin + kBegin.size());
    const std::size_t label = text.substr(0, kLongestLabel + kDashes.size()).find(kDashes);
    if (label == std::string_view::npos)
        return out;
    out.label = text.substr(0, label);
    text.remove_prefix(label + kDashes.size());
    const std::size_t end = std::min(text.find(kDashes), text.size());
    out.body = text.substr(0, end);
    out.ended = text.substr(end).starts_with(kEnd);
    line += static_cast<std::size_t>(std::ranges::count(out.body, '\n'));
    text.remove_prefix(end);
    return out;
}

// Line ends as JSON and loggers write them.
std::string with_line_ends(std::string_view body) {
    std::string out(body);
    for (const std::string_view end : {"\\r", "\\n"})
        for (std::size_t at = 0; (at = out.find(end, at)) != std::string::npos;)
            out.replace(at, end.size(), " \n");
    return out;
}

// Without headers (RFC 1421), quoting and the blanks that line breaks became.
std::string base64_of(std::string_view text) {
    std::string out;
    const std::string lines = with_line_ends(text.substr(0, kMaxEncoded));
    std::string_view body = lines;
    out.reserve(body.size());
    while (!body.empty()) {
        const std::string_view line = take_line(body);
        if (line.find(':') != std::string_view::npos)
            continue;
        std::ranges::copy_if(line, std::back_inserter(out), [](char c) {
            return kBlanks.find(c) == std::string_view::npos && c != '>' && c != '|';
        });
    }
    return out;
}

void add_block(Collection& out, const Captured& frame, const Block& block) {
    const std::string where =
        fmt::format("{}line {}", frame.place.empty() ? "" : frame.place + ", ", block.line);
    if (block.label.find("PRIVATE KEY") != std::string_view::npos) {
        out.refuse("private-key",
                   fmt::format("a private key (PEM, {})", where),
                   "a key opens messages, it is none: give it as --key");
        return;
    }
    auto decoded = decode_base64(base64_of(block.body));
    if (!decoded) {
        out.skip("PEM blocks without a message");
        return;
    }
    Captured captured = frame;
    captured.place = where;
    captured.forms.push_back(fmt::format("PEM {}", escape_text(block.label)));
    std::ranges::move(decoded->remarks, std::back_inserter(captured.remarks));
    if (!block.ended)
        captured.remarks.push_back(
            {.id = "pem-cut",
             .text = fmt::format("the PEM block of line {} has no END line", block.line),
             .damage = true});
    add_asn1(out, captured, decoded->bytes);
}

}  // namespace

bool add_pem(Collection& out, const Captured& frame, std::string_view text) {
    bool any = false;
    std::size_t line = 1;
    while (const auto block = next_block(text, line)) {
        any = true;
        if (out.full()) {
            out.stop();
            break;
        }
        add_block(out, frame, *block);
    }
    return any;
}

}  // namespace scep::capture
