#include "core/check/report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/check/rule.hpp"

namespace scep::check {

namespace {

std::string counted(std::size_t number, std::string_view thing) {
    return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string outcome(const Report& report) {
    if (report.live)
        return count(report, Severity::Error) == 0 ? "clients can use the server"
                                                   : "clients would fail";
    if (report.would_start)
        return "serve would start";
    return count(report, Severity::Error) == 0 ? "serve would not start, for other profiles' sake"
                                               : "serve would not start";
}

}  // namespace

std::string_view name(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::Passed:
            return "passed";
        case Verdict::Failed:
            return "failed";
        case Verdict::NotApplicable:
            break;
    }
    return "not-applicable";
}

std::size_t count(const Report& report, Severity severity) noexcept {
    return static_cast<std::size_t>(
        std::ranges::count(report.findings, severity, &Finding::severity));
}

std::size_t count(const Report& report, Verdict verdict) noexcept {
    return static_cast<std::size_t>(std::ranges::count(report.checks, verdict, &Check::verdict));
}

std::string summary(const Report& report) {
    return fmt::format(
        "{}{}, {}, {}: {}",
        counted(count(report, Severity::Error), "error"),
        report.escalated == 0 ? "" : fmt::format(" ({} by --strict)", report.escalated),
        counted(count(report, Severity::Warning), "warning"),
        counted(count(report, Severity::Notice), "notice"),
        outcome(report));
}

std::int64_t days_left(const Report& report, TimePoint not_after) noexcept {
    return std::chrono::floor<std::chrono::days>(not_after - report.time).count();
}

std::vector<std::string> endpoints(const Report& report) {
    std::vector<std::string> out{std::string(kServer)};
    const auto take = [&](const std::string& profile) {
        if (std::ranges::find(out, profile) == out.end())
            out.push_back(profile);
    };
    for (const Check& check : report.checks)
        take(check.profile);
    for (const Finding& finding : report.findings)
        take(finding.profile);
    return out;
}

}  // namespace scep::check
