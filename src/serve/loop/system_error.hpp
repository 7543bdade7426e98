// An Io error from errno.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace scep::loop {

// "epoll_wait: bad file descriptor": what was tried, then what the system says in lower case.
Error system_error(std::string what);
// The system's words alone: "address already in use".
std::string system_text(int error_number);

}  // namespace scep::loop
