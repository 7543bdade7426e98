#include "core/capture/tcp_segment.hpp"

#include <fmt/format.h>

#include "core/base/limits.hpp"

namespace scep::capture {

namespace {

constexpr std::uint8_t kTcp = 6;
constexpr unsigned kIpv4 = 0x0800;
constexpr unsigned kIpv6 = 0x86dd;

unsigned u16(Bytes in, std::size_t at) noexcept {
    return (unsigned{in[at]} << 8U) | in[at + 1];
}

std::uint32_t u32(Bytes in, std::size_t at) noexcept {
    return (std::uint32_t{u16(in, at)} << 16U) | u16(in, at + 2);
}

Bytes from(Bytes in, std::size_t at) noexcept {
    return in.subspan(std::min(at, in.size()));
}

// Behind VLAN tags, each of which has another type behind it.
Bytes ethernet_payload(Bytes in, std::size_t type_at) noexcept {
    for (std::size_t i = 0; i < limits::kMaxLinkHeaders && in.size() >= type_at + 2; ++i) {
        const unsigned type = u16(in, type_at);
        if (type == kIpv4 || type == kIpv6)
            return from(in, type_at + 2);
        if (type != 0x8100 && type != 0x88a8 && type != 0x9100)
            return {};
        type_at += 4;
    }
    return {};
}

// The IP packet; nullopt for link layers that this program does not know.
std::optional<Bytes> ip_packet(const Packet& packet) noexcept {
    const Bytes in = packet.octets;
    switch (packet.link_type) {
        case DLT_EN10MB:
            return ethernet_payload(in, 12);
        case DLT_LINUX_SLL:
            return ethernet_payload(in, 14);
        case DLT_LINUX_SLL2:
            return in.size() >= 20 && (u16(in, 0) == kIpv4 || u16(in, 0) == kIpv6) ? from(in, 20)
                                                                                   : Bytes{};
        case DLT_NULL:
        case DLT_LOOP:  // four octets of an address family, which IP's version makes superfluous
            return from(in, 4);
        case DLT_RAW:
        case DLT_IPV4:
        case DLT_IPV6:
            return in;
        default:
            return std::nullopt;
    }
}

IpAddress v4_address(Bytes in, std::size_t at) noexcept {
    IpAddress out;
    out.octets[10] = out.octets[11] = 0xff;
    std::ranges::copy(in.subspan(at, 4), out.octets.begin() + 12);
    return out;
}

IpAddress v6_address(Bytes in, std::size_t at) noexcept {
    IpAddress out;
    std::ranges::copy(in.subspan(at, 16), out.octets.begin());
    return out;
}

// `wire` is what the IP header says of the payload; 0 where the network card would have cut it.
PacketKind parse_tcp(Bytes in, std::size_t wire, TcpSegment& out) noexcept {
    constexpr std::size_t kHeader = 20;
    constexpr std::size_t kFlags = 13;
    if (in.size() < kHeader)
        return PacketKind::Other;
    const std::size_t header = std::size_t{in[12]} / 16 * 4;
    if (header < kHeader || wire < header)
        return PacketKind::Other;
    out.from.port = static_cast<std::uint16_t>(u16(in, 0));
    out.to.port = static_cast<std::uint16_t>(u16(in, 2));
    out.sequence = u32(in, 4);
    out.syn = (in[kFlags] & 0x02U) != 0;
    out.ack = (in[kFlags] & 0x10U) != 0;
    out.wire_size = wire - header;
    const Bytes payload = from(in, header);
    // What is longer than IP says is padding of the link layer.
    out.payload = payload.first(std::min(payload.size(), out.wire_size));
    return PacketKind::Tcp;
}

PacketKind parse_v4(Bytes in, std::size_t wire_size, TcpSegment& out) noexcept {
    constexpr std::size_t kHeader = 20;
    if (in.size() < kHeader)
        return PacketKind::Other;
    const std::size_t header = std::size_t{in[0] & 15U} * 4;
    // Segments that the network card was to cut have a total length of zero.
    const std::size_t total = u16(in, 2) == 0 ? wire_size : u16(in, 2);
    if (header < kHeader || total < header || in[9] != kTcp)
        return PacketKind::Other;
    if ((u16(in, 6) & 0x3fffU) != 0)
        return PacketKind::Fragment;
    out.from.address = v4_address(in, 12);
    out.to.address = v4_address(in, 16);
    return parse_tcp(from(in, header), total - header, out);
}

bool is_extension(std::uint8_t next) noexcept {
    return next == 0 || next == 43 || next == 60;  // hop-by-hop, routing, destination options
}

PacketKind parse_v6(Bytes in, std::size_t wire_size, TcpSegment& out) noexcept {
    constexpr std::size_t kHeader = 40;
    constexpr std::uint8_t kFragment = 44;
    if (in.size() < kHeader)
        return PacketKind::Other;
    std::size_t wire = u16(in, 4) == 0 ? wire_size - std::min(wire_size, kHeader) : u16(in, 4);
    std::uint8_t next = in[6];
    Bytes rest = from(in, kHeader);
    for (std::size_t i = 0; i < limits::kMaxLinkHeaders && is_extension(next) && rest.size() >= 2;
         ++i) {
        const std::size_t size = (std::size_t{rest[1]} + 1) * 8;
        next = rest[0];
        if (wire < size)
            return PacketKind::Other;
        wire -= size;
        rest = from(rest, size);
    }
    if (next == kFragment)
        return PacketKind::Fragment;
    if (next != kTcp)
        return PacketKind::Other;
    out.from.address = v6_address(in, 8);
    out.to.address = v6_address(in, 24);
    return parse_tcp(rest, wire, out);
}

}  // namespace

std::string Endpoint::to_text() const {
    return fmt::format(
        fmt::runtime(address.is_v4() ? "{}:{}" : "[{}]:{}"), address.to_text(), port);
}

PacketKind parse_packet(const Packet& packet, TcpSegment& out) {
    const auto ip = ip_packet(packet);
    if (!ip)
        return PacketKind::UnknownLink;
    if (ip->empty())
        return PacketKind::Other;
    const std::size_t link = packet.octets.size() - ip->size();
    const std::size_t wire_size = packet.wire_size - std::min(packet.wire_size, link);
    if (ip->front() / 16 == 4)
        return parse_v4(*ip, wire_size, out);
    if (ip->front() / 16 == 6)
        return parse_v6(*ip, wire_size, out);
    return PacketKind::Other;
}

}  // namespace scep::capture
