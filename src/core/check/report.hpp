// What preflight found out, as a value, and its forms: text for people, JSON for programs, JUnit,
// SARIF and annotations for machines that build.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/check/finding.hpp"
#include "core/check/probe.hpp"

namespace scep::check {

enum class Verdict : std::uint8_t { Passed, Failed, NotApplicable };
std::string_view name(Verdict verdict) noexcept;  // "not-applicable"

// One rule and what it was judged for.
struct Check {
    std::string_view rule{};
    std::string profile{};  // path_id; "-" for the server as a whole
    Verdict verdict = Verdict::Passed;
};

struct Report {
    std::string target{};  // path or URL
    bool live = false;     // a URL
    TimePoint time{};
    std::vector<Fact> facts{};        // of a live server
    std::vector<Check> checks{};      // in the order of the table
    std::vector<Finding> findings{};  // likewise
    bool strict = false;              // warnings are errors
    std::size_t escalated = 0;        // warnings that became errors by that
    bool would_start = true;          // serve, on this configuration
};

std::size_t count(const Report& report, Severity severity) noexcept;
std::size_t count(const Report& report, Verdict verdict) noexcept;

// "2 errors, 1 warning, 0 notices: serve would not start"
std::string summary(const Report& report);

// Whole ones, rounded down; negative once it has ended.
std::int64_t days_left(const Report& report, TimePoint not_after) noexcept;

// The profiles of the checks, the server first, in their order.
std::vector<std::string> endpoints(const Report& report);

// `paint` colours a severity's name.
std::string report_text(const Report& report,
                        const std::function<std::string(std::string_view)>& paint);
std::string report_json(const Report& report);
std::string report_junit(const Report& report);   // ../shared/reference/schemas/JUnit.xsd
std::string report_sarif(const Report& report);   // SARIF 2.1.0
std::string report_github(const Report& report);  // workflow commands, one a line

}  // namespace scep::check
