// http_proxy, https_proxy and no_proxy, as other programs read them.
#pragma once

#include "core/http/client.hpp"

namespace scep::cli {

// HTTP_PROXY in capitals is not read: where a program runs as CGI, a request's header sets it.
// What a request to `url` needs: nothing where no_proxy has its host. Usage when the value for its
// scheme is no http:// URL; never its text, which may hold a password.
Result<http::ProxySettings> proxies_of_environment(const http::Url& url);

}  // namespace scep::cli
