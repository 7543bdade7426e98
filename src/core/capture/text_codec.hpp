// Base64 and hex as people copy them out of logs, debuggers and browsers, back to octets.
#pragma once

#include <optional>

#include "core/capture/capture.hpp"

namespace scep::capture {

struct Decoded {
    std::string form{};  // "base64", "hexdump -C"
    Buffer bytes{};
    std::vector<Remark> remarks{};
};

// Text of a message in base64: either alphabet, padded or not, wrapped, indented, quoted, blanks
// for pluses, percent-escaped once or twice, JSON's escapes, a data: URL. Ends with a remark where
// it cannot be read on. nullopt when it does not begin as the base64 of a SEQUENCE does.
std::optional<Decoded> decode_base64(std::string_view text);

// Whether this begins as the base64 of a message does; then what its length says, in characters of
// base64, or 0 where it says none.
std::optional<std::size_t> base64_begins(std::string_view text);

// A message in hex: plain, with colons, blanks, commas or 0x; a C array or \x escapes; the dumps of
// xxd, hexdump -C, od -tx1, tcpdump -x and Wireshark. Also of more than the message: a packet that
// was copied as a whole. nullopt when it is no hex.
std::optional<Decoded> decode_hex(std::string_view text);

// Octets that somebody took for Latin-1 and wrote as UTF-8; nullopt when the text is not that.
std::optional<Buffer> octets_of_utf8(std::string_view text);

std::string_view trimmed(std::string_view text) noexcept;  // without white space around it

// The next line of `text`, without its end; it is taken off.
std::string_view take_line(std::string_view& text) noexcept;

inline constexpr std::string_view kBlanks = " \t\r\n\f\v";
// Octets of text that are looked at to decode one message, escapes and layout included.
inline constexpr std::size_t kMaxEncoded = 14U << 20U;

}  // namespace scep::capture
