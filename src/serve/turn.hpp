// Replies that wait for their effects to be durable: one SQLite transaction per loop turn,
// committed before any reply of that turn leaves (SECURITY rules S25, S26).
#pragma once

#include <functional>
#include <vector>

#include "serve/endpoint/endpoint.hpp"
#include "serve/loop/loop.hpp"
#include "serve/store/store.hpp"

namespace scep::serve {

// Turns an outcome into a 503 without effects; `detail` is for the log.
void make_unavailable(endpoint::Outcome& outcome, std::string detail);

class Turn {
  public:
    struct Waiting {
        std::uint64_t connection = 0;
        endpoint::Outcome outcome{};  // its effects moved out
        endpoint::Context context{};
        std::string profile{};
        std::size_t ignored_headers = 0;  // about the client, from who has no say in that
        std::uint64_t counted = 0;        // refusals that this row counts; then no client waits
        std::string path_id{};            // of them
        bool approved = false;            // by an operator; then no client waits either
        loop::Instant since{};
    };

    // Called once for each that was added, with the reply that may leave now.
    using Release = std::function<void(Waiting&&)>;

    explicit Turn(Release release) : release_(std::move(release)) {}

    void add(Waiting waiting);

    bool empty() const noexcept { return waiting_.empty(); }

    // What waits, oldest first: a decision must count with it.
    const std::vector<store::Effects>& effects() const noexcept { return effects_; }

    // Commits what waits to `store` and releases it; what the state has overtaken meanwhile is
    // answered 503. Busy: keeps it for a later turn, but answers
    // 503 to what has waited longer than kStoreBusyDeadline. An error of the store: everything that
    // waits is answered 503, and the caller must stop.
    Result<store::WriteResult> commit(store::Store& store, loop::Instant now);

  private:
    void give_up(loop::Instant now);
    void refuse_all();

    Release release_;
    std::vector<Waiting> waiting_{};
    std::vector<store::Effects> effects_{};  // of the same index
};

}  // namespace scep::serve
