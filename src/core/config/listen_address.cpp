#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/config/config.hpp"

namespace scep::config {

namespace {

constexpr std::uint8_t kLoopbackNet = 127;  // 127.0.0.0/8

tl::unexpected<Error> malformed(std::string_view text) {
    return fail(Errc::Config,
                fmt::format("\"{}\" is not an address to listen on, want a form like "
                            "\"127.0.0.1:8443\" or \"[::1]:8443\"",
                            escape_text(text)));
}

}  // namespace

Result<ListenAddress> parse_listen(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        return malformed(text);
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    constexpr std::string_view kHostLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    in6_addr address{};
    const bool fits = bracketed ? inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1
                                : host.find_first_not_of(kHostLetters) == std::string_view::npos;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (!fits || error != std::errc{} || end != digits.data() + digits.size())
        return malformed(text);
    return ListenAddress{.host = std::string(host), .port = port};
}

std::string to_text(const ListenAddress& address) {
    const bool ipv6 = address.host.find(':') != std::string::npos;
    return ipv6 ? fmt::format("[{}]:{}", address.host, address.port)
                : fmt::format("{}:{}", address.host, address.port);
}

bool is_loopback(const ListenAddress& address) noexcept {
    if (address.host == "localhost")
        return true;
    in_addr v4{};
    if (inet_pton(AF_INET, address.host.c_str(), &v4) == 1)
        return (ntohl(v4.s_addr) >> 24U) == kLoopbackNet;
    in6_addr v6{};
    return inet_pton(AF_INET6, address.host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace scep::config
