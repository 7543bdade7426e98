// Packet captures made packet by packet: what is special about one stands in its test.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.hpp"

namespace scep::test {

inline std::string be16(std::size_t value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value)};
}

inline std::string be32(std::size_t value) {
    return be16((value >> 16U) & 0xffffU) + be16(value & 0xffffU);
}

inline std::string le32(std::size_t value) {
    const std::string text = be32(value);
    return {text.rbegin(), text.rend()};
}

inline std::string le16(std::size_t value) {
    const std::string text = be16(value);
    return {text.rbegin(), text.rend()};
}

struct Segment {
    bool from_client = true;
    std::uint32_t sequence = 0;
    std::string payload{};
    std::uint8_t flags = 0x10;  // ACK
    std::size_t server_port = 80;
    std::size_t client_port = 40112;
};

constexpr std::uint8_t kSyn = 0x02, kSynAck = 0x12;

inline std::string tcp(const Segment& segment) {
    const std::size_t from = segment.from_client ? segment.client_port : segment.server_port;
    const std::size_t to = segment.from_client ? segment.server_port : segment.client_port;
    return be16(from) + be16(to) + be32(segment.sequence) + be32(0) + "\x50" +
           static_cast<char>(segment.flags) + std::string(6, '\0') + segment.payload;
}

// 192.0.2.7 is the client, 192.0.2.1 the server.
inline std::string ipv4(const Segment& segment) {
    const std::string payload = tcp(segment);
    const std::string client("\xc0\x00\x02\x07", 4), server("\xc0\x00\x02\x01", 4);
    return std::string("\x45\x00", 2) + be16(20 + payload.size()) + std::string(4, '\0') +
           "\x40\x06" + be16(0) + (segment.from_client ? client + server : server + client) +
           payload;
}

// 2001:db8::7 and 2001:db8::1, with destination options in front of TCP.
inline std::string ipv6(const Segment& segment) {
    const std::string payload = std::string("\x06\x00\x01\x04\x00\x00\x00\x00", 8) + tcp(segment);
    const auto address = [](char last) {
        return std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + last;
    };
    return std::string("\x60\x00\x00\x00", 4) + be16(payload.size()) + "\x3c\x40" +
           (segment.from_client ? address(7) + address(1) : address(1) + address(7)) + payload;
}

inline std::string ethernet(const std::string& ip) {
    return std::string(12, '\x02') + (ip[0] == '\x60' ? "\x86\xdd" : std::string("\x08\x00", 2)) +
           ip;
}

// One packet a second from 2026-11-29T08:57:11Z on; `snap` octets of each are kept.
class PcapFile {
  public:
    explicit PcapFile(int link = 1, std::size_t snap = 262144) : snap_(snap) {
        text_ = le32(0xa1b2c3d4) + le16(2) + le16(4) + le32(0) + le32(0) + le32(262144) +
                le32(static_cast<std::size_t>(link));
    }

    PcapFile& packet(const std::string& octets) {
        const std::string kept = octets.substr(0, snap_);
        text_ += le32(time_++) + le32(0) + le32(kept.size()) + le32(octets.size()) + kept;
        return *this;
    }

    PcapFile& add(const Segment& segment) { return packet(ethernet(ipv4(segment))); }

    const std::string& text() const noexcept { return text_; }

  private:
    std::string text_;
    std::size_t snap_;
    std::size_t time_ = 1795942631;
};

// The same packets as pcapng: one section, one interface.
inline std::string as_pcapng(const std::string& pcap) {
    const auto block = [](std::size_t type, std::string body) {
        body.resize((body.size() + 3) / 4 * 4);
        const std::string size = le32(body.size() + 12);
        return le32(type) + size + body + size;
    };
    std::string out =
        block(0x0a0d0d0a, le32(0x1a2b3c4d) + le16(1) + le16(0) + std::string(8, '\xff'));
    out += block(1, pcap.substr(20, 2) + le16(0) + le32(262144));
    for (std::size_t at = 24; at < pcap.size();) {
        const auto number = [&](std::size_t from) {
            std::size_t value = 0;
            for (std::size_t i = 4; i-- > 0;)
                value = value * 256 + static_cast<std::uint8_t>(pcap[at + from + i]);
            return value;
        };
        const std::uint64_t time = std::uint64_t{number(0)} * 1000000 + number(4);
        out += block(6,
                     le32(0) + le32(time >> 32U) + le32(time & 0xffffffffU) +
                         pcap.substr(at + 8, 8) + pcap.substr(at + 16, number(8)));
        at += 16 + number(8);
    }
    return out;
}

}  // namespace scep::test
