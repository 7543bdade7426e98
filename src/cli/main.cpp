#include <iostream>

#include "cli/app.hpp"
#include "cli/system_clock.hpp"

int main(int argc, char** argv) {
    const scep::cli::SystemClock clock;
    scep::cli::Io io{std::cin, std::cout, std::cerr, clock};
    return static_cast<int>(scep::cli::run(argc, argv, io));
}
