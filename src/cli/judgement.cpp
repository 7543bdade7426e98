#include "cli/judgement.hpp"

#include <algorithm>
#include <ostream>

#include "cli/config_path.hpp"
#include "serve/net/check_address.hpp"
#include "serve/store/store.hpp"

namespace scep::cli {

Judgement judge_configuration(config::Reading reading, const check::Judging& judging) {
    Judgement out;
    out.reading = std::move(reading);
    if (out.reading.parsed)
        out.deployment =
            check::load_deployment(out.reading.config,
                                   credentials_directory(),
                                   {.state = store::Store::probe, .listen = net::check_address});
    out.report = check::judge(out.reading, out.deployment, judging);
    return out;
}

void print_report(Io& io, const check::Report& report, std::string_view format) {
    if (format == "json")
        io.out << check::report_json(report);
    else if (format == "junit")
        io.out << check::report_junit(report);
    else if (format == "sarif")
        io.out << check::report_sarif(report);
    else if (format == "github")
        io.out << check::report_github(report);
    else
        io.out << check::report_text(
            report, [&](std::string_view word) { return painted(io.color.out, word); });
}

Exit exit_of(const Judgement& judgement) {
    const std::vector<Error>& errors = judgement.reading.errors;
    if (errors.empty())
        return exit_of(judgement.report);
    return std::ranges::any_of(errors, [](const auto& e) { return e.code == Errc::Io; })
               ? Exit::Failure
               : Exit::Usage;
}

Exit exit_of(const check::Report& report) {
    bool unknown = false;
    for (const check::Finding& finding : report.findings) {
        if (finding.severity != check::Severity::Error)
            continue;
        if (!finding.forbidden)
            return Exit::Refused;
        unknown = true;
    }
    return unknown ? Exit::Failure : Exit::Ok;
}

}  // namespace scep::cli
