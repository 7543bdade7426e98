#include "core/asn1/pem.hpp"

#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "core/base/encoding.hpp"

namespace scep::asn1 {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

// Takes one line off the front, without its line end.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
        line.remove_suffix(1);
    return line;
}

// A key whose line breaks were lost is one line that begins and ends like this one, and its content
// is no label: what is none is nowhere repeated in a message.
bool is_label(std::string_view text) noexcept {
    constexpr std::size_t kLongest = 64;
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
    return !text.empty() && text.size() <= kLongest &&
           text.find_first_not_of(kLetters) == std::string_view::npos;
}

std::optional<std::string_view> label_of(std::string_view line, std::string_view prefix) {
    if (!line.starts_with(prefix) || !line.ends_with(kDashes) ||
        line.size() < prefix.size() + kDashes.size())
        return std::nullopt;
    const std::string_view label =
        line.substr(prefix.size(), line.size() - prefix.size() - kDashes.size());
    return is_label(label) ? std::optional(label) : std::nullopt;
}

// Text that no reader of PEM takes for a block, but that an operator meant as one; behind other
// text only a key is told, since comments may well speak of certificates.
bool is_broken_begin(std::string_view line) noexcept {
    const std::size_t begin = line.find(kBegin);
    if (begin == std::string_view::npos)
        return false;
    return line.find_first_not_of(" \t") == begin ||
           line.find("PRIVATE KEY", begin) != std::string_view::npos;
}

// Editors on Windows put a byte order mark first.
std::string_view without_mark(std::string_view text) noexcept {
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

// Blanks are white space here; from_base64() would take them as '+'.
bool not_blank(std::uint8_t octet) noexcept {
    return octet != ' ' && octet != '\t';
}

Error bad(std::string_view source, std::size_t line, std::string what) {
    return {.code = Errc::Config,
            .what = std::move(what),
            .where = {.source = std::string(source), .line = line}};
}

Error broken_begin(std::string_view source, std::size_t line) {
    Error error = bad(source, line, "a BEGIN line that is not one");
    error.hint =
        "it stands alone on its line, like -----BEGIN CERTIFICATE-----; were the line breaks of "
        "the "
        "file lost, or was it indented?";
    return error;
}

SecretBytes decode(std::string_view body, bool& ok) {
    std::optional<Buffer> content = from_base64(body);
    ok = content.has_value();
    if (!content)
        return {};
    SecretBytes out = to_secret(Bytes(*content));
    wipe(content->data(), content->size());
    return out;
}

}  // namespace

bool looks_like_pem(std::string_view text) noexcept {
    text = without_mark(text);
    return text.starts_with(kBegin) || text.find("\n-----BEGIN ") != std::string_view::npos;
}

bool holds_private_key(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t begin = line.find(kBegin);
        if (begin != std::string_view::npos &&
            line.find("PRIVATE KEY", begin) != std::string_view::npos)
            return true;
    }
    return false;
}

Result<std::vector<PemBlock>> parse_pem(std::string_view text, std::string_view source) {
    text = without_mark(text);
    std::vector<PemBlock> blocks;
    std::size_t line_number = 0;
    while (!text.empty()) {
        const std::string_view begin = take_line(text);
        ++line_number;
        const std::optional<std::string_view> label = label_of(begin, kBegin);
        if (!label && is_broken_begin(begin))
            return fail(broken_begin(source, line_number));
        if (!label)
            continue;
        PemBlock block{.label = std::string(*label), .line = line_number};
        SecretBytes body;
        bool ended = false;
        while (!text.empty() && !ended) {
            const std::string_view line = take_line(text);
            ++line_number;
            if (const std::optional<std::string_view> end = label_of(line, kEnd)) {
                if (*end != *label)
                    return fail(
                        bad(source, line_number, fmt::format("block {} ends as {}", *label, *end)));
                ended = true;
            } else if (line.starts_with(kBegin)) {
                break;
            } else if (line.find(':') != std::string_view::npos) {
                block.encrypted =
                    block.encrypted || line.find("ENCRYPTED") != std::string_view::npos;
            } else {
                std::ranges::copy_if(as_bytes(line), std::back_inserter(body), not_blank);
            }
        }
        if (!ended)
            return fail(bad(source, block.line, fmt::format("block {} has no END line", *label)));
        bool decoded = false;
        block.content = decode(as_text(body), decoded);
        if (!decoded)
            return fail(bad(source, block.line, fmt::format("block {} is not base64", *label)));
        blocks.push_back(std::move(block));
    }
    return blocks;
}

std::string to_pem(std::string_view label, Bytes content) {
    constexpr std::size_t kColumns = 64;
    const std::string body = to_base64(content);
    std::string out = fmt::format("-----BEGIN {}-----\n", label);
    for (std::size_t i = 0; i < body.size(); i += kColumns)
        out += body.substr(i, kColumns) + '\n';
    out += fmt::format("-----END {}-----\n", label);
    return out;
}

}  // namespace scep::asn1
