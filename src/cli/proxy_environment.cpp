#include "cli/proxy_environment.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "core/http/client_route.hpp"

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

Result<http::ProxySettings> proxies_of_environment(const http::Url& url) {
    http::ProxySettings out{.no_proxy = first_of({"no_proxy", "NO_PROXY"}).value};
    if (http::is_excepted(out.no_proxy, url.host))
        return out;
    auto https = parse_proxy(first_of({"https_proxy", "HTTPS_PROXY"}));
    if (url.tls && !https)
        return fail(std::move(https).error());
    if (https)  // a redirect may lead from http to https
        out.https = *std::move(https);
    if (url.tls)
        return out;
    SCEP_TRY(http, parse_proxy(first_of({"http_proxy"})));
    out.http = std::move(http);
    return out;
}

}  // namespace scep::cli
