#include "core/http/message.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace scep::http {
namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_clean(std::string_view text) noexcept {
    return std::ranges::none_of(text, [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

std::string head_text(const Reply& reply, bool http_1_0, bool keep_alive) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, reason_phrase(reply.status));
    const auto add = [&head](std::string_view name, std::string_view value) {
        if (is_clean(name) && is_clean(value))
            head += fmt::format("{}: {}\r\n", name, value);
    };
    if (!reply.content_type.empty())
        add("Content-Type", reply.content_type);
    add("Content-Length", std::to_string(reply.body.size()));
    if (!keep_alive)
        add("Connection", "close");
    if (keep_alive && http_1_0)
        add("Connection", "keep-alive");
    if (std::ranges::none_of(reply.headers,
                             [](const auto& h) { return same_name(h.first, "Cache-Control"); }))
        add("Cache-Control", "no-store");
    for (const auto& [name, value] : reply.headers)
        add(name, value);
    head += "\r\n";
    return head;
}

}  // namespace

std::string_view Request::header(std::string_view name) const noexcept {
    const auto found =
        std::ranges::find_if(headers, [name](const auto& h) { return same_name(h.first, name); });
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

Buffer serialize_head(const Reply& reply, bool http_1_0, bool keep_alive) {
    return to_buffer(as_bytes(head_text(reply, http_1_0, keep_alive)));
}

Buffer serialize(const Reply& reply, bool http_1_0, bool keep_alive) {
    const std::string head = head_text(reply, http_1_0, keep_alive);
    Buffer out;
    out.reserve(head.size() + reply.body.size());
    append(out, as_bytes(head));
    append(out, reply.body);
    return out;
}

std::string_view reason_phrase(int status) noexcept {
    struct Row {
        int status;
        std::string_view phrase;
    };

    static constexpr std::array kRows{Row{100, "Continue"},
                                      Row{200, "OK"},
                                      Row{204, "No Content"},
                                      Row{400, "Bad Request"},
                                      Row{401, "Unauthorized"},
                                      Row{403, "Forbidden"},
                                      Row{404, "Not Found"},
                                      Row{405, "Method Not Allowed"},
                                      Row{408, "Request Timeout"},
                                      Row{411, "Length Required"},
                                      Row{413, "Content Too Large"},
                                      Row{414, "URI Too Long"},
                                      Row{415, "Unsupported Media Type"},
                                      Row{417, "Expectation Failed"},
                                      Row{429, "Too Many Requests"},
                                      Row{431, "Request Header Fields Too Large"},
                                      Row{500, "Internal Server Error"},
                                      Row{501, "Not Implemented"},
                                      Row{503, "Service Unavailable"}};
    const auto row = std::ranges::find(kRows, status, &Row::status);
    return row == kRows.end() ? std::string_view("Status") : row->phrase;
}

Reply text_reply(int status, std::string_view text) {
    Reply reply{.status = status, .content_type = "text/plain"};
    append(reply.body, as_bytes(text));
    reply.body.push_back('\n');
    return reply;
}

}  // namespace scep::http
