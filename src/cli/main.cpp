#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/app.hpp"
#include "cli/system_clock.hpp"

int main(int argc, char** argv) {
    const scep::cli::SystemClock clock;
    const scep::cli::Colors terminals{.out = ::isatty(STDOUT_FILENO) == 1,
                                      .err = ::isatty(STDERR_FILENO) == 1};
    scep::cli::Io io{std::cin, std::cout, std::cerr, clock, terminals};
    const int code = static_cast<int>(scep::cli::run(argc, argv, io));
#ifdef CERTCTL_SCEP_LEAVES_AT_ONCE
    // run() has given back all that matters outside the process. What OpenSSL and the runtime of
    // C++ would now free one by one the system takes at once, a fortieth of a short run; only
    // what counts leaks or coverage waits for it.
    std::cout.flush();
    std::cerr.flush();
    std::_Exit(code);
#endif
    return code;
}
