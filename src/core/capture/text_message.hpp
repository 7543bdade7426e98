// Text that holds messages and nothing around them: PEM, hex, base64.
#pragma once

#include "core/capture/collection.hpp"

namespace scep::capture {

// Takes the messages of `text`, which stands where `frame` says. False when it is none of these
// forms. Private keys among PEM blocks are refused, never taken.
bool add_text_message(Collection& out, const Captured& frame, std::string_view text);

// A body, or what hex was of: ASN.1, text of a message, ASN.1 that a text tool has recoded. False
// when it is nothing of SCEP.
bool add_body(Collection& out, const Captured& frame, Bytes body);

}  // namespace scep::capture
