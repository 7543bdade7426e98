// From a request path to a profile (the paths of the interface).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scep::endpoint {

// The path_id a path names: "" for /scep, /scep/<tail> and /cgi-bin/pkiclient.exe; "corp" for
// /scep/corp and /scep/corp/<tail>. A first segment of [a-z0-9-]+ is a path_id, anything else is a
// tail that is ignored. nullopt for every other path.
std::optional<std::string> path_id_of(std::string_view path);

}  // namespace scep::endpoint
