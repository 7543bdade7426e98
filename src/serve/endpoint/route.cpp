#include "serve/endpoint/route.hpp"

#include <algorithm>

namespace scep::endpoint {

namespace {

bool is_path_id(std::string_view segment) noexcept {
    return !segment.empty() && std::ranges::all_of(segment, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

}  // namespace

std::optional<std::string> path_id_of(std::string_view path) {
    constexpr std::string_view kRoot = "/scep";
    if (path == "/cgi-bin/pkiclient.exe" || path == kRoot)
        return std::string();
    if (!path.starts_with(kRoot) || path[kRoot.size()] != '/')
        return std::nullopt;
    const std::string_view rest = path.substr(kRoot.size() + 1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    return is_path_id(segment) ? std::string(segment) : std::string();
}

}  // namespace scep::endpoint
