// Hex digits one by one. Used inside this room only.
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"

namespace scep::capture {

inline constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

// -1 for what is none.
inline int hex_digit(char c) noexcept {
    const std::size_t at = kHexDigits.find(c);
    if (at == std::string_view::npos)
        return -1;
    return static_cast<int>(at < 16 ? at : at - 6);
}

// Appends pairs of digits; false when there is an odd one or something else.
inline bool add_hex(std::string_view word, Buffer& out) {
    if (word.empty() || word.size() % 2 != 0)
        return false;
    for (std::size_t i = 0; i < word.size(); i += 2) {
        const int high = hex_digit(word[i]);
        const int low = hex_digit(word[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return true;
}

}  // namespace scep::capture
