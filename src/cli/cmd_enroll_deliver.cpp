#include <fmt/format.h>

#include "cli/cmd_enroll_session.hpp"

namespace scep::cli {

namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpBadRequest = 400;
constexpr int kHttpNotFound = 404;
constexpr int kHttpTooMany = 429;
constexpr int kHttpUnavailable = 503;
constexpr Seconds kBeforeAgain{1};  // a server that restarts listens again by then

constexpr bool asks(ExchangeState state) noexcept {
    return state != ExchangeState::Ready && state != ExchangeState::Done;
}

// RFC 8894 section 3.5.2: a server without GetCACaps says so in some way or other, and some just
// hang up.
void tell_of_no_capabilities(int status, Io& io) {
    const std::string answer =
        status == 0 ? "the server hangs up" : fmt::format("the server answers HTTP {}", status);
    note(io, fmt::format("GetCACaps: {}, which is taken as no capabilities", answer));
}

// Of a server that took nothing in. Once key and request are on disk, with the command.
std::string later_hint(const Session& session) {
    const std::string when =
        session.retry_after > Seconds{}
            ? fmt::format("try again in {} s, as the server asks", session.retry_after.count())
            : "try again later";
    const bool kept =
        obtains(session.plan.operation) && session.exchange.state() == ExchangeState::Operation;
    return kept ? fmt::format("{}: {}", when, resume_command(session.plan.files)) : when;
}

// What a web server's answer says about the URL; empty: nothing.
std::string hint_for(const Session& session, const http::ClientReply& reply) {
    const std::string_view body = as_text(reply.body);
    const bool tls_wanted =
        body.find("HTTPS") != std::string_view::npos || body.find("SSL") != std::string_view::npos;
    if (reply.status == kHttpNotFound)
        return "look at the path of --url: many servers answer at /scep or /scep/NAME, others at "
               "/cgi-bin/pkiclient.exe or /certsrv/mscep/mscep.dll";
    if (reply.status == kHttpBadRequest && !session.plan.url.tls && tls_wanted)
        return "the server speaks TLS there: its URL begins with https://";
    if (reply.status == kHttpTooMany || reply.status == kHttpUnavailable)
        return later_hint(session);
    return {};
}

Result<http::ClientReply> exchange_once_more(Session& session, const http::ClientRequest& request) {
    auto reply = exchange_once(session, request);
    const bool operation = session.exchange.state() == ExchangeState::Operation;
    if (reply || !operation || reply.error().code != Errc::Network)
        return reply;
    note(session.io,
         fmt::format("{}; the same request goes out once more", to_text(reply.error())));
    session.world.pause.wait(kBeforeAgain);
    return exchange_once(session, request);
}

// Single DES and MD5, where the operator admits them.
Status load_library(const EnrollPlan& plan) {
    return plan.legacy ? plan.legacy->load() : Status{};
}

// What is needed once the reply is there: made while the server works.
void prepare(Session& session, ExchangeState state, const std::function<void()>& meanwhile) {
    const bool anew = obtains(session.plan.operation) && !session.plan.resumed;
    if (state == ExchangeState::Capabilities)
        static_cast<void>(load_library(session.plan));  // the next step tells
    if (state == ExchangeState::CaCertificates && anew)
        build_request_early(session);
    if (state == ExchangeState::Operation)
        session.exchange.prepare_to_take();
    if (state == ExchangeState::Operation && meanwhile)
        meanwhile();
}

}  // namespace

Result<http::ClientReply> exchange_once(Session& session, const http::ClientRequest& request) {
    session.answered = 0;
    session.retry_after = {};
    SCEP_TRY(reply, session.world.transport.exchange(request));
    session.answered = reply.status;
    session.retry_after = parse_retry_after(reply.retry_after, session.io.clock.now());
    return std::move(reply);
}

ExchangeReply answer_of(const http::ClientReply& reply) {
    return {.status = reply.status,
            .content_type = reply.content_type,
            .content_encoding = reply.content_encoding,
            .body = reply.body,
            .authenticated = reply.authenticated};
}

Error about_answer(const Session& session, Error error, const http::ClientReply& reply) {
    if (error.where.source.empty())
        error.where.source = session.plan.url.to_text();
    if (error.hint.empty())
        error.hint = hint_for(session, reply);
    return error;
}

http::ClientRequest to_http(const ExchangeRequest& request, const http::Url& base) {
    http::ClientRequest out{.post = request.post,
                            .url = base,
                            .content_type = request.content_type,
                            .body = request.body};
    out.url.query = base.query.empty() ? request.query : base.query + "&" + request.query;
    return out;
}

Status deliver(Session& session, const std::function<void()>& meanwhile) {
    Exchange& exchange = session.exchange;
    const ExchangeState state = exchange.state();
    const bool capabilities = state == ExchangeState::Capabilities;
    if (!capabilities)
        SCEP_CHECK(load_library(session.plan));
    http::ClientRequest request = to_http(exchange.request(), session.plan.url);
    request.may_hang_up = capabilities;
    request.meanwhile = [&] { prepare(session, state, meanwhile); };
    SCEP_TRY(reply, exchange_once_more(session, request));
    for (const std::string& target : reply.redirects)
        note(session.io, fmt::format("the server redirects to {}", target));
    if (capabilities && reply.status != kHttpOk)
        tell_of_no_capabilities(reply.status, session.io);
    auto taken = exchange.take(answer_of(reply), session.io.clock.now());
    if (taken)
        tell_of_delivery(session, state);
    else if (state == ExchangeState::Operation && reply.status == kHttpOk)
        session.rejected = reply.body;
    if (!taken)
        return fail(about_answer(session, std::move(taken).error(), reply));
    return taken;
}

Status deliver_all(Session& session) {
    while (asks(session.exchange.state()))
        SCEP_CHECK(deliver(session));
    return {};
}

}  // namespace scep::cli
