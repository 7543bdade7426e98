// PEM as it is found in mails, tickets and logs, read block by block (RFC 7468).
#pragma once

#include "core/capture/collection.hpp"

namespace scep::capture {

// Takes every block of `text`: indented, quoted, without its line breaks, without its end. False
// when there is none. Private keys are refused, never decoded.
bool add_pem(Collection& out, const Captured& frame, std::string_view text);

}  // namespace scep::capture
