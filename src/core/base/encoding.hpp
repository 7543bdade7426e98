// Hex, base64 and percent-encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"

namespace scep {

std::string to_hex(Bytes bytes);         // lower case, no separators
std::string to_hex_upper(Bytes bytes);   // as serial numbers are shown
std::string to_hex_colons(Bytes bytes);  // "AB:CD:EF", as fingerprints are shown
// Either case; a 0x prefix, and colons and blanks between octets, are allowed.
std::optional<Buffer> from_hex(std::string_view text);

std::string to_base64(Bytes bytes);  // RFC 4648 section 4, padded, one line

// Base64 as clients really send it: either alphabet, with or without padding, white space and line
// ends dropped, a blank taken as the '+' that a form decoder turned it into (one at the end only
// where it completes the last group). nullopt when any other character occurs, padding stands in
// the middle, or the length is impossible.
std::optional<Buffer> from_base64(std::string_view text);

std::string percent_encode(std::string_view text);  // all but RFC 3986 unreserved characters
std::optional<std::string> percent_decode(std::string_view text);  // '+' stays '+'

}  // namespace scep
