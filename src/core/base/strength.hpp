// How hard a secret is to guess, by its letters and length.
#pragma once

#include <string_view>

namespace scep {

inline constexpr double kStrongBits = 128;  // SECURITY rules S06, S14

// An upper bound that random strings reach: letters drawn evenly, and a letter counted at most four
// times, so that "aaaa..." is not strong.
double estimated_bits(std::string_view secret);

}  // namespace scep
