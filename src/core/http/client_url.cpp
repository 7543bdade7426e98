#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/http/client.hpp"

namespace scep::http {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

// Without what may be user and password, wherever the authority of a malformed URL ends.
std::string shown(std::string_view text) {
    const auto at = text.rfind('@');
    return at == std::string_view::npos ? escape_text(text) : "..." + escape_text(text.substr(at));
}

Error bad_url(std::string_view text, std::string what) {
    return {.code = Errc::Usage,
            .what = std::move(what),
            .where = {.source = shown(text)},
            .hint = "a SCEP URL looks like https://host:port/scep"};
}

// Visible ASCII only: the target goes into the request line as it stands.
bool is_visible(char c) noexcept {
    return c > ' ' && c <= '~';
}

bool is_host_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:%").find(c) != std::string_view::npos;
}

bool take_scheme(std::string_view& rest, Url& url) {
    const auto end = rest.find("://");
    if (end == std::string_view::npos)
        return false;
    std::string scheme(rest.substr(0, end));
    std::ranges::transform(scheme, scheme.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    url.tls = scheme == "https";
    url.port = url.tls ? kHttpsPort : kHttpPort;
    rest.remove_prefix(end + 3);
    return url.tls || scheme == "http";
}

bool take_host(std::string_view& authority, Url& url) {
    const bool bracketed = authority.starts_with('[');
    const auto end = authority.find(bracketed ? ']' : ':');
    if (bracketed && end == std::string_view::npos)
        return false;
    url.host = authority.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0));
    authority.remove_prefix(std::min(authority.size(), end));
    if (bracketed)
        authority.remove_prefix(1);
    return !url.host.empty() && std::ranges::all_of(url.host, is_host_character);
}

// ":8443", or nothing.
bool take_port(std::string_view authority, Url& url) {
    if (authority.empty())
        return true;
    if (authority.front() != ':')
        return false;
    const char* const end = authority.data() + authority.size();
    const auto [stop, error] = std::from_chars(authority.data() + 1, end, url.port);
    return error == std::errc{} && stop == end && url.port != 0;
}

}  // namespace

std::string Url::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    const std::string name = v6 ? fmt::format("[{}]", host) : host;
    return port == (tls ? kHttpsPort : kHttpPort) ? name : fmt::format("{}:{}", name, port);
}

std::string Url::to_text() const {
    return fmt::format("{}://{}{}{}{}",
                       tls ? "https" : "http",
                       authority(),
                       path,
                       query.empty() ? "" : "?",
                       query);
}

Result<Url> parse_url(std::string_view text) {
    Url url;
    std::string_view rest = text;
    if (!std::ranges::all_of(text, is_visible))
        return fail(bad_url(text, "a URL has no blanks, control or non-ASCII characters"));
    if (!take_scheme(rest, url))
        return fail(bad_url(text, "not an http:// or https:// URL"));
    if (rest.find('#') != std::string_view::npos)
        return fail(bad_url(text, "a fragment (#) means nothing to a server"));
    const auto end = std::min(rest.size(), rest.find_first_of("/?"));
    std::string_view authority = rest.substr(0, end);
    rest.remove_prefix(end);
    if (authority.find('@') != std::string_view::npos)
        return fail({.code = Errc::Usage,  // without the text: it holds a password
                     .what = "user information in a URL is refused",
                     .hint = "SCEP knows no user names: a challenge is a setting of its own"});
    if (!take_host(authority, url))
        return fail(bad_url(text, "no host, or a malformed one"));
    if (!take_port(authority, url))
        return fail(bad_url(text, "the port is not a number from 1 to 65535"));
    const auto question = rest.find('?');
    if (const std::string_view path = rest.substr(0, question); !path.empty())
        url.path = path;
    if (question != std::string_view::npos)
        url.query = rest.substr(question + 1);
    return url;
}

}  // namespace scep::http
