// Wires the rooms of serve, starts, drains, stops.
#pragma once

#include <functional>

#include "core/base/random.hpp"
#include "core/check/deployment.hpp"
#include "serve/log.hpp"
#include "serve/store/store.hpp"

namespace scep::serve {

struct Listening {
    std::string host{};
    std::uint16_t port = 0;
};

// From here on SIGTERM and SIGINT wait for run(), which then drains at once: for work before it
// that must not stop half-way. Io.
Status hold_signals();

// Serves until SIGTERM or SIGINT, then drains. `deployment` must have passed the rules of check/.
// `on_listening` is called once the port is open. Errors: Io (port), Store (the state database
// failed: no SUCCESS was sent for what is not durable), Config.
Status run(const check::Deployment& deployment,
           const Clock& clock,
           Random& random,
           Log& log,
           const std::function<void(const Listening&)>& on_listening);

}  // namespace scep::serve
