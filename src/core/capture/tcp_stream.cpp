#include "core/capture/tcp_stream.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace scep::capture {

namespace {

using Kind = StreamEvent::Kind;

// All zeros of one stream: many small gaps must not become many megabytes.
constexpr std::size_t kMaxFilled = 1U << 20U;

// Appends in order, for which segments are sorted.
class Assembly {
  public:
    explicit Assembly(std::size_t octets) : expected_(octets) {}

    void start(std::int64_t at, bool missing) {
        pieces_.push_back({.start_missing = missing});
        if (pieces_.size() == 1)
            pieces_.back().octets.reserve(expected_);
        base_ = at;
    }

    bool started() const noexcept { return !pieces_.empty(); }

    std::int64_t end() const noexcept {
        return base_ + static_cast<std::int64_t>(pieces_.back().octets.size());
    }

    // Zeros up to `at`, or another piece.
    void skip_to(std::int64_t at, Kind kind) {
        const auto gap = static_cast<std::size_t>(at - end());
        if (gap > limits::kMaxLostOctets || filled_ + gap > kMaxFilled) {
            start(at, true);
            return;
        }
        filled_ += gap;
        event(kind, pieces_.back().octets.size(), gap);
        pieces_.back().octets.resize(pieces_.back().octets.size() + gap);
    }

    void put(Bytes octets, TimePoint time, bool late) {
        Piece& piece = pieces_.back();
        if (octets.empty())
            return;
        if (late)
            event(Kind::OutOfOrder, piece.octets.size(), octets.size());
        if (piece.times.empty() || piece.times.back().second != time)
            piece.times.emplace_back(piece.octets.size(), time);
        append(piece.octets, octets);
    }

    // Octets that are here already, from `at` on.
    void repeat(std::int64_t at, Bytes octets) {
        const Piece& piece = pieces_.back();
        const std::int64_t from = std::max<std::int64_t>(at, base_);
        octets = octets.subspan(static_cast<std::size_t>(from - at));
        const auto begin = static_cast<std::size_t>(from - base_);
        const Bytes known = Bytes(piece.octets).subspan(begin, octets.size());
        // A probe of a connection that sleeps is one octet of anything.
        const bool probe = octets.size() <= 1;
        if (!octets.empty() && !probe)
            event(
                equal(known, octets) ? Kind::Retransmitted : Kind::Conflict, begin, octets.size());
    }

    std::vector<Piece> finish() && {
        for (Piece& piece : pieces_)
            std::ranges::sort(piece.events, {}, &StreamEvent::begin);
        return std::move(pieces_);
    }

  private:
    void event(Kind kind, std::size_t begin, std::size_t size) {
        pieces_.back().events.push_back({.kind = kind, .begin = begin, .size = size});
    }

    std::vector<Piece> pieces_{};
    std::int64_t base_ = 0;
    std::size_t filled_ = 0, expected_;
};

}  // namespace

TimePoint Piece::time_at(std::size_t octet) const noexcept {
    const auto behind =
        std::ranges::upper_bound(times, octet, {}, [](const auto& entry) { return entry.first; });
    return behind == times.begin() ? TimePoint{} : std::prev(behind)->second;
}

// Numbers of 32 bits go round; what is near to the last one is meant.
std::int64_t TcpStream::position(std::uint32_t sequence) noexcept {
    if (begun_)
        last_position_ += static_cast<std::int32_t>(sequence - last_sequence_);
    begun_ = true;
    last_sequence_ = sequence;
    return last_position_;
}

bool TcpStream::is_other(const TcpSegment& syn) const noexcept {
    return has_syn_ ? syn.sequence != syn_sequence_ : !segments_.empty();
}

void TcpStream::add(const TcpSegment& segment, TimePoint time) {
    std::uint32_t sequence = segment.sequence;
    if (segment.syn) {
        syn_sequence_ = sequence++;  // a SYN takes a number itself
        has_syn_ = true;
    }
    const std::int64_t at = position(sequence);
    if (segment.syn)
        start_ = at;
    if (segment.wire_size == 0 || ignored_)
        return;
    const std::int64_t end = at + static_cast<std::int64_t>(segment.wire_size);
    segments_.push_back({.at = at,
                         .payload = to_buffer(segment.payload),
                         .wire_size = segment.wire_size,
                         .time = time,
                         .late = end <= highest_});
    highest_ = std::max(highest_, end);
}

Bytes TcpStream::beginning() const noexcept {
    const bool known = segments_.size() == 1 && has_syn_ && segments_.front().at == start_;
    return known ? Bytes(segments_.front().payload) : Bytes{};
}

void TcpStream::ignore() noexcept {
    ignored_ = true;
    segments_.clear();
    segments_.shrink_to_fit();
}

std::vector<Piece> TcpStream::assemble() && {
    std::ranges::stable_sort(segments_, {}, &Stored::at);
    std::size_t octets = 0;
    for (const Stored& segment : segments_)
        octets += segment.payload.size();
    Assembly out(octets);
    if (has_syn_ && !segments_.empty() && segments_.front().at >= start_)
        out.start(start_, false);
    bool cut = false;
    for (Stored& segment : segments_) {
        if (!out.started())
            out.start(segment.at, !has_syn_);
        if (segment.at > out.end())
            out.skip_to(segment.at, cut ? Kind::Cut : Kind::Lost);
        const Bytes payload(segment.payload);
        const auto known = static_cast<std::size_t>(std::min<std::int64_t>(
            out.end() - segment.at, static_cast<std::int64_t>(payload.size())));
        out.repeat(segment.at, payload.first(known));
        out.put(payload.subspan(known), segment.time, segment.late);
        cut = payload.size() < segment.wire_size;
        segment.payload = Buffer();
    }
    if (cut && out.started())
        out.skip_to(std::max(highest_, out.end()), Kind::Cut);
    return std::move(out).finish();
}

}  // namespace scep::capture
