#include "core/scep/http_answer.hpp"

#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/base/escape.hpp"

namespace scep {

namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpForbidden = 403;
constexpr std::size_t kShownOctets = 200;  // of a body that is no message

// What a server wrote instead of a message, for an error: short, and safe to show (rule S23).
std::string shown(const ExchangeReply& reply) {
    std::string out =
        reply.content_type.empty() ? "" : fmt::format(" ({})", escape_text(reply.content_type));
    std::string_view text = as_text(reply.body).substr(0, kShownOctets);
    const auto last = text.find_last_not_of(" \t\r\n");
    text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
    const bool binary = text.find('\0') != std::string_view::npos;
    if (!text.empty() && !binary)
        out += fmt::format(": {}", escape_text(text));
    return out;
}

}  // namespace

Status check_http_status(const ExchangeReply& reply) {
    if (reply.status == kHttpOk)
        return {};
    const bool refused = reply.status == kHttpUnauthorized || reply.status == kHttpForbidden;
    return fail(refused ? Errc::Policy : Errc::Protocol,
                fmt::format("the server answers HTTP {}{}", reply.status, shown(reply)));
}

Error with_body(Error error, const ExchangeReply& reply) {
    constexpr std::uint8_t kSequence = 0x30;
    const bool unreadable = error.code == Errc::Der || error.code == Errc::Protocol;
    const bool message = (!reply.body.empty() && reply.body.front() == kSequence) ||
                         asn1::looks_like_pem(as_text(reply.body));
    if (unreadable && !message && reply.status == kHttpOk)
        error.what += reply.body.empty() ? "; the body is empty"
                                         : fmt::format("; the server wrote{}", shown(reply));
    return error;
}

}  // namespace scep
