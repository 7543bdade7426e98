// HAR 1.2, as browsers and proxies save what they exchanged.
#pragma once

#include "core/capture/collection.hpp"

namespace scep::capture {

// Takes the entries of a HAR file. False when `text` is none; a reason why it cannot be read to its
// end is noted.
bool add_har(Collection& out, const Captured& frame, std::string_view text);

}  // namespace scep::capture
