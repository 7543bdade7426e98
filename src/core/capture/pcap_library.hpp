// libpcap, opened when the first capture is read: no other command pays for it, and a machine
// without it loses this one form alone.
#pragma once

#include <memory>
#include <pcap/pcap.h>

#include "core/base/result.hpp"

namespace scep::capture {

class PcapLibrary {
  public:
    // Io, naming the package, when there is no such library or not all of it.
    static Result<PcapLibrary> open(const char* file = "libpcap.so.0.8");

    decltype(&::pcap_fopen_offline) fopen_offline = nullptr;
    decltype(&::pcap_next_ex) next_ex = nullptr;
    decltype(&::pcap_datalink) datalink = nullptr;
    decltype(&::pcap_geterr) geterr = nullptr;
    decltype(&::pcap_close) close = nullptr;

  private:
    struct Unload {
        void operator()(void* library) const noexcept;
    };

    std::unique_ptr<void, Unload> library_{};
};

}  // namespace scep::capture
