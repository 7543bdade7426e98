// What two trees differ in, field by field.
//
// Values are matched by their field's name, several of one name by their order. Where only one
// tree has a value, what is inside it is not listed. Secrets are compared where annotate() was
// asked for them (Secrets::Shown), and never shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/inspect/tree.hpp"

namespace scep::inspect {

inline constexpr std::size_t kMaxDifferences = 1000;  // then the rest is left out

enum class DifferenceKind : std::uint8_t {
    OnlyInFirst,
    OnlyInSecond,
    Value,     // both have it
    Encoding,  // the same value under another type or with other remarks
    Secret     // differs, or could not be compared: not shown
};
std::string_view name(DifferenceKind kind) noexcept;  // "only-in-first"

struct Difference {
    std::string
        path{};  // "ContentInfo.content.SignedData.version", "...RelativeDistinguishedName[1]"
    DifferenceKind kind = DifferenceKind::Value;
    std::string first{};  // in words; not escaped; empty where it has none
    std::string second{};
    std::optional<std::size_t> first_offset{};
    std::optional<std::size_t> second_offset{};
    bool expected = false;  // any two messages differ here: nonces, times, keys, signatures
};

// In the order of the first tree, what only the second has at the place where it misses.
std::vector<Difference> diff(const Tree& first, const Tree& second);

// A line or three for each: those that are expected in one line at the end. Escaped (SECURITY rule
// S23).
std::string diff_text(const std::vector<Difference>& differences);

// [{"field", "kind", "first": {"value", "offset"} or null, "second": likewise, "expected"}]
nlohmann::ordered_json diff_json(const std::vector<Difference>& differences);

}  // namespace scep::inspect
