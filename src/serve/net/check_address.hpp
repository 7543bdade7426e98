// Whether this machine could listen on an address, found out without taking the port.
#pragma once

#include "core/config/config.hpp"

namespace scep::net {

// Binds a free port of it for a moment. Io with the reason, and a hint where there is one.
Status check_address(const config::ListenAddress& address);

}  // namespace scep::net
