#include "serve/net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace scep::net {
namespace {

std::string text_of(int family, const void* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const char* done = inet_ntop(family, address, text.data(), text.size());
    return done == nullptr ? std::string("?") : std::string(done);
}

}  // namespace

Peer peer_of(const sockaddr_storage& address) noexcept {
    if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        return {text_of(AF_INET, &v4.sin_addr), ntohs(v4.sin_port)};
    }
    if (address.ss_family != AF_INET6)
        return {"?", 0};
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    const std::uint16_t port = ntohs(v6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
        return {text_of(AF_INET, &v6.sin6_addr.s6_addr[12]), port};
    return {text_of(AF_INET6, &v6.sin6_addr), port};
}

std::string host_port(const std::string& host, std::uint16_t port) {
    std::string name = host.empty() ? "*" : host;
    if (name.find(':') != std::string::npos)
        name = "[" + name + "]";
    return name + ":" + std::to_string(port);
}

}  // namespace scep::net
