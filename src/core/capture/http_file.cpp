#include "core/capture/http_file.hpp"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "core/capture/http_exchange.hpp"

namespace scep::capture {

namespace {

// Requests whose replies are still to come, and the messages in their order.
class Dialogue {
  public:
    Dialogue(Collection& out, const Captured& frame) : out_(out), frame_(frame) {}

    bool waits_for_head() const noexcept { return !waiting_.empty() && waiting_.front().head; }

    void take(const HttpMessage& message, std::size_t line) {
        if (message.is_request)
            take_request(message, line);
        else if (!is_interim(message))
            take_reply(message, line);
    }

  private:
    Captured framed(std::size_t line) const {
        Captured captured = frame_;
        captured.place += fmt::format("{}line {}", captured.place.empty() ? "" : ", ", line);
        return captured;
    }

    void take_request(const HttpMessage& message, std::size_t line) {
        Asked asked{.head = message.method == "HEAD"};
        if (speaks_scep(message)) {
            Captured captured = framed(line);
            captured.exchange = out_.new_exchange();
            asked = add_request(out_, std::move(captured), message);
        } else {
            out_.skip(kOtherRequests);
        }
        if (waiting_.size() < limits::kMaxCaptures)
            waiting_.push_back(asked);
    }

    void take_reply(const HttpMessage& message, std::size_t line) {
        const Asked* const asked = waiting_.empty() ? nullptr : &waiting_.front();
        add_reply(out_, framed(line), message, asked, true);
        if (asked != nullptr)
            waiting_.pop_front();
    }

    Collection& out_;
    const Captured& frame_;
    std::deque<Asked> waiting_{};
};

}  // namespace

bool add_http(Collection& out, const Captured& frame, std::string_view stream) {
    HttpReader reader(stream);
    Dialogue dialogue(out, frame);
    std::size_t line = 1, counted = 0;
    bool any = false;
    while (const auto message = reader.next(dialogue.waits_for_head())) {
        any = true;
        if (out.full()) {
            out.stop();
            break;
        }
        const std::string_view before = stream.substr(counted, message->begin - counted);
        line += static_cast<std::size_t>(std::ranges::count(before, '\n'));
        counted = message->begin;
        dialogue.take(*message, line);
    }
    return any;
}

}  // namespace scep::capture
