// The command line in this process, at a fixed time.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cli/app.hpp"
#include "core/base/clock.hpp"

namespace scep::test {

struct Outcome {
    int code = 0;
    std::string out, err;
};

inline Outcome run_cli(std::vector<std::string> arguments, TimePoint now) {
    arguments.insert(arguments.begin(), "certctl-scep");
    std::vector<const char*> argv;
    argv.reserve(arguments.size());
    for (const std::string& argument : arguments)
        argv.push_back(argument.c_str());
    std::istringstream in;
    std::ostringstream out, err;
    const FixedClock clock(now);
    cli::Io io{.in = in, .out = out, .err = err, .clock = clock};
    const cli::Exit code = cli::run(static_cast<int>(argv.size()), argv.data(), io);
    return {.code = static_cast<int>(code), .out = out.str(), .err = err.str()};
}

}  // namespace scep::test
