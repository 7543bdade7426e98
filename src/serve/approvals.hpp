// What an operator approved with admin, beside this server or before it started: found here, to be
// issued by whoever is told.
#pragma once

#include <functional>

#include "serve/served_profiles.hpp"
#include "serve/store/store.hpp"
#include "serve/store/view.hpp"

namespace scep::serve {

class Approvals {
  public:
    using Issue = std::function<void(const ServedProfile& served, const store::PendingRequest&)>;

    // `store`, `view` and `profiles` are borrowed.
    Approvals(const store::Store& store,
              const store::View& view,
              const ServedProfiles& profiles,
              Issue issue)
        : store_(store), view_(view), profiles_(profiles), issue_(std::move(issue)) {}

    // To be called every limits::kApprovalsEvery. When another writer has been there since, goes
    // through all that is approved and of a profile that is served, kApprovedAtOnce rows in each
    // call: what is not served, or cannot be issued yet, keeps nothing behind it waiting. Store.
    Status look();

    // What was found could not be written down: the next look begins anew.
    void look_again() noexcept { changed_ = true; }

  private:
    void issue(const store::PendingRequest& pending);

    const store::Store& store_;
    const store::View& view_;
    const ServedProfiles& profiles_;
    Issue issue_;
    std::int64_t seen_version_ = 0;  // of the database, by others' writing
    std::int64_t after_ = 0;         // the id that this round has come to; 0: none is under way
    bool changed_ = true;            // since the last round began
};

}  // namespace scep::serve
