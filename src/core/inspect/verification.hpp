// What can be verified in a message, and how that went. Used inside this room only.
#pragma once

#include <vector>

#include "core/inspect/reading.hpp"

namespace scep::inspect {

// Fills in `reading.signature` and `reading.digest`.
void verify_signed(Reading& reading, const Means& means);

// All of them, in the order in which they are shown. `request` is what `reading` is the reply to;
// null: not known.
std::vector<Verification> verify(const Reading& reading,
                                 const Reading* request,
                                 const Means& means);

// Whether the CSR's own signature verifies; NotChecked where there is no CSR to check.
Verification verify_request(const Reading& reading, const Means& means);

}  // namespace scep::inspect
