#include "core/capture/http_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "core/capture/asn1_form.hpp"
#include "core/capture/chunks.hpp"
#include "core/capture/text_codec.hpp"
#include "core/scep/words.hpp"

namespace scep::capture {

namespace {

constexpr std::array<std::string_view, 8> kMethods{
    "GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "DELETE ", "PATCH ", "CONNECT "};
constexpr std::string_view kVersion = "HTTP/";

struct StartLine {
    bool is_request = false;
    char prefix = 0;  // '>' or '<' of curl -v
    std::string_view method{}, target{}, reason{};
    unsigned status = 0;
};

struct Fields {
    std::string_view content_type{}, content_encoding{};
    std::optional<std::size_t> content_length{};
    bool chunked = false;
};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// "HTTP/1.1 200 OK", "HTTP/2 200": curl -i writes the latter too.
std::optional<StartLine> status_line(std::string_view line) noexcept {
    if (!line.starts_with(kVersion) || line.size() < 10 || !is_digit(line[kVersion.size()]))
        return std::nullopt;
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || blank > 8)
        return std::nullopt;
    StartLine out;
    const char* const begin = line.data() + blank + 1;
    const auto [stop, error] = std::from_chars(begin, line.data() + line.size(), out.status);
    if (error != std::errc{} || stop - begin != 3)
        return std::nullopt;
    out.reason = trimmed(line.substr(blank + 4));
    return out;
}

// "GET /scep?operation=GetCACaps HTTP/1.1"
std::optional<StartLine> request_line(std::string_view line) noexcept {
    const auto* const method = std::ranges::find_if(
        kMethods, [&](std::string_view word) { return line.starts_with(word); });
    if (method == kMethods.end())
        return std::nullopt;
    const std::size_t version = line.rfind(" HTTP/");
    if (version == std::string_view::npos || version + 1 < method->size() ||
        line.size() - version > 12)
        return std::nullopt;
    return StartLine{.is_request = true,
                     .method = method->substr(0, method->size() - 1),
                     .target = trimmed(line.substr(method->size(), version + 1 - method->size()))};
}

std::optional<StartLine> start_line(std::string_view line) noexcept {
    const char prefix = line.starts_with("> ") || line.starts_with("< ") ? line.front() : '\0';
    if (prefix != 0)
        line.remove_prefix(2);
    auto out = prefix == '>' ? std::nullopt : status_line(line);
    if (!out && prefix != '<')
        out = request_line(line);
    if (out)
        out->prefix = prefix;
    return out;
}

// Where the next line that begins a message begins; the size of the stream when there is none.
std::size_t find_start(std::string_view stream, std::size_t at) noexcept {
    while (at < stream.size()) {
        const std::size_t end = std::min(stream.find('\n', at), stream.size());
        if (std::string_view("HGPODC<>").find(stream[at]) != std::string_view::npos) {
            std::string_view line = stream.substr(at, end - at);
            if (line.ends_with('\r'))
                line.remove_suffix(1);
            if (start_line(line))
                return at;
        }
        at = end + 1;
    }
    return stream.size();
}

void take_field(std::string_view line, Fields& fields) noexcept {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return;
    const std::string_view name = trimmed(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (same_word(name, "Content-Type")) {
        fields.content_type = value;
    } else if (same_word(name, "Content-Encoding")) {
        fields.content_encoding = value;
    } else if (same_word(name, "Transfer-Encoding")) {
        fields.chunked = value.size() >= 7 && same_word(value.substr(value.size() - 7), "chunked");
    } else if (same_word(name, "Content-Length")) {
        std::size_t length = 0;
        const auto [stop, error] =
            std::from_chars(value.data(), value.data() + value.size(), length);
        if (error == std::errc{} && stop == value.data() + value.size())
            fields.content_length = length;
    }
}

enum class HeadEnd : std::uint8_t {
    Blank,      // as it should be
    StartLine,  // of the next message: logs of request lines have nothing else
    Missing
};

// Reads header lines off `rest`.
HeadEnd take_head(std::string_view& rest, char prefix, Fields& fields) {
    bool any = false;
    while (!rest.empty()) {
        const std::string_view before = rest;
        std::string_view line = take_line(rest);
        if (start_line(line)) {
            rest = before;
            return HeadEnd::StartLine;
        }
        if (prefix != 0) {
            // curl's own remarks stand between; another prefix or a blank line ends the head.
            if (line.starts_with("* ") || line.starts_with("{ ") || line.starts_with("} "))
                continue;
            if (!line.starts_with(prefix)) {
                rest = before;
                return HeadEnd::Blank;
            }
            line.remove_prefix(1);
        }
        if (trimmed(line).empty())
            return HeadEnd::Blank;
        any = true;
        take_field(line, fields);
    }
    return any ? HeadEnd::Missing : HeadEnd::StartLine;
}

// What curl -v writes before the body, which stands behind it if it went to the same file.
void skip_curl_remarks(std::string_view& rest) {
    constexpr std::string_view kSigns[]{"* ", "{ [", "} ["};
    while (
        std::ranges::any_of(kSigns, [&](std::string_view sign) { return rest.starts_with(sign); }))
        static_cast<void>(take_line(rest));
}

bool at_start_line(std::string_view rest) noexcept {
    return start_line(take_line(rest)).has_value();
}

bool has_no_body(const HttpMessage& message) noexcept {
    return message.status / 100 == 1 || message.status == 204 || message.status == 304 ||
           (!message.is_request && message.reason == "Connection established");
}

// Octets of a body without a length: ASN.1 says it itself, else the next message ends it. One of
// indefinite length has to be walked through, which `walks` bounds for all of a stream.
std::size_t unframed(std::string_view rest, bool is_request, std::size_t& walks) noexcept {
    if (looks_like_asn1(as_bytes(rest))) {
        const std::string_view near = rest.substr(0, std::min(walks, limits::kMaxCapturedOctets));
        const auto extent = extent_of(as_bytes(near));
        if (extent && (extent->complete || (!extent->indefinite && extent->octets <= rest.size())))
            return extent->octets;
        if (extent && extent->indefinite)
            walks -= near.size();
    } else if (is_request) {
        return 0;
    }
    return find_start(rest, 0);
}

// Bodies are saved as they came, or without the chunks and the compression that the head tells of.
std::size_t take_body(std::string_view rest,
                      const Fields& fields,
                      std::size_t& walks,
                      HttpMessage& out) {
    if (fields.chunked) {
        if (auto chunks = join_chunks(rest)) {
            out.joined = std::move(chunks->body);
            out.body = out.joined;
            if (!chunks->complete)
                out.remarks.push_back(
                    {.id = "body-cut",
                     .text =
                         fmt::format("the last chunk of the body is missing: {} octets are here{}",
                                     out.body.size(),
                                     cut_where(out.body.size())),
                     .damage = true});
            return chunks->used;
        }
    }
    const bool decoded = !fields.content_encoding.empty() && looks_like_asn1(as_bytes(rest));
    std::size_t size = fields.content_length && !decoded ? *fields.content_length
                                                         : unframed(rest, out.is_request, walks);
    if (size > rest.size()) {
        out.remarks.push_back({.id = "body-cut",
                               .text = fmt::format("Content-Length says {} octets, {} are here{}",
                                                   size,
                                                   rest.size(),
                                                   cut_where(rest.size())),
                               .damage = true});
        size = rest.size();
    }
    out.body = as_bytes(rest.substr(0, size));
    return size;
}

}  // namespace

bool begins_as_http(std::string_view stream) noexcept {
    const std::string_view beginning = stream.substr(0, 8);
    return std::ranges::any_of(
               kMethods,
               [&](std::string_view word) {
                   return beginning.starts_with(word) ||
                          (beginning.size() < word.size() && word.starts_with(beginning));
               }) ||
           beginning.starts_with(kVersion) || kVersion.starts_with(beginning);
}

std::optional<HttpMessage> HttpReader::next(bool answers_head) {
    at_ = find_start(stream_, at_);
    if (at_ >= stream_.size())
        return std::nullopt;
    std::string_view rest = stream_.substr(at_);
    const StartLine start = *start_line(take_line(rest));
    HttpMessage out{.is_request = start.is_request,
                    .method = start.method,
                    .target = start.target,
                    .status = start.status,
                    .reason = start.reason,
                    .begin = at_};
    Fields fields;
    const HeadEnd head_end = take_head(rest, start.prefix, fields);
    if (head_end == HeadEnd::Missing)
        out.remarks.push_back(
            {.id = "head-cut", .text = "the HTTP head does not end", .damage = true});
    out.content_type = fields.content_type;
    out.content_encoding = fields.content_encoding;
    if (start.prefix != 0)
        skip_curl_remarks(rest);
    const bool alone = head_end == HeadEnd::StartLine;
    const bool bodiless = answers_head || has_no_body(out);
    const bool promised = fields.chunked || fields.content_length.value_or(0) != 0;
    const bool nothing_follows = start.prefix != 0 && (rest.empty() || at_start_line(rest));
    out.body_not_saved = !bodiless && ((nothing_follows && promised) ||
                                       (alone && (promised || out.method == "POST")));
    if (!bodiless && !alone && !out.body_not_saved)
        rest.remove_prefix(take_body(rest, fields, walks_, out));
    at_ = out.end = stream_.size() - rest.size();
    return out;
}

}  // namespace scep::capture
