// "did you mean": the nearest known word to a misspelt one.
#pragma once

#include <span>
#include <string_view>

namespace scep {

// The candidate with the smallest edit distance, or empty when none is near: more than two letters
// and more than a third of the word differ, or all of it.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace scep
