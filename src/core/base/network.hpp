// IP addresses and networks as numbers, to compare them; nothing is resolved.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace scep {

// IPv4 as ::ffff:a.b.c.d, so that one address has one value.
struct IpAddress {
    std::array<std::uint8_t, 16> octets{};

    friend bool operator==(const IpAddress&, const IpAddress&) = default;

    friend bool operator<(const IpAddress& a, const IpAddress& b) noexcept {
        return a.octets < b.octets;
    }

    bool is_v4() const noexcept;
    std::string to_text() const;  // RFC 5952, IPv4 as such
};

// "192.0.2.7", "2001:db8::1"; no port, brackets or zone. Usage.
Result<IpAddress> parse_ip(std::string_view text);

// What stands for a client that is counted: an IPv6 client has its /64, within which it has as many
// addresses as it likes.
IpAddress client_of(IpAddress address) noexcept;
// The same as text, "192.0.2.7", "2001:db8:1:2::"; what is no address stands for itself.
std::string client_of(const std::string& address);

struct IpNetwork {
    IpAddress address{};
    unsigned bits = 128;  // of the 128 of an IpAddress

    bool contains(const IpAddress& other) const noexcept;
};

// "10.0.0.0/24", "2001:db8::/32"; an address alone is the network of itself. Bits behind the prefix
// must be zero: a network that says otherwise is a typing error. Usage.
Result<IpNetwork> parse_network(std::string_view text);

}  // namespace scep
