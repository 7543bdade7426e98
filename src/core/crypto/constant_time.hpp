// Masks instead of branches, for values that must leave no trace in time (SECURITY rule S02).
#pragma once

#include <cstddef>
#include <cstdint>

namespace scep::crypto {

// All ones for yes, all zeros for no. The empty asm hides the value from the optimiser, which would
// otherwise see that only two values occur and branch on them.
using Mask = std::uint32_t;

inline Mask hidden(Mask mask) noexcept {
    __asm__("" : "+r"(mask) : /* no inputs */);
    return mask;
}

inline Mask is_zero(std::uint32_t value) noexcept {
    return hidden(0U - ((~value & (value - 1U)) >> 31U));
}

inline Mask is_equal(std::uint32_t a, std::uint32_t b) noexcept {
    return is_zero(a ^ b);
}

// For values below 2^31.
inline Mask is_less(std::uint32_t a, std::uint32_t b) noexcept {
    return hidden(0U - ((a - b) >> 31U));
}

inline std::uint8_t select(Mask mask, std::uint8_t yes, std::uint8_t no) noexcept {
    return static_cast<std::uint8_t>((hidden(mask) & yes) | (~hidden(mask) & no));
}

}  // namespace scep::crypto
