// Socket addresses and their text.
#pragma once

#include <sys/socket.h>

#include "serve/net/front.hpp"

namespace scep::net {

// "192.0.2.7" also for ::ffff:192.0.2.7; IPv6 as RFC 5952 writes it, without zone.
Peer peer_of(const sockaddr_storage& address) noexcept;

// "127.0.0.1:8443", "[::1]:8443", "*:8443" for an empty host.
std::string host_port(const std::string& host, std::uint16_t port);

}  // namespace scep::net
