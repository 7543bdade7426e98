// Dumps with offsets: of xxd, hexdump -C, od -tx1, tcpdump -x and Wireshark.
#pragma once

#include "core/capture/text_codec.hpp"

namespace scep::capture {

// nullopt when `text` is no dump from offset 0 on, whole lines of it.
std::optional<Decoded> decode_dump(std::string_view text);

}  // namespace scep::capture
