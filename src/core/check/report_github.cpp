// Workflow commands of GitHub Actions: an annotation for each finding, at its line where it has
// one.
#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/check/report.hpp"

namespace scep::check {

namespace {

// As GitHub's toolkit escapes data, and with `property` also what ends one.
std::string command_text(std::string_view text, bool property) {
    std::string out;
    for (const char c : text) {
        const bool special =
            c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
        out += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
    }
    return out;
}

std::string line_of(const Finding& finding) {
    std::string properties = fmt::format("title={}", command_text(finding.id, true));
    const std::string& source = finding.where.source;
    const bool is_file =
        source.find_first_of("/.") != std::string::npos && source.find("://") == std::string::npos;
    if (is_file)
        properties =
            fmt::format("file={},{}", command_text(escape_controls(source), true), properties);
    if (finding.where.line != 0)
        properties += fmt::format(",line={}", finding.where.line);
    if (finding.where.column != 0)
        properties += fmt::format(",col={}", finding.where.column);
    std::string message = escape_controls(to_text(finding));
    if (!finding.hint.empty())
        message += "\nhint: " + escape_controls(finding.hint);
    return fmt::format(
        "::{} {}::{}\n", name(finding.severity), properties, command_text(message, false));
}

}  // namespace

std::string report_github(const Report& report) {
    std::string out;
    for (const Finding& finding : report.findings)
        out += line_of(finding);
    return out + summary(report) + '\n';
}

}  // namespace scep::check
