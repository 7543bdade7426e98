// One packet down to its TCP payload: link layer, VLAN tags, IPv4 or IPv6 with extension headers.
#pragma once

#include "core/base/network.hpp"
#include "core/capture/packets.hpp"

namespace scep::capture {

struct Endpoint {
    IpAddress address{};
    std::uint16_t port = 0;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;

    friend bool operator<(const Endpoint& a, const Endpoint& b) noexcept {
        return a.address == b.address ? a.port < b.port : a.address < b.address;
    }

    std::string to_text() const;  // "192.0.2.1:80", "[2001:db8::1]:80"
};

struct TcpSegment {
    Endpoint from{}, to{};
    std::uint32_t sequence = 0;
    bool syn = false, ack = false;
    Bytes payload{};            // as captured; borrowed from the packet
    std::size_t wire_size = 0;  // of the payload on the wire
};

enum class PacketKind : std::uint8_t { Tcp, Fragment, Other, UnknownLink };

PacketKind parse_packet(const Packet& packet, TcpSegment& out);

}  // namespace scep::capture
