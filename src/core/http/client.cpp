// One exchange is a line of Beast operations, each started and then run until it ends or the
// exchange's deadline comes; nothing else runs in this io_context.
#include "core/http/client.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include <boost/asio/connect.hpp>
#include <fmt/format.h>

#include "core/http/client_connection.hpp"
#include "core/http/client_route.hpp"
#include "core/http/client_tls.hpp"

namespace scep::http {

namespace {

using Request = wire::request<wire::vector_body<std::uint8_t>>;
using SteadyClock = std::chrono::steady_clock;

constexpr int kHttp11 = 11;  // Beast's spelling
constexpr const char* kUserAgent = "certctl-scep/" CERTCTL_SCEP_VERSION;

class BeastTransport final : public Transport {
  public:
    explicit BeastTransport(TransportOptions options) : options_(std::move(options)) {}

    // Once, before the first handshake at the latest. Io, Config.
    Status prepare_tls();

    Result<ClientReply> exchange(const ClientRequest& request) override;

  private:
    template <class Start>
    error_code run(Start start);

    Result<tcp::resolver::results_type> resolve(const Url& url);
    Status connect(const Url& url);
    Status open_tunnel(const Url& url, const Url& proxy);
    Status handshake(const Url& url);
    error_code write(Request& request);
    error_code read(std::optional<Parser>& parser);
    Result<ClientReply> talk(const ClientRequest& request, bool& stale);
    Result<ClientReply> exchange_once(const ClientRequest& request);
    Result<ClientReply> to_reply(const Url& url, Parser& parser);

    Error network(const Url& url, std::string what) const;
    Error failed(const Url& url, std::string_view doing, const error_code& error) const;

