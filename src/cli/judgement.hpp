// A configuration judged: the one road of serve, serve --check and preflight.
#pragma once

#include <string>

#include "cli/app.hpp"
#include "core/check/judge.hpp"
#include "core/check/report.hpp"

namespace scep::cli {

struct Judgement {
    config::Reading reading{};
    check::Deployment deployment{};  // of the reading, as far as it could be read
    check::Report report{};
};

// Loads what the reading names and applies every rule. Writes nothing.
Judgement judge_configuration(config::Reading reading, const check::Judging& judging);

// As `format` has it (text json junit sarif github), to standard output.
void print_report(Io& io, const check::Report& report, std::string_view format);

// INTERFACE: 2 when the configuration cannot be read as one; 3 when it cannot be read at all, or
// every error is something that this user may not look at or that did not answer; 1 when another
// finding is an error.
Exit exit_of(const Judgement& judgement);
Exit exit_of(const check::Report& report);

}  // namespace scep::cli
