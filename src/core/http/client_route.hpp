// Which way a request of the client takes: through a proxy or not, and where a redirect leads.
#pragma once

#include <string_view>

#include "core/http/client.hpp"

namespace scep::http {

// The proxy for this URL; null: none, also where no_proxy has the host. A host stands there by its
// name (and those below it), its address, or a network in CIDR form; "*" is every host.
const Url* proxy_for(const ProxySettings& settings, const Url& url);

// Whether no_proxy has the host.
bool is_excepted(const std::string& no_proxy, std::string_view host);

// 301, 302, 303, 307, 308.
bool is_redirect(int status) noexcept;

// Where the reply to a request for `from` sends it. Only to the same host, scheme and port, or from
// http to https on the same host: what a request holds is for nobody else. A POST goes there as a
// POST (but not by 303, which asks for a GET); a target without a query keeps the request's.
// Network, naming the target.
Result<Url> redirect_target(const Url& from, int status, std::string_view location, bool post);

}  // namespace scep::http
