#include "serve/endpoint/decision.hpp"

#include <fmt/format.h>

namespace scep::endpoint {

Refusal bad_alg(std::string names) {
    const std::string text = fmt::format("refused algorithm: {}", names);
    return {FailInfo::BadAlg, text, text};
}

Refusal bad_message_check(std::string reason) {
    return {FailInfo::BadMessageCheck,
            "the message does not pass its integrity check",
            std::move(reason)};
}

Refusal bad_request(std::string text, std::string reason) {
    return {FailInfo::BadRequest, std::move(text), std::move(reason)};
}

Refusal bad_time(std::string reason) {
    return {FailInfo::BadTime, "the signing time is outside the window", std::move(reason)};
}

Refusal bad_cert_id(std::string reason) {
    return {FailInfo::BadCertId, "there is no such certificate or transaction", std::move(reason)};
}

Refusal against_policy(const Error& error) {
    const std::string reason = to_text(error);
    if (error.code == Errc::Crypto)
        return bad_alg(reason);
    return bad_request("the request is against the policy of this profile", reason);
}

}  // namespace scep::endpoint
