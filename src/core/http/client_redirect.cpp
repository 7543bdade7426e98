#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/http/client_route.hpp"

namespace scep::http {

namespace {

constexpr int kSeeOther = 303;
constexpr int kRedirects[] = {301, 302, kSeeOther, 307, 308};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool same_host(const Url& a, const Url& b) {
    return std::ranges::equal(a.host, b.host, {}, lower, lower);
}

bool is_absolute(std::string_view location) {
    const auto end = location.find("://");
    return end != std::string_view::npos && end < location.find_first_of("/?");
}

// RFC 3986 section 5.2 for what servers send: a URL, //host/path, /path, ?query, or a name beside
// the last one. Dots stay as they are; the server sorts them out.
std::string resolved(const Url& from, std::string_view location) {
    if (is_absolute(location))
        return std::string(location);
    const std::string scheme = from.tls ? "https:" : "http:";
    if (location.starts_with("//"))
        return scheme + std::string(location);
    const std::string base = scheme + "//" + from.authority();
    if (location.starts_with('/'))
        return base + std::string(location);
    if (location.starts_with('?'))
        return base + from.path + std::string(location);
    return base + from.path.substr(0, from.path.rfind('/') + 1) + std::string(location);
}

Error refused(const Url& from, int status, std::string_view location, std::string_view why) {
    Url shown = from;
    shown.query.clear();  // of a GET it is the whole message
    const std::string target = escape_text(location.substr(0, location.find('?')));
    return {
        .code = Errc::Network,
        .what = fmt::format(
            "HTTP {} redirects to {}, and {}", status, target.empty() ? "nowhere" : target, why),
        .where = {.source = shown.to_text()},
        .hint = "if that is the server, give its URL"};
}

}  // namespace

bool is_redirect(int status) noexcept {
    return std::ranges::find(kRedirects, status) != std::end(kRedirects);
}

Result<Url> redirect_target(const Url& from, int status, std::string_view location, bool post) {
    location = location.substr(0, location.find('#'));
    if (location.empty())
        return fail(refused(from, status, location, "there is nothing to follow"));
    auto target = parse_url(resolved(from, location));
    if (!target)
        return fail(refused(from, status, location, "that is no http:// or https:// URL"));
    if (!same_host(from, *target))
        return fail(refused(from, status, location, "another host is not followed to"));
    if (from.tls && !target->tls)
        return fail(refused(from, status, location, "https is not given up for http"));
    if (from.tls == target->tls && from.port != target->port)
        return fail(refused(from, status, location, "another port is not followed to"));
    if (post && status == kSeeOther)
        return fail(refused(from, status, location, "a POST is not followed by a GET"));
    if (target->query.empty())
        target->query = from.query;
    return target;
}

}  // namespace scep::http
