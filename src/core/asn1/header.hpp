// Tag and length octets alone (X.690 sections 8.1.2 and 8.1.3), for those who read values that may
// be cut short or never end. A Reader is what everybody else wants.
#pragma once

#include <string_view>

#include "core/asn1/reader.hpp"

namespace scep::asn1 {

struct Header {
    Tag tag{};
    bool constructed = false;
    bool indefinite = false;
    bool minimal = true;     // tag and length in their shortest form
    std::size_t size = 0;    // octets of tag and length
    std::size_t length = 0;  // of the content, which may lie beyond the input; 0 when indefinite
};

inline constexpr std::string_view kCutShort = "value is cut short";

// Reads the header at the beginning of `in`. Returns what is wrong, or empty; kCutShort where the
// input ends within it. `out` holds the tag as soon as that was read.
std::string_view read_header(Bytes in, Header& out) noexcept;

// The tag alone.
std::string_view read_tag(Bytes in, Header& out) noexcept;

// The header is that of end-of-contents, whose length must be 0.
inline bool is_end_of_contents(const Header& header) noexcept {
    return header.tag == kEndOfContents && !header.constructed;
}

}  // namespace scep::asn1
