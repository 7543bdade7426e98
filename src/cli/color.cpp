#include "cli/color.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

namespace scep::cli {

namespace {

struct Paint {
    std::string_view word, code;  // SGR parameters of ECMA-48
};

constexpr std::string_view kRed = "1;31", kGreen = "32", kYellow = "33", kCyan = "36";

constexpr std::array kPaints{Paint{"error:", kRed},
                             Paint{"error", kRed},
                             Paint{"warning", kYellow},
                             Paint{"notice", kCyan},
                             Paint{"warning:", kYellow},
                             Paint{"note:", kCyan},
                             Paint{"hint:", kGreen},
                             Paint{"success", kGreen},
                             Paint{"failure", kRed},
                             Paint{"pending", kYellow}};

std::string_view environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

Colors choose_colors(std::string_view when, Colors terminals) {
    if (when == "always")
        return {.out = true, .err = true};
    if (when == "never" || !environment("NO_COLOR").empty() || environment("TERM") == "dumb")
        return {};
    return terminals;
}

std::string painted(bool colored, std::string_view word) {
    const auto* paint = std::ranges::find(kPaints, word, &Paint::word);
    if (!colored || paint == kPaints.end())
        return std::string(word);
    return fmt::format("\x1b[{}m{}\x1b[0m", paint->code, word);
}

}  // namespace scep::cli
