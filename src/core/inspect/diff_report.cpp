// Differences for people and for programs.
#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/inspect/diff.hpp"

namespace scep::inspect {

namespace {

using Json = nlohmann::ordered_json;

std::string side(std::string_view mark,
                 const std::optional<std::size_t>& offset,
                 const std::string& words) {
    return offset ? fmt::format("  {} {} (offset {})\n", mark, escape_controls(words), *offset)
                  : std::string();
}

std::string_view note(DifferenceKind kind) noexcept {
    switch (kind) {
        case DifferenceKind::OnlyInFirst:
            return ", in the first only";
        case DifferenceKind::OnlyInSecond:
            return ", in the second only";
        case DifferenceKind::Encoding:
            return ", encoding";
        case DifferenceKind::Value:
        case DifferenceKind::Secret:
            break;
    }
    return {};
}

Json side_json(const std::optional<std::size_t>& offset, const std::string& words) {
    if (!offset)
        return nullptr;
    return {{"value", words.empty() ? Json(nullptr) : Json(words)}, {"offset", *offset}};
}

}  // namespace

std::string diff_text(const std::vector<Difference>& differences) {
    std::string out;
    std::string expected;
    for (const Difference& each : differences) {
        if (each.expected) {
            expected += fmt::format("  {}{}\n", escape_controls(each.path), note(each.kind));
            continue;
        }
        out += fmt::format("{}{}\n", escape_controls(each.path), note(each.kind));
        out += side("-", each.first_offset, each.first);
        out += side("+", each.second_offset, each.second);
    }
    if (out.empty())
        out = differences.empty() ? "no difference\n" : "no difference but those of any two\n";
    if (!expected.empty())
        out += "differ between any two messages:\n" + expected;
    if (differences.size() >= kMaxDifferences)
        out += fmt::format("after {} differences the comparison ends\n", kMaxDifferences);
    return out;
}

nlohmann::ordered_json diff_json(const std::vector<Difference>& differences) {
    Json out = Json::array();
    for (const Difference& each : differences)
        out.push_back({{"field", each.path},
                       {"kind", name(each.kind)},
                       {"first", side_json(each.first_offset, each.first)},
                       {"second", side_json(each.second_offset, each.second)},
                       {"expected", each.expected}});
    return out;
}

}  // namespace scep::inspect
