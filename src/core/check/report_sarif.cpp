// SARIF 2.1.0 (OASIS): every rule of the table in the tool's description, every finding a result.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/check/report.hpp"
#include "core/check/rule.hpp"

namespace scep::check {

namespace {

using Json = nlohmann::ordered_json;

std::string_view level(Severity severity) {
    return severity == Severity::Notice ? "note" : name(severity);
}

Json text(std::string_view content) {
    return {{"text", content}};
}

Json rule_description(const Rule& rule) {
    return {{"id", rule.id},
            {"shortDescription", text(rule.summary)},
            {"help", text(rule.hint)},
            {"defaultConfiguration", {{"level", level(rule.severity)}}},
            {"properties", {{"cite", rule.cite}, {"scope", name(rule.scope)}}}};
}

// RFC 3986: what a path may hold as it is.
std::string to_uri(const std::string& path) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:=&+@,;!$'()*";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    // A colon before the first slash would end a scheme.
    const bool scheme = path.substr(0, path.find('/')).find(':') != std::string::npos;
    std::string out = path.starts_with('/') ? "file://" : scheme ? "./" : "";
    for (const char c : path) {
        const auto octet = static_cast<unsigned char>(c);
        if (kPlain.find(c) != std::string_view::npos)
            out += c;
        else
            out += {'%', kHex[octet >> 4U], kHex[octet & 15U]};
    }
    return out;
}

// Variables and the clock are no artifacts: they have a name only.
bool is_artifact(const std::string& source) {
    return source.find_first_of("/.") != std::string::npos;
}

Json region(const Where& where) {
    Json out{{"startLine", where.line}};
    if (where.column != 0)
        out["startColumn"] = where.column;
    return out;
}

Json location(const Finding& finding) {
    Json out = Json::object();
    const Where& where = finding.where;
    if (is_artifact(where.source)) {
        out["physicalLocation"] = {{"artifactLocation", {{"uri", to_uri(where.source)}}}};
        if (where.line != 0)
            out["physicalLocation"]["region"] = region(where);
    }
    Json logical = Json::array();
    logical.push_back({{"name", endpoint_text(finding.profile)}, {"kind", "module"}});
    if (!where.field.empty())
        logical.push_back({{"fullyQualifiedName", where.field}, {"kind", "member"}});
    if (!is_artifact(where.source) && !where.source.empty())
        logical.push_back({{"name", where.source}, {"kind", "variable"}});
    out["logicalLocations"] = std::move(logical);
    return out;
}

Json result(const Finding& finding) {
    const auto table = rules();
    const auto found = std::ranges::find(table, std::string_view(finding.id), &Rule::id);
    const std::string hint = finding.hint.empty() ? "" : "\nhint: " + finding.hint;
    return {{"ruleId", finding.id},
            {"ruleIndex", found - table.begin()},
            {"level", level(finding.severity)},
            {"message", text(to_text(finding) + hint)},
            {"locations", Json::array({location(finding)})}};
}

}  // namespace

std::string report_sarif(const Report& report) {
    Json descriptions = Json::array();
    for (const Rule& rule : rules())
        descriptions.push_back(rule_description(rule));
    Json results = Json::array();
    for (const Finding& finding : report.findings)
        results.push_back(result(finding));
    const Json driver{{"name", "certctl-scep preflight"},
                      {"version", CERTCTL_SCEP_VERSION},
                      {"rules", std::move(descriptions)}};
    const Json invocation{{"executionSuccessful", true},
                          {"endTimeUtc", to_rfc3339(report.time)},
                          {"properties", {{"target", report.target}, {"strict", report.strict}}}};
    const Json run{{"tool", {{"driver", driver}}},
                   {"invocations", Json::array({invocation})},
                   {"columnKind", "utf16CodeUnits"},
                   {"results", std::move(results)}};
    const Json out{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                   {"version", "2.1.0"},
                   {"runs", Json::array({run})}};
    return out.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

}  // namespace scep::check
