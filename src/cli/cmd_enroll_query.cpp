// enroll: the operations that ask and obtain nothing for a key of ours.
#include <fmt/format.h>

#include "cli/cmd_enroll_session.hpp"

namespace scep::cli {

Exit run_query(Session& session) {
    return report(session.io, {.what = "TBD"});
}

}  // namespace scep::cli
