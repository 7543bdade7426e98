// How hard a secret is to guess, by its look. Nothing of it leaves here but a number of bits.
#pragma once

#include <string_view>

namespace scep {

inline constexpr double kStrongBits = 128;  // SECURITY rules S06, S14

// An upper bound that random strings reach: letters drawn evenly from the classes that occur, and a
// letter counted at most four times, so that "aaaa..." is not strong.
double most_bits(std::string_view text);

// A lower bound for what deserves a doubt: what repeats itself, runs of neighbours ("abcdef"), few
// distinct letters and words in a row count for little, and signs no more than letters. Drawn at
// random, 32 hexadecimal digits or 22 letters and digits of both cases have 128 bits.
double least_bits(std::string_view text);

}  // namespace scep