    TransportOptions options_;
    asio::io_context io_{1};
    std::optional<asio::ssl::context> tls_{};
    std::unique_ptr<Connection> connection_{};
    SteadyClock::time_point deadline_{};
    std::string location_{};  // of the last reply, where it redirects
    bool answered_ = false;   // in HTTP, once at least
};

Error BeastTransport::network(const Url& url, std::string what) const {
    Url shown = url;
    shown.query.clear();  // of a GET it is the whole message
    return {.code = Errc::Network, .what = std::move(what), .where = {.source = shown.to_text()}};
}

Error BeastTransport::failed(const Url& url,
                             std::string_view doing,
                             const error_code& error) const {
    return network(url,
                   error == asio::error::timed_out
                       ? fmt::format("{}: not done within {} s", doing, options_.timeout.count())
                       : fmt::format("{}: {}", doing, escape_text(error.message())));
}

// Starts one operation with its handler and waits for it, no longer than the deadline.
template <class Start>
error_code BeastTransport::run(Start start) {
    std::optional<error_code> done;
    start([&done](const error_code& error, auto&&... /*result*/) { done = error; });
    io_.restart();
    io_.run_until(deadline_);
    if (done)
        return *done;
    // The handler refers to this frame: end the operation and let it come.
    error_code ignored;
    connection_->socket.close(ignored);
    io_.restart();
    io_.run();
    return asio::error::timed_out;
}

Result<tcp::resolver::results_type> BeastTransport::resolve(const Url& url) {
    error_code is_a_name;
    const auto address = asio::ip::make_address(url.host, is_a_name);
    if (!is_a_name)  // asked of nobody: a search costs a thread
        return tcp::resolver::results_type::create(
            tcp::endpoint(address, url.port), url.host, std::to_string(url.port));
    auto lookup = std::make_unique<Lookup>();
    lookup->resolver.async_resolve(
        url.host,
        std::to_string(url.port),
        [&at = *lookup](const error_code& error, tcp::resolver::results_type results) {
            at.done = error;
            at.found = std::move(results);
        });
    lookup->io.run_until(deadline_);
    const error_code error = lookup->done.value_or(asio::error::timed_out);
    if (!lookup->done)
        static_cast<void>(lookup.release());  // left to its thread until the process ends
    if (error)
        return fail(failed(url, "cannot resolve the host name", error));
    return std::move(lookup->found);
}

Status BeastTransport::connect(const Url& url) {
    connection_ = std::make_unique<Connection>(io_);
    connection_->host = url.host;
    connection_->port = url.port;
    const Url* proxy = proxy_for(options_.proxy, url);
    const Url& peer = proxy != nullptr ? *proxy : url;
    SCEP_TRY(endpoints, resolve(peer));
    const error_code error = run([&](auto handler) {
        asio::async_connect(connection_->socket, endpoints, std::move(handler));
    });
    if (error)
        return fail(failed(
            peer, proxy != nullptr ? "cannot connect to the proxy" : "cannot connect", error));
    error_code ignored;  // only a matter of speed
    connection_->socket.set_option(tcp::no_delay(true), ignored);
    if (!url.tls)
        return {};
    if (proxy != nullptr)
        SCEP_CHECK(open_tunnel(url, *proxy));
    return handshake(url);
}

// RFC 9110 section 9.3.6. What follows the head of a 2xx is the server's.
Status BeastTransport::open_tunnel(const Url& url, const Url& proxy) {
    const std::string target =
        fmt::format("{}:{}",
                    url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]",
                    url.port);
    wire::request<wire::empty_body> request(wire::verb::connect, target, kHttp11);
    request.set(wire::field::host, target);
    request.set(wire::field::user_agent, kUserAgent);
    const error_code written = run(
        [&](auto handler) { wire::async_write(connection_->socket, request, std::move(handler)); });
    wire::response_parser<wire::empty_body> parser;
    parser.header_limit(limits::kMaxHttpHead);
    parser.skip(true);
    const error_code error = written ? written : run([&](auto handler) {
        wire::async_read_header(
            connection_->socket, connection_->buffer, parser, std::move(handler));
    });
    if (error)
        return fail(failed(proxy, fmt::format("the proxy makes no way to {}", target), error));
    if (wire::to_status_class(parser.get().result()) == wire::status_class::successful)
        return {};
    return fail(network(
        proxy,
        fmt::format("the proxy answers HTTP {} to CONNECT {}", parser.get().result_int(), target)));
}

Status BeastTransport::prepare_tls() {
    if (tls_)
        return {};
    SCEP_TRY(context, make_client_tls(options_));
    tls_.emplace(context.release());
    return {};
}

Status BeastTransport::handshake(const Url& url) {
    SCEP_CHECK(prepare_tls());
    auto& tls = connection_->tls.emplace(connection_->socket, *tls_);
    SCEP_CHECK(expect_host(*tls.native_handle(), url.host));
    const error_code error = run([&](auto handler) {
        tls.async_handshake(asio::ssl::stream_base::client, std::move(handler));
    });
    if (!error)
        return {};
    if (const std::string reason = verify_reason(*tls.native_handle()); !reason.empty())
        return fail(
            network(url,
                    fmt::format("the server's TLS certificate does not verify against {}: {}",
                                options_.tls_ca.string(),
                                reason)));
    Error reason = failed(url, "the TLS handshake fails", error);
    if (error.category() == asio::error::get_ssl_category() &&
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_WRONG_VERSION_NUMBER)
        reason.hint = "if the server speaks plain HTTP there, its URL begins with http://";
    return fail(std::move(reason));
}

error_code BeastTransport::write(Request& request) {
    return run([&](auto handler) {
        if (connection_->tls)
            wire::async_write(*connection_->tls, request, std::move(handler));
        else
            wire::async_write(connection_->socket, request, std::move(handler));
    });
}

// The final response; 1xx ones are read over.
error_code BeastTransport::read(std::optional<Parser>& parser) {
    error_code error;
    do {
        parser.emplace();
        parser->header_limit(limits::kMaxHttpHead);
        parser->body_limit(options_.max_reply);
        error = run([&](auto handler) {
            if (connection_->tls)
                wire::async_read(
                    *connection_->tls, connection_->buffer, *parser, std::move(handler));
            else
                wire::async_read(
                    connection_->socket, connection_->buffer, *parser, std::move(handler));
        });
    } while (!error &&
             parser->get().result_int() / 100 == 1);  // 103 too, which Beast has no name for
    return error;
}

// A proxy wants the whole URL.
std::string target_of(const Url& url, bool proxied) {
    std::string out = proxied ? "http://" + url.authority() + url.path : url.path;
    if (!url.query.empty())
        out += '?' + url.query;
    return out;
}

Request to_request(const ClientRequest& request, bool proxied) {
    const std::string target = target_of(request.url, proxied);
    Request out(request.post ? wire::verb::post : wire::verb::get, target, kHttp11);
    out.set(wire::field::host, request.url.authority());
    out.set(wire::field::user_agent, kUserAgent);
    if (request.post) {
        out.set(wire::field::content_type, request.content_type);
        out.body() = request.body;
        out.content_length(request.body.size());
    }
    return out;
}

Result<ClientReply> BeastTransport::to_reply(const Url& url, Parser& parser) {
    const bool reusable = parser.keep_alive() && !parser.need_eof();
    answered_ = true;
    auto response = parser.release();
    location_ = std::string(response[wire::field::location]);
    if (wire::to_status_class(response.result()) == wire::status_class::redirection &&
        options_.redirects == 0) {
        const std::string target = escape_text(location_);
        Error error = network(url,
                              fmt::format("HTTP {} redirects to {}, and redirects are not followed",
                                          response.result_int(),
                                          target.empty() ? "nowhere" : target));
        error.hint = "if that is the server, give its URL";
        connection_.reset();
        return fail(std::move(error));
    }
    ClientReply out{.status = static_cast<int>(response.result_int()),
                    .content_type = std::string(response[wire::field::content_type]),
                    .body = std::move(response.body()),
                    .retry_after = std::string(response[wire::field::retry_after]),
                    .content_encoding = std::string(response[wire::field::content_encoding]),
                    .authenticated = url.tls && !options_.tls_ca.empty()};
    if (options_.want_tls_facts && connection_->tls)
        out.tls = tls_facts(*connection_->tls->native_handle());
    if (!reusable)
        connection_.reset();
    return out;
}

// stale: set when the connection had been used before and the server hung up before any octet of
// a reply, as servers do with idle connections.
Result<ClientReply> BeastTransport::talk(const ClientRequest& request, bool& stale) {
    const bool reused =
        connection_ != nullptr && connection_->leads_to(request.url) && connection_->alive();
    if (!reused)
        if (Status connected = connect(request.url); !connected) {
            connection_.reset();
            return fail(std::move(connected).error());
        }
    const bool proxied = !request.url.tls && proxy_for(options_.proxy, request.url) != nullptr;
    Request message = to_request(request, proxied);
    const error_code written = write(message);
    if (!written && request.meanwhile) {
        // Of a server on this machine the system has often woken a thread on this very CPU, where
        // it would wait for all that is done here.
        std::this_thread::yield();
        request.meanwhile();
    }
    std::optional<Parser> parser;
    // A server that refuses a large body answers and closes before it has read all of it.
    const error_code error = written == asio::error::timed_out ? written : read(parser);
    if (!error)
        return to_reply(request.url, *parser);
    const bool silent = !parser || !parser->got_some();
    const bool silent_end = silent && hung_up(error);
    const bool tls = !answered_ && may_speak_tls(*connection_, silent_end);
    connection_.reset();
    stale = reused && silent_end;
    if (request.may_hang_up && silent_end)
        return ClientReply{};
    if (written && silent)
        return fail(failed(request.url, "cannot send the request", written));
    Error reason = network(request.url, why_no_reply(error, *parser, options_));
    if (tls)
        reason.hint = "if the server speaks TLS there, its URL begins with https://";
    return fail(std::move(reason));
}

Result<ClientReply> BeastTransport::exchange_once(const ClientRequest& request) {
    bool stale = false;
    auto reply = talk(request, stale);
    // A POST may have been acted upon; sending it twice is the caller's decision.
    return stale && !request.post ? talk(request, stale) : std::move(reply);
}

Result<ClientReply> BeastTransport::exchange(const ClientRequest& request) {
    deadline_ = SteadyClock::now() + options_.timeout;
    ClientRequest hop = request;
    std::vector<std::string> followed;
    try {
        for (;;) {
            auto reply = exchange_once(hop);
            if (!reply || options_.redirects == 0 || !is_redirect(reply->status)) {
                if (reply)
                    reply->redirects = std::move(followed);
                return reply;
            }
            SCEP_TRY(target, redirect_target(hop.url, reply->status, location_, hop.post));
            if (followed.size() == options_.redirects)
                return fail(network(request.url,
                                    fmt::format("more than {} redirects", options_.redirects)));
            hop.url = std::move(target);
            Url shown = hop.url;
            shown.query.clear();
            followed.push_back(shown.to_text());
        }
    } catch (const boost::system::system_error& error) {
        connection_.reset();
        return fail(failed(request.url, "the exchange fails", error.code()));
    }
}

}  // namespace

Result<std::unique_ptr<Transport>> make_transport(const TransportOptions& options) {
    auto out = std::make_unique<BeastTransport>(options);
    // Without files it cannot fail, and plain HTTP needs none of it.
    if (!options.tls_ca.empty() || !options.tls_client_cert.empty())
        SCEP_CHECK(out->prepare_tls());
    return out;
}

}  // namespace scep::http
