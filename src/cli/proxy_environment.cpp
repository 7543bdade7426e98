#include "cli/proxy_environment.hpp"

#include <cstdlib>

#include <fmt/format.h>

namespace scep::cli {

namespace {

struct Variable {
    const char* name = nullptr;
    std::string value{};  // empty: not set
};

Variable first_of(std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0')
            return {name, value};
    return {};
}

Result<std::optional<http::Url>> parse_proxy(const Variable& variable) {
    if (variable.value.empty())
        return std::nullopt;
    const bool bare = variable.value.find("://") == std::string::npos;
    auto url = http::parse_url(bare ? "http://" + variable.value : variable.value);
    if (url && !url->tls)
        return *std::move(url);
    return fail({.code = Errc::Usage,
                 .what = url ? "a proxy that is spoken to by https is not supported"
                             : "is no URL of a proxy, want http://host:port without user and "
                               "password",
                 .where = {.source = fmt::format("environment variable {}", variable.name)},
                 .hint = fmt::format("unset {}, or name the server in no_proxy", variable.name)});
}

}  // namespace

Result<http::ProxySettings> proxies_of_environment() {
    SCEP_TRY(http, parse_proxy(first_of({"http_proxy"})));
    SCEP_TRY(https, parse_proxy(first_of({"https_proxy", "HTTPS_PROXY"})));
    return http::ProxySettings{.http = std::move(http),
                               .https = std::move(https),
                               .no_proxy = first_of({"no_proxy", "NO_PROXY"}).value};
}

}  // namespace scep::cli
