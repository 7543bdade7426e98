#include "core/base/strength.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace scep {

namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexLetters = "abcdefABCDEF";
constexpr double kOtherSigns = 33;  // of ASCII: neither letter nor digit

bool holds(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

// How many letters it seems to be drawn from, by the classes that occur.
double alphabet_size(std::string_view text) {
    const auto any = [&](std::string_view set) { return text.find_first_of(set) != text.npos; };
    const bool other = std::ranges::any_of(
        text, [](char c) { return !holds(kLower, c) && !holds(kUpper, c) && !holds(kDigits, c); });
    const bool hex = std::ranges::all_of(
        text, [](char c) { return holds(kDigits, c) || holds(kHexLetters, c); });
    if (hex)
        return any(kHexLetters) ? 16 : 10;
    return (any(kLower) ? 26 : 0) + (any(kUpper) ? 26 : 0) + (any(kDigits) ? 10 : 0) +
           (other ? kOtherSigns : 0);
}

}  // namespace

double estimated_bits(std::string_view secret) {
    constexpr std::size_t kMostRepeats = 4;
    const std::set<char> distinct(secret.begin(), secret.end());
    const std::size_t letters = std::min(secret.size(), kMostRepeats * distinct.size());
    return static_cast<double>(letters) * std::log2(std::max(1.0, alphabet_size(secret)));
}

}  // namespace scep
