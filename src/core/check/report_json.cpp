// For programs. Keys are promises.
#include <nlohmann/json.hpp>

#include "core/check/report.hpp"
#include "core/check/rule.hpp"

namespace scep::check {

namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

// null for the server as a whole; "" is the profile at /scep.
Json profile(const std::string& path_id) {
    return path_id == kServer ? Json(nullptr) : Json(path_id);
}

Json place(const Where& where) {
    return {{"source", or_null(where.source)},
            {"line", where.line == 0 ? Json(nullptr) : Json(where.line)},
            {"column", where.column == 0 ? Json(nullptr) : Json(where.column)},
            {"setting", or_null(where.field)},
            {"subject", or_null(where.subject)}};
}

Json to_json(const Finding& finding) {
    return {{"rule", finding.id},
            {"severity", name(finding.severity)},
            {"profile", profile(finding.profile)},
            {"message", finding.message},
            {"where", place(finding.where)},
            {"cite", or_null(finding.cite)},
            {"hint", or_null(finding.hint)},
            {"forbidden", finding.forbidden}};
}

Json to_json(const Report& report, const Fact& fact) {
    Json out{{"name", fact.name}, {"value", fact.value}};
    if (fact.not_after) {
        out["not_after"] = to_rfc3339(*fact.not_after);
        out["days_left"] = days_left(report, *fact.not_after);
    }
    return out;
}

}  // namespace

std::string report_json(const Report& report) {
    Json out{{"schema", "certctl-scep/preflight/1"},
             {"target", report.target},
             {"time", to_rfc3339(report.time)},
             {"strict", report.strict}};
    out["summary"] = {{"errors", count(report, Severity::Error)},
                      {"warnings", count(report, Severity::Warning)},
                      {"notices", count(report, Severity::Notice)},
                      {"escalated", report.escalated},
                      {"passed", count(report, Verdict::Passed)},
                      {"not_applicable", count(report, Verdict::NotApplicable)}};
    if (!report.live)
        out["summary"]["would_start"] = report.would_start;
    if (report.live)
        out["facts"] = Json::array();
    for (const Fact& fact : report.facts)
        out["facts"].push_back(to_json(report, fact));
    out["findings"] = Json::array();
    for (const Finding& finding : report.findings)
        out["findings"].push_back(to_json(finding));
    out["checks"] = Json::array();
    for (const Check& check : report.checks)
        out["checks"].push_back({{"rule", check.rule},
                                 {"profile", profile(check.profile)},
                                 {"verdict", name(check.verdict)}});
    return out.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

}  // namespace scep::check
