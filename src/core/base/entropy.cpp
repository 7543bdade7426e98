#include "core/base/entropy.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace scep {

namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexLetters = "abcdefABCDEF";
constexpr std::string_view kBetweenWords = " -_.,:;!?'";
constexpr double kOtherSigns = 33;       // of ASCII: neither letter nor digit
constexpr double kBothCases = 62;        // letters and digits, whether or not one is a digit
constexpr double kBitsOfAWord = 13;      // of a list of 8,192
constexpr std::size_t kMostRepeats = 4;  // of a letter that count
constexpr std::size_t kShortestRun = 8;  // shorter ones occur at random

bool holds(std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
}

bool any(std::string_view text, std::string_view set) {
    return text.find_first_of(set) != std::string_view::npos;
}

bool is_letter(char c) {
    return holds(kLower, c) || holds(kUpper, c);
}

bool is_other(char c) {
    return !is_letter(c) && !holds(kDigits, c);
}

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text,
                               [](char c) { return holds(kDigits, c) || holds(kHexLetters, c); });
}

double most_letters(std::string_view text) {
    if (is_hex(text))
        return any(text, kHexLetters) ? 16 : 10;
    return (any(text, kLower) ? 26 : 0) + (any(text, kUpper) ? 26 : 0) +
           (any(text, kDigits) ? 10 : 0) + (std::ranges::any_of(text, is_other) ? kOtherSigns : 0);
}

double least_letters(std::string_view text) {
    if (any(text, kLower) && any(text, kUpper) && !is_hex(text))
        return kBothCases;
    return std::min(kBothCases, most_letters(text));
}

std::size_t distinct_letters(std::string_view text) {
    return std::set<char>(text.begin(), text.end()).size();
}

// "abcabcabca" is "abc".
std::string_view without_repetition(std::string_view text) {
    for (std::size_t period = 1; period <= text.size() / 2; ++period)
        if (text.substr(period) == text.substr(0, text.size() - period))
            return text.substr(0, period);
    return text;
}

// A run of neighbours in the alphabet, or of one letter, counts as two letters.
std::size_t letters_beside_runs(std::string_view text) {
    std::size_t letters = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        const int step = end < text.size() ? text[end] - text[at] : 2;
        while (end < text.size() && std::abs(step) <= 1 && text[end] - text[end - 1] == step)
            ++end;
        const bool run = end - at >= kShortestRun;
        letters += run ? 2 : 1;
        at = run ? end : at + 1;
    }
    return letters;
}

// Letters and what stands between words: "correct horse battery staple".
bool reads_as_words(std::string_view text) {
    return any(text, kBetweenWords) && std::ranges::all_of(text, [](char c) {
               return is_letter(c) || holds(kBetweenWords, c);
           });
}

std::size_t count_words(std::string_view text) {
    std::size_t words = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        words += is_letter(text[i]) && (i == 0 || !is_letter(text[i - 1])) ? 1 : 0;
    return words;
}

}  // namespace

double most_bits(std::string_view text) {
    const std::size_t letters = std::min(text.size(), kMostRepeats * distinct_letters(text));
    return static_cast<double>(letters) * std::log2(std::max(1.0, most_letters(text)));
}

double least_bits(std::string_view text) {
    text = without_repetition(text);
    const std::size_t letters =
        std::min(letters_beside_runs(text), kMostRepeats * distinct_letters(text));
    const double bits =
        static_cast<double>(letters) * std::log2(std::max(1.0, least_letters(text)));
    return reads_as_words(text)
               ? std::min(bits, kBitsOfAWord * static_cast<double>(count_words(text)))
               : bits;
}

}  // namespace scep
