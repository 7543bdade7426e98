#include "core/capture/packets.hpp"

#include <stdio.h>

#include <array>

#include <fmt/format.h>

#include "core/base/escape.hpp"

namespace scep::capture {

namespace {

using namespace std::string_view_literals;

constexpr std::array kMagics{"\xa1\xb2\xc3\xd4"sv,
                             "\xd4\xc3\xb2\xa1"sv,
                             "\xa1\xb2\x3c\x4d"sv,
                             "\x4d\x3c\xb2\xa1"sv,
                             "\x0a\x0d\x0d\x0a"sv};

struct Closer {
    const PcapLibrary* library;

    void operator()(::pcap_t* handle) const noexcept { library->close(handle); }
};

}  // namespace

bool is_packet_capture(Bytes file) noexcept {
    return std::ranges::any_of(
        kMagics, [&](std::string_view magic) { return as_text(file).starts_with(magic); });
}

// libpcap reads both formats from a stream, and the C library makes one of octets in memory: the
// file is not opened again, and may as well be standard input.
Result<std::string> each_packet(const PcapLibrary& pcap,
                                Bytes file,
                                const std::function<void(const Packet&)>& take) {
    // Opened for reading, so that the octets stay as they are.
    ::FILE* const stream = ::fmemopen(const_cast<std::uint8_t*>(file.data()), file.size(), "rb");
    if (stream == nullptr)
        return fail(Errc::Internal, "no memory for a packet capture");
    std::array<char, PCAP_ERRBUF_SIZE> why{};
    const std::unique_ptr<::pcap_t, Closer> handle(pcap.fopen_offline(stream, why.data()),
                                                   Closer{&pcap});
    if (!handle) {
        static_cast<void>(::fclose(stream));
        return fail(Errc::Protocol,
                    fmt::format("a packet capture that cannot be read: {}", why.data()));
    }
    const int link_type = pcap.datalink(handle.get());
    ::pcap_pkthdr* header = nullptr;
    const ::u_char* octets = nullptr;
    int status = 0;
    while ((status = pcap.next_ex(handle.get(), &header, &octets)) == 1)
        take({.time = TimePoint(Seconds(header->ts.tv_sec)),
              .link_type = link_type,
              .octets = Bytes(octets, header->caplen),
              .wire_size = header->len});
    return status == PCAP_ERROR_BREAK ? std::string() : std::string(pcap.geterr(handle.get()));
}

}  // namespace scep::capture
