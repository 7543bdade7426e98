// HTTP in a file, as curl and the like save it.
#pragma once

#include "core/capture/collection.hpp"

namespace scep::capture {

// Takes requests and replies, paired by their order. False when there is none.
bool add_http(Collection& out, const Captured& frame, std::string_view stream);

}  // namespace scep::capture
