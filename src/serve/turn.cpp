#include "serve/turn.hpp"

#include <utility>

#include "core/base/limits.hpp"

namespace scep::serve {

void make_unavailable(endpoint::Outcome& outcome, std::string detail) {
    outcome.effects = {};
    outcome.reply = http::text_reply(503, "the state database is not available");
    outcome.decision = "refused 503";
    outcome.detail = std::move(detail);
    outcome.serial.clear();
}

namespace {

// The client's next try is decided by the state as it is now, and refused with its row.
void overtake(endpoint::Outcome& outcome) {
    make_unavailable(outcome, "what it was decided by has changed before the commit");
    outcome.reply = http::text_reply(503, "the state has changed meanwhile, try again");
}

}  // namespace

void Turn::add(Waiting waiting) {
    effects_.push_back(std::exchange(waiting.outcome.effects, {}));
    waiting_.push_back(std::move(waiting));
}

Result<store::WriteResult> Turn::commit(store::Store& store, loop::Instant now) {
    if (waiting_.empty())
        return store::WriteResult::Done;
    std::vector<std::size_t> overtaken;
    Result<store::WriteResult> written = store.write(effects_, &overtaken);
    if (!written) {
        refuse_all();
        return written;
    }
    if (*written == store::WriteResult::Busy) {
        give_up(now);
        return written;
    }
    effects_.clear();
    for (const std::size_t index : overtaken)
        overtake(waiting_[index].outcome);
    for (Waiting& waiting : std::exchange(waiting_, {}))
        release_(std::move(waiting));
    return written;
}

void Turn::give_up(loop::Instant now) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
        if (now - waiting_[i].since > limits::kStoreBusyDeadline) {
            make_unavailable(waiting_[i].outcome, "another program holds the state database");
            release_(std::move(waiting_[i]));
            continue;
        }
        if (kept != i) {
            waiting_[kept] = std::move(waiting_[i]);
            effects_[kept] = std::move(effects_[i]);
        }
        ++kept;
    }
    waiting_.resize(kept);
    effects_.resize(kept);
}

void Turn::refuse_all() {
    effects_.clear();
    for (Waiting& waiting : std::exchange(waiting_, {})) {
        make_unavailable(waiting.outcome, "the state database failed");
        release_(std::move(waiting));
    }
}

}  // namespace scep::serve
