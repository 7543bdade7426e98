#include "core/check/finding.hpp"

#include <algorithm>

namespace scep::check {

namespace {

// What stands in brackets behind the message: the rule, and the endpoint unless it is the server.
std::string remark(const Finding& finding) {
    std::string out = finding.cite;
    if (finding.profile == "-")
        return out;
    if (!out.empty())
        out += "; ";
    return out + endpoint_text(finding.profile);
}

}  // namespace

std::string endpoint_text(std::string_view profile) {
    if (profile == "-")
        return "server";
    return profile.empty() ? "/scep" : "/scep/" + std::string(profile);
}

bool has_error(const std::vector<Finding>& findings) noexcept {
    return std::ranges::any_of(
        findings, [](const Finding& finding) { return finding.severity == Severity::Error; });
}

std::string to_text(const Finding& finding) {
    return scep::to_text(
        Error{.what = finding.message, .where = finding.where, .cite = remark(finding)});
}

std::string_view name(Severity severity) noexcept {
    switch (severity) {
        case Severity::Notice:
            return "notice";
        case Severity::Warning:
            return "warning";
        case Severity::Error:
            break;
    }
    return "error";
}

}  // namespace scep::check
