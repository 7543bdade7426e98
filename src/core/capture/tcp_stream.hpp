// One direction of a TCP connection, put together from segments in whatever order they came.
//
// Segments are kept as they come and sorted once at the end; every octet is looked at a fixed
// number of times, however they overlap. Small gaps are filled with zeros, so that what comes
// behind keeps its place; a large one ends a piece.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "core/capture/tcp_segment.hpp"

namespace scep::capture {

// What happened to the octets of a piece from `begin` on.
struct StreamEvent {
    enum class Kind : std::uint8_t {
        Lost,           // no segment had them: zeros
        Cut,            // the capture kept the beginning of a packet alone: zeros
        OutOfOrder,     // came after what follows them
        Retransmitted,  // came more than once
        Conflict,       // came more than once, and differently: the first is kept
    };

    Kind kind = Kind::Lost;
    std::size_t begin = 0, size = 0;
};

struct Piece {
    Buffer octets{};
    std::vector<StreamEvent> events{};                       // by `begin`
    std::vector<std::pair<std::size_t, TimePoint>> times{};  // from that octet on
    bool start_missing = false;                              // more came before it

    TimePoint time_at(std::size_t octet) const noexcept;
};

class TcpStream {
  public:
    // What a segment costs beside its payload.
    static constexpr std::size_t kOverhead = 192;

    void add(const TcpSegment& segment, TimePoint time);

    bool empty() const noexcept { return segments_.empty(); }

    // Would this SYN begin another connection between the same ports?
    bool is_other(const TcpSegment& syn) const noexcept;

    // What the connection begins with, while that is all there is; empty when it cannot be known.
    Bytes beginning() const noexcept;

    // No more is to be kept.
    void ignore() noexcept;

    bool ignored() const noexcept { return ignored_; }

    std::vector<Piece> assemble() &&;

  private:
    struct Stored {
        std::int64_t at = 0;  // of its first octet, relative to the first that was seen
        Buffer payload{};
        std::size_t wire_size = 0;
        TimePoint time{};
        bool late = false;  // one that follows it came before it
    };

    std::int64_t position(std::uint32_t sequence) noexcept;

    std::vector<Stored> segments_{};
    std::uint32_t last_sequence_ = 0;
    std::int64_t last_position_ = 0;
    std::int64_t highest_ = std::numeric_limits<std::int64_t>::min();  // behind what came so far
    bool begun_ = false, has_syn_ = false, ignored_ = false;
    std::uint32_t syn_sequence_ = 0;
    std::int64_t start_ = 0;  // the position behind the SYN
};

}  // namespace scep::capture
