// From a request path to a profile (the paths of the interface).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scep::endpoint {

struct Route {
    std::string path_id{};  // "" is the root profile
    bool mtls = false;      // under /scep-mtls

    bool operator==(const Route&) const = default;
};

// Where a path leads: the root profile for /scep, /scep/<tail> and /cgi-bin/pkiclient.exe; "corp"
// for /scep/corp and /scep/corp/<tail>; the same under /scep-mtls. A first segment of [a-z0-9-]+ is
// a path_id, anything else is a tail that is ignored. nullopt for every other path.
std::optional<Route> route_of(std::string_view path);

}  // namespace scep::endpoint
