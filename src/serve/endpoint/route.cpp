#include "serve/endpoint/route.hpp"

#include <algorithm>

namespace scep::endpoint {

namespace {

bool is_path_id(std::string_view segment) noexcept {
    return !segment.empty() && std::ranges::all_of(segment, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

// The path_id behind `root`; nullopt when the path is not under it.
std::optional<std::string> path_id_under(std::string_view root, std::string_view path) {
    if (path == root)
        return std::string();
    if (!path.starts_with(root) || path[root.size()] != '/')
        return std::nullopt;
    const std::string_view rest = path.substr(root.size() + 1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    return is_path_id(segment) ? std::string(segment) : std::string();
}

}  // namespace

std::optional<Route> route_of(std::string_view path) {
    if (path == "/cgi-bin/pkiclient.exe")
        return Route{};
    if (auto path_id = path_id_under("/scep", path))
        return Route{.path_id = *std::move(path_id)};
    if (auto path_id = path_id_under("/scep-mtls", path))
        return Route{.path_id = *std::move(path_id), .mtls = true};
    return std::nullopt;
}

}  // namespace scep::endpoint
