// For people: findings by endpoint, each with its next step, and the outcome in the last line.
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

}  // namespace

std::string report_text(const Report& report,
                        const std::function<std::string(std::string_view)>& paint) {
    std::string out;
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
