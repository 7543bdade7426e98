// For people: findings by endpoint, each with its next step, and the outcome in the last line.
#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/check/report.hpp"

namespace scep::check {

namespace {

constexpr std::size_t kSeverityWidth = 9;  // "warning" and two blanks

std::string line_of(const Finding& finding,
                    const std::function<std::string(std::string_view)>& paint) {
    const std::string_view severity = name(finding.severity);
    const std::string text =
        scep::to_text(Error{.what = finding.message, .where = finding.where, .cite = finding.cite});
    std::string out = fmt::format("  {}{:{}}{}: {}\n",
                                  paint(severity),
                                  "",
                                  kSeverityWidth - severity.size(),
                                  finding.id,
                                  escape_controls(text));
    if (!finding.hint.empty())
        out += fmt::format("  {:{}}hint: {}\n", "", kSeverityWidth, escape_controls(finding.hint));
    return out;
}

std::string line_of(const Report& report, const Fact& fact) {
    constexpr std::size_t kNameWidth = 17;  // "tls_certificate" and two blanks
    std::string name = fact.name;
    std::ranges::replace(name, '_', ' ');
    std::string out = fmt::format("  {:{}}{}", name, kNameWidth, escape_controls(fact.value));
    if (fact.not_after)
        out += fmt::format(", {} days left", days_left(report, *fact.not_after));
    return out + '\n';
}

std::string facts_text(const Report& report) {
    std::string out;
    for (const Fact& fact : report.facts)
        out += line_of(report, fact);
    return out.empty() ? out : out + '\n';
}

}  // namespace

std::string report_text(const Report& report,
                        const std::function<std::string(std::string_view)>& paint) {
    std::string out = facts_text(report);
    for (const std::string& endpoint : endpoints(report)) {
        std::string lines;
        for (const Finding& finding : report.findings)
            if (finding.profile == endpoint)
                lines += line_of(finding, paint);
        if (!lines.empty())
            out += fmt::format(
                "{}\n{}\n", report.live ? report.target : endpoint_text(endpoint), lines);
    }
    return out + fmt::format("checks: {} passed, {} not applicable\n{}\n",
                             count(report, Verdict::Passed),
                             count(report, Verdict::NotApplicable),
                             summary(report));
}

}  // namespace scep::check
