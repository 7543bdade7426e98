#include "serve/refusals.hpp"

#include <utility>

namespace scep::serve {

bool Refusals::Quota::take(const std::string& address, loop::Instant now) {
    const IpAddress client = parse_ip(address).value_or(IpAddress{});
    return each_.take(client, now) && all_.take(IpAddress{}, now);
}

bool Refusals::may_log(Line line, const std::string& address) {
    Quota& quota = line == Line::Answered ? answered_ : refused_;
    if (quota.take(address, loop_.now()))
        return true;
    ++counted_.unlogged;
    arm();
    return false;
}

void Refusals::spare_row(endpoint::Outcome& outcome, const std::string& address) {
    const store::Effects& effects = outcome.effects;
    // Repeats and polls, too, write nothing but the row.
    const bool rows_alone = effects.issuances.empty() && effects.pending.empty() &&
                            effects.pending_outcomes.empty() && effects.crls.empty() &&
                            !effects.events.empty();
    if (!rows_alone || rows_.take(address, loop_.now()))
        return;
    ++counted_.unrecorded[effects.events.front().profile];
    outcome.effects = {};
    arm();
}

Refusals::Counted Refusals::take() {
    due_.reset();
    return std::exchange(counted_, {});
}

void Refusals::put_back(const std::string& path_id, std::uint64_t count) {
    counted_.unrecorded[path_id] += count;
    arm();
}

void Refusals::arm() {
    if (!due_)
        due_ = loop_.at(loop_.now() + limits::kRefusalSummary, on_due_);
}

}  // namespace scep::serve
