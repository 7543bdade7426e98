// The allow-lists of a certificate profile. In a pattern `*` stands for any run of characters, also
// an empty one, and a backslash takes the character after it as it is; all else stands for itself.
#pragma once

#include <string_view>

#include "core/x509/name.hpp"

namespace scep::x509 {

// The whole of `text`. Letters of ASCII are equal in either case when `fold_case`.
bool glob_matches(std::string_view pattern, std::string_view text, bool fold_case) noexcept;

// A pattern of RFC 4514's form, "CN=cam-*,O=Example": as many RDNs as the name has, in the same
// order, each of the same types; a `*` never reaches into another attribute. Case counts.
bool matches_subject_pattern(std::string_view pattern, const Name& name);

}  // namespace scep::x509
