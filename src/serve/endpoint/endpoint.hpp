// One SCEP profile: request bytes in, reply bytes and effects out, no sockets. The whole protocol,
// testable without a port.
#pragma once

#include <optional>
#include <string>

#include "core/http/message.hpp"
#include "serve/endpoint/snapshot.hpp"
#include "serve/store/view.hpp"

namespace scep::endpoint {

struct Context {
    std::string reference{};  // request id; also in failInfoText, the audit row and the log
    std::string client_address{};
    TimePoint now{};
    std::chrono::steady_clock::time_point instant{};  // the same moment, for what is counted
    std::optional<x509::Certificate> bootstrap{};     // what opened the mTLS route
};

struct Outcome {
    http::Reply reply{};
    store::Effects effects{};  // to be durable before the reply leaves (SECURITY rule S25)
    // for the one log line of this request; not escaped
    std::string action{};    // "GetCACaps", "PKCSReq (19)"
    std::string decision{};  // "success", "failure badAlg (0)", "refused 400"
    std::string detail{};    // why
    std::string transaction_id{}, subject{}, serial{};
    std::vector<std::string_view> tolerances{};  // what was forgiven, by name
};

// `library` is crypto::Library::standard() in serve.
Outcome answer(const crypto::Library& library,
               const ProfileSnapshot& profile,
               const http::Request& request,
               const Context& context,
               const store::View& view,
               Random& random);

}  // namespace scep::endpoint
