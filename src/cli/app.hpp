// The command line: one table of subcommands, parsed by CLI11, run after parsing.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "cli/color.hpp"
#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace CLI {
class App;
}

namespace scep::cli {

// INTERFACE: 0 done and good; 1 done, and the answer is no; 2 wrong usage or configuration; 3
// failed; 4 still pending.
enum class Exit : int { Ok = 0, Refused = 1, Usage = 2, Failure = 3, Pending = 4 };

struct Io {
    std::istream& in;
    std::ostream& out;  // results
    std::ostream& err;  // everything else
    const Clock& clock;
    Colors color{};      // given to run(): which of the two is a terminal
    bool quiet = false;  // no notes
};

using Action = std::function<Exit(Io&)>;  // runs after parsing, never inside it

struct Command {
    std::string_view name, summary;
    Action (*attach)(CLI::App&);
};

// Prints "certctl-scep: error: ..." and its hint; returns the exit code that fits the error.
Exit report(Io& io, const Error& error);
Exit exit_code(const Error& error) noexcept;

// Prints "certctl-scep: KIND TEXT" to err; kind is "error:", "warning:" or "note:".
void say(Io& io, std::string_view kind, std::string_view text);
void warning(Io& io, std::string_view text);
void note(Io& io, std::string_view text);

// Prints "hint: ..." to err: what to do next.
void hint(Io& io, std::string_view text);

// Io when standard output took not all of what was written to it since the last call.
Status flush(Io& io);

Exit run(int argc, const char* const* argv, Io& io);

// one per cmd_*.cpp
Action attach_admin(CLI::App& app);
Action attach_bundle_check(CLI::App& app);
Action attach_decode_pkimessage(CLI::App& app);
Action attach_enroll(CLI::App& app);
Action attach_preflight(CLI::App& app);
Action attach_ra_gen(CLI::App& app);
Action attach_serve(CLI::App& app);

}  // namespace scep::cli
