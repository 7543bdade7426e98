// Keywords that peers write in any case. ASCII only.
#pragma once

#include <algorithm>
#include <string_view>

namespace scep {

inline bool same_word(std::string_view a, std::string_view b) noexcept {
    constexpr auto kLower = [](char c) noexcept {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(a, b, {}, kLower, kLower);
}

}  // namespace scep
