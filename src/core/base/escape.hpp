// Strings from peers, made safe for the place they are shown in (SECURITY rule S23).
#pragma once

#include <string>
#include <string_view>

namespace scep {

// For logs and terminals: control characters, newlines, DEL, bidirectional and other format
// characters, and bytes that are not UTF-8 become \xNN or \u{NNNN}; a backslash is doubled, so that
// the text can be told from its escapes.
std::string escape_text(std::string_view text);

// The same for text whose backslashes are escapes already (RFC 4514 names, error messages made of
// such parts): they stay single.
std::string escape_controls(std::string_view text);

// As one word of a POSIX shell, for commands that are shown to be pasted.
std::string shell_word(std::string_view text);

// The same of a file that a command is to read; what came from standard input has no name, and is
// called FILE.
std::string shell_file(std::string_view source);

// Text longer than `limit` octets is cut there, at the beginning of a UTF-8 character, and says how
// long it was: "abc... (60000 octets)".
std::string shorten(std::string_view text, std::size_t limit);

}  // namespace scep
