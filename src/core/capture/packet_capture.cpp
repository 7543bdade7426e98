#include "core/capture/packet_capture.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/capture/http_reader.hpp"
#include "core/capture/stream_http.hpp"

namespace scep::capture {

namespace {

// A handshake of TLS: record type 22, version 3.x, ClientHello.
bool is_client_hello(Bytes octets) noexcept {
    return octets.size() > 5 && octets[0] == 22 && octets[1] == 3 && octets[5] == 1;
}

class Connections {
  public:
    explicit Connections(Collection& out) : out_(out) {}

    void take(const Packet& packet) {
        ++packets_;
        TcpSegment segment;
        switch (parse_packet(packet, segment)) {
            case PacketKind::Tcp:
                take(segment, packet.time);
                break;
            case PacketKind::Fragment:
                ++fragments_;
                break;
            case PacketKind::UnknownLink:
                unknown_link_ = packet.link_type;
                break;
            case PacketKind::Other:
                break;
        }
    }

    void finish(const Captured& frame) && {
        note_packets();
        while (!connections_.empty()) {
            Connection connection = std::move(connections_.front());
            connections_.pop_front();
            if (!connection.forward.empty() || !connection.backward.empty())
                if (!add_connection(out_, frame, std::move(connection)))
                    out_.skip("TCP connections without HTTP");
        }
    }

  private:
    // Both directions have the same key.
    using Key = std::pair<Endpoint, Endpoint>;

    static constexpr std::size_t kConnectionCost = 640;

    bool pay(std::size_t octets) {
        if (held_ + octets > limits::kMaxStreamTotal) {
            ++left_out_;
            return false;
        }
        held_ += octets;
        return true;
    }

    Connection* connection_of(const TcpSegment& segment) {
        const Key key = std::minmax(segment.from, segment.to);
        const auto known = current_.find(key);
        if (known != current_.end() && !is_new(*known->second, segment))
            return known->second;
        if (!pay(kConnectionCost))
            return nullptr;
        connections_.push_back({.first = segment.from, .second = segment.to});
        current_[key] = &connections_.back();
        return &connections_.back();
    }

    // Ports are used again.
    static bool is_new(const Connection& known, const TcpSegment& segment) {
        const TcpStream& stream = known.first == segment.from ? known.forward : known.backward;
        return segment.syn && !segment.ack && stream.is_other(segment);
    }

    void take(const TcpSegment& segment, TimePoint time) {
        if (!segment.syn && segment.wire_size == 0)
            return;
        Connection* const connection = connection_of(segment);
        if (connection == nullptr)
            return;
        TcpStream& stream =
            connection->first == segment.from ? connection->forward : connection->backward;
        const bool keeps = segment.wire_size != 0 && !stream.ignored();
        if (keeps && !pay(segment.payload.size() + TcpStream::kOverhead))
            return;
        stream.add(segment, time);
        if (keeps)
            drop_others(stream, segment);
    }

    // What does not begin like HTTP is not kept: downloads over TLS are most of many captures.
    void drop_others(TcpStream& stream, const TcpSegment& segment) {
        const Bytes beginning = stream.beginning();
        if (beginning.empty() || begins_as_http(as_text(beginning)))
            return;
        if (is_client_hello(beginning))
            refuse_tls(out_, segment.to);
        else if (beginning[0] != 22)
            out_.skip("TCP streams without HTTP");
        held_ -= beginning.size() + TcpStream::kOverhead;
        stream.ignore();
    }

    void note_packets() const {
        if (fragments_ != 0)
            out_.note(
                {.id = "ip-fragments",
                 .text = fmt::format("{} IP fragments of the capture were passed over", fragments_),
                 .damage = true});
        if (unknown_link_)
            out_.refuse("link-type",
                        fmt::format("a packet capture of a link layer that is not read (DLT {})",
                                    *unknown_link_),
                        "Ethernet, Linux cooked, loopback and raw IP are read: capture with "
                        "tcpdump -i any");
        if (left_out_ != 0)
            out_.note({.id = "capture-too-large",
                       .text = fmt::format("{} of {} packets were left out: more than {} MiB of "
                                           "HTTP; narrow it down with tcpdump -r FILE -w SMALLER "
                                           "'host ... and port ...'",
                                           left_out_,
                                           packets_,
                                           limits::kMaxStreamTotal >> 20U),
                       .damage = true});
    }

    Collection& out_;
    std::deque<Connection> connections_{};  // by their first packet; addresses stay
    std::map<Key, Connection*> current_{};
    std::size_t held_ = 0, packets_ = 0, fragments_ = 0, left_out_ = 0;
    std::optional<int> unknown_link_{};
};

}  // namespace

Status add_packet_capture(Collection& out, const Captured& frame, Bytes file) {
    static const auto pcap = PcapLibrary::open();  // once, however many files there are
    if (!pcap)
        return fail(pcap.error());
    Connections connections(out);
    const auto ended =
        each_packet(*pcap, file, [&](const Packet& packet) { connections.take(packet); });
    if (!ended)
        return fail(ended.error());
    if (!ended->empty())
        out.note({.id = "capture-cut",
                  .text = fmt::format("the packet capture ends early: {}", escape_text(*ended)),
                  .damage = true});
    Captured captured = frame;
    captured.forms.emplace_back(file[0] == 0x0a ? "pcapng" : "pcap");
    std::move(connections).finish(captured);
    return {};
}

}  // namespace scep::capture
