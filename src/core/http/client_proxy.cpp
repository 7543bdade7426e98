#include <algorithm>

#include "core/base/network.hpp"
#include "core/http/client_route.hpp"

namespace scep::http {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return out;
}

bool is_in_network(std::string_view host, std::string_view entry) {
    if (entry.find('/') == std::string_view::npos)
        return false;
    const auto network = parse_network(entry);
    const auto address = parse_ip(host);
    return network && address && network->contains(*address);
}

// However it is written: "[::1]", "0:0:0:0:0:0:0:1".
bool is_same_address(std::string_view host, std::string_view entry) {
    if (entry.starts_with('[') && entry.ends_with(']'))
        entry = entry.substr(1, entry.size() - 2);
    const auto a = parse_ip(host), b = parse_ip(entry);
    return a && b && *a == *b;
}

// "example" and ".example" both are the host and all below it.
bool matches(std::string_view host, std::string_view entry) {
    if (entry == "*" || is_in_network(host, entry) || is_same_address(host, entry))
        return true;
    if (entry.starts_with('.'))
        entry.remove_prefix(1);
    return host == entry || (host.size() > entry.size() && host.ends_with(entry) &&
                             host[host.size() - entry.size() - 1] == '.');
}

}  // namespace

bool is_excepted(const std::string& list, std::string_view host) {
    constexpr std::string_view kBetween = ", \t";
    const std::string name = lower(host);
    const std::string entries = lower(list);
    std::string_view rest = entries;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of(kBetween), rest.size());
        if (end != 0 && matches(name, rest.substr(0, end)))
            return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

const Url* proxy_for(const ProxySettings& settings, const Url& url) {
    const std::optional<Url>& proxy = url.tls ? settings.https : settings.http;
    return !proxy || is_excepted(settings.no_proxy, url.host) ? nullptr : &*proxy;
}

}  // namespace scep::http
