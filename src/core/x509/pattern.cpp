#include "core/x509/pattern.hpp"

#include <algorithm>
#include <vector>

namespace scep::x509 {

namespace {

char fold(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// One step of a pattern: a star, or a character that stands for itself.
struct Step {
    bool star = false;
    char literal = 0;
    std::size_t size = 1;  // characters of the pattern
};

Step step_at(std::string_view pattern, std::size_t at) noexcept {
    if (pattern[at] == '\\' && at + 1 < pattern.size())
        return {.literal = pattern[at + 1], .size = 2};
    return {.star = pattern[at] == '*', .literal = pattern[at]};
}

// Splits at `separator` where no backslash stands before it; the escapes stay in the parts.
std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == separator) {
            parts.push_back(text.substr(start, i - start));
            start = i + 1;
        }
    }
    parts.push_back(text.substr(start));
    return parts;
}

struct AttributePattern {
    std::string_view type{};
    std::string_view value{};
    std::size_t rdn = 0;
};

// In the order of the name's DER: the text starts with the last RDN.
std::vector<AttributePattern> parse_pattern(std::string_view pattern) {
    std::vector<AttributePattern> out;
    std::vector<std::string_view> rdns = split(pattern, ',');
    std::ranges::reverse(rdns);
    for (std::size_t rdn = 0; rdn < rdns.size(); ++rdn) {
        for (const std::string_view attribute : split(rdns[rdn], '+')) {
            const std::size_t equals = attribute.find('=');
            std::string_view type = attribute.substr(0, equals);
            while (type.starts_with(' '))
                type.remove_prefix(1);
            out.push_back({.type = type,
                           .value = equals == std::string_view::npos ? std::string_view{}
                                                                     : attribute.substr(equals + 1),
                           .rdn = rdn});
        }
    }
    return out;
}

bool attribute_matches(const AttributePattern& pattern, const NameAttribute& attribute) {
    return pattern.rdn == attribute.rdn &&
           attribute_type_from_text(pattern.type) == attribute.type &&
           glob_matches(pattern.value, attribute.value, false);
}

}  // namespace

// After a mismatch only the last star needs to take one character more: the earlier ones have
// already found the leftmost place for what follows them, so the work is at most the product of
// both lengths.
bool glob_matches(std::string_view pattern, std::string_view text, bool fold_case) noexcept {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t after_star = std::string_view::npos;
    std::size_t star_took = 0;  // up to this place of the text
    while (t < text.size()) {
        if (p < pattern.size()) {
            const Step step = step_at(pattern, p);
            if (step.star) {
                after_star = p += step.size;
                star_took = t;
                continue;
            }
            if (step.literal == text[t] || (fold_case && fold(step.literal) == fold(text[t]))) {
                p += step.size;
                ++t;
                continue;
            }
        }
        if (after_star == std::string_view::npos)
            return false;
        p = after_star;
        t = ++star_took;
    }
    while (p < pattern.size() && step_at(pattern, p).star)
        ++p;
    return p == pattern.size();
}

bool matches_subject_pattern(std::string_view pattern, const Name& name) {
    return std::ranges::equal(parse_pattern(pattern), name.attributes(), attribute_matches);
}

}  // namespace scep::x509
