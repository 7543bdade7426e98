// pcap and pcapng of plain HTTP.
#pragma once

#include "core/capture/collection.hpp"
#include "core/capture/packets.hpp"

namespace scep::capture {

// Takes the SCEP of every TCP connection of the file. Io without libpcap; Protocol when the file
// cannot be read at all.
Status add_packet_capture(Collection& out, const Captured& frame, Bytes file);

}  // namespace scep::capture
