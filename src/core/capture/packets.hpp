// The packets of a pcap or pcapng file.
#pragma once

#include <functional>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/capture/pcap_library.hpp"

namespace scep::capture {

struct Packet {
    TimePoint time{};
    int link_type = 0;          // DLT_...
    Bytes octets{};             // as captured; gone with the next packet
    std::size_t wire_size = 0;  // what it had on the wire
};

// By its first octets: pcap in either byte order and resolution, or pcapng.
bool is_packet_capture(Bytes file) noexcept;

// Hands over every packet. Returns why it ended early; empty when it did not. Protocol when the
// file cannot be read from its very beginning.
Result<std::string> each_packet(const PcapLibrary& pcap,
                                Bytes file,
                                const std::function<void(const Packet&)>& take);

}  // namespace scep::capture
