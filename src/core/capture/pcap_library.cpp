#include "core/capture/pcap_library.hpp"

#include <dlfcn.h>

#include <fmt/format.h>

namespace scep::capture {

namespace {

template <class Function>
bool find(void* library, const char* name, Function& out) {
    out = reinterpret_cast<Function>(::dlsym(library, name));
    return out != nullptr;
}

}  // namespace

void PcapLibrary::Unload::operator()(void* library) const noexcept {
    static_cast<void>(::dlclose(library));
}

Result<PcapLibrary> PcapLibrary::open(const char* file) {
    PcapLibrary out;
    out.library_.reset(::dlopen(file, RTLD_NOW | RTLD_LOCAL));
    void* const library = out.library_.get();
    if (library == nullptr || !find(library, "pcap_fopen_offline", out.fopen_offline) ||
        !find(library, "pcap_next_ex", out.next_ex) ||
        !find(library, "pcap_datalink", out.datalink) ||
        !find(library, "pcap_geterr", out.geterr) || !find(library, "pcap_close", out.close))
        return fail(
            {.code = Errc::Io,
             .what = fmt::format("a packet capture is read by libpcap, and {} is not here", file),
             .hint = "install it: apt-get install libpcap0.8"});
    return out;
}

}  // namespace scep::capture
