// Who runs this program, for audit rows.
#pragma once

#include <string>

namespace scep::cli {

// "root (uid 0)"; where another user logged in and became this one, by sudo for instance, "root
// (uid 0), login alice (uid 1000)". A user without a name is "uid 1000".
std::string operator_name();

}  // namespace scep::cli
