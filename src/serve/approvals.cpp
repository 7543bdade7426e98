#include "serve/approvals.hpp"

#include <utility>

#include "core/base/limits.hpp"

namespace scep::serve {

Status Approvals::look() {
    SCEP_TRY(version, store_.data_version());
    if (std::exchange(seen_version_, version) != version)
        changed_ = true;
    if (after_ == 0 && !std::exchange(changed_, false))
        return {};
    const Result<std::vector<store::PendingRequest>> approved =
        store_.approved(limits::kApprovedAtOnce, after_);
    if (!approved) {
        look_again();
        return fail(approved.error());
    }
    after_ = approved->size() == limits::kApprovedAtOnce ? approved->back().id : 0;
    for (const store::PendingRequest& pending : *approved)
        issue(pending);
    return {};
}

void Approvals::issue(const store::PendingRequest& pending) {
    const auto served = profiles_.find(pending.key.profile);
    if (served == profiles_.end())
        return;
    // Its outcome may wait for the commit.
    const Result<std::optional<store::PendingRequest>> now = view_.pending(pending.id);
    if (now && *now && (*now)->state == store::PendingState::Approved)
        issue_(served->second, pending);
}

}  // namespace scep::serve
