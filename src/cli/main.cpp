#include <unistd.h>

#include <iostream>

#include "cli/app.hpp"
#include "cli/system_clock.hpp"

int main(int argc, char** argv) {
    const scep::cli::SystemClock clock;
    const scep::cli::Colors terminals{.out = ::isatty(STDOUT_FILENO) == 1,
                                      .err = ::isatty(STDERR_FILENO) == 1};
    scep::cli::Io io{std::cin, std::cout, std::cerr, clock, terminals};
    return static_cast<int>(scep::cli::run(argc, argv, io));
}
