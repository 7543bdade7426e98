// Packet captures: packets, TCP streams, and the HTTP in them.
#include "core/capture/packet_capture.hpp"
#include "fuzz/target.hpp"

using namespace scep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    if (!capture::is_packet_capture(input))
        return 0;
    capture::Collection out("fuzz");
    static_cast<void>(capture::add_packet_capture(out, out.blank(), input));
    static_cast<void>(std::move(out).finish("fuzz"));
    return 0;
}
