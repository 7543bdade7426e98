#include "core/capture/stream_http.hpp"

#include <array>

#include <fmt/format.h>

#include "core/capture/http_exchange.hpp"

namespace scep::capture {

namespace {

using Kind = StreamEvent::Kind;

struct Sums {
    std::size_t octets = 0, times = 0;
};

// What happened on the way to the octets of one message.
void note_events(const std::array<Sums, 5>& sums, Captured& frame) {
    const auto of = [&](Kind kind) { return sums[static_cast<std::size_t>(kind)]; };
    const auto note = [&](std::string id, std::string text, bool damage) {
        frame.remarks.push_back({.id = std::move(id), .text = std::move(text), .damage = damage});
    };
    if (const Sums lost = of(Kind::Lost); lost.times != 0)
        note("segment-lost",
             fmt::format("{} of its octets, in {} places, are not in the capture: zeros stand for "
                         "them",
                         lost.octets,
                         lost.times),
             true);
    if (const Sums cut = of(Kind::Cut); cut.times != 0)
        note("packet-cut",
             fmt::format("{} of its octets are missing, since the capture kept the beginning of "
                         "packets alone: zeros stand for them; capture with tcpdump -s 0",
                         cut.octets),
             true);
    if (const Sums late = of(Kind::OutOfOrder); late.times != 0)
        note("segment-out-of-order",
             fmt::format("{} of its segments came out of order, and were put in order", late.times),
             false);
    if (const Sums twice = of(Kind::Retransmitted); twice.times != 0)
        note("segment-retransmitted",
             fmt::format("{} of its segments came more than once", twice.times),
             false);
    if (const Sums differ = of(Kind::Conflict); differ.times != 0)
        note(
            "segment-conflict",
            fmt::format("{} of its segments came more than once, and not alike: the first is taken",
                        differ.times),
            true);
}

// The messages of one direction, one by one: a connection may have very many.
class Messages {
  public:
    Messages(TcpStream stream, Endpoint from, Endpoint to)
        : pieces_(std::move(stream).assemble()), from_(from), to_(to) {}

    // Looks at the first message without taking it.
    std::optional<bool> begins_with_request() const {
        for (const Piece& piece : pieces_)
            if (const auto message = HttpReader(as_text(piece.octets)).next())
                return message->is_request;
        return std::nullopt;
    }

    bool looks_like_tls() const noexcept {
        return !pieces_.empty() && pieces_.front().octets.size() > 2 &&
               pieces_.front().octets[0] >= 0x14U && pieces_.front().octets[0] <= 0x17U &&
               pieces_.front().octets[1] == 3;
    }

    std::optional<HttpMessage> next(bool answers_head = false) {
        while (piece_ < pieces_.size()) {
            if (!reader_)
                reader_.emplace(as_text(pieces_[piece_].octets));
            if (auto message = reader_->next(answers_head))
                return message;
            reader_.reset();
            ++piece_;
            event_ = 0;
        }
        return std::nullopt;
    }

    // `frame` for the message that was read last.
    Captured framed(Captured frame, const HttpMessage& message) {
        const Piece& piece = pieces_[piece_];
        frame.place = fmt::format("{} > {}", from_.to_text(), to_.to_text());
        frame.time = piece.time_at(message.begin);
        if (message.begin == 0 && piece.start_missing && piece_ != 0)
            frame.remarks.push_back({.id = "segment-lost",
                                     .text = "what came before it on this connection is not in the "
                                             "capture",
                                     .damage = false});
        std::array<Sums, 5> sums{};
        for (; event_ < piece.events.size() && piece.events[event_].begin < message.end; ++event_) {
            const StreamEvent& event = piece.events[event_];
            if (event.begin + event.size <= message.begin)
                continue;
            Sums& sum = sums[static_cast<std::size_t>(event.kind)];
            sum.octets += event.size;
            ++sum.times;
        }
        note_events(sums, frame);
        return frame;
    }

  private:
    std::vector<Piece> pieces_;
    Endpoint from_, to_;
    std::size_t piece_ = 0, event_ = 0;
    std::optional<HttpReader> reader_{};
};

void add_reply_to(Collection& out, const Captured& frame, Messages& replies, const Asked* asked) {
    while (const auto reply = replies.next(asked != nullptr && asked->head)) {
        Captured captured = replies.framed(frame, *reply);
        if (reply->is_request || is_interim(*reply))
            continue;
        add_reply(out, std::move(captured), *reply, asked, false);
        if (asked != nullptr)
            return;
    }
}

void add_exchanges(Collection& out, const Captured& frame, Messages& requests, Messages& replies) {
    while (const auto request = requests.next()) {
        Captured captured = requests.framed(frame, *request);
        captured.exchange = out.new_exchange();
        const Asked asked = add_request(out, std::move(captured), *request);
        add_reply_to(out, frame, replies, &asked);
    }
    add_reply_to(out, frame, replies, nullptr);
}

}  // namespace

void refuse_tls(Collection& out, const Endpoint& server) {
    out.refuse("tls",
               fmt::format("TLS to {}: cannot be read without its keys", server.to_text()),
               "capture the plain side of whatever ends TLS, or save the requests where they are "
               "plain: a proxy's or the server's log");
}

bool add_connection(Collection& out, const Captured& frame, Connection connection) {
    Messages forward(std::move(connection.forward), connection.first, connection.second);
    Messages backward(std::move(connection.backward), connection.second, connection.first);
    const auto asks = forward.begins_with_request();
    const auto answers = backward.begins_with_request();
    if (!asks && !answers) {
        if (forward.looks_like_tls() || backward.looks_like_tls())
            refuse_tls(out,
                       connection.first.port < connection.second.port ? connection.first
                                                                      : connection.second);
        return false;
    }
    if (asks.value_or(!answers.value_or(false)))
        add_exchanges(out, frame, forward, backward);
    else
        add_exchanges(out, frame, backward, forward);
    return true;
}

}  // namespace scep::capture
