// One connection of the client, the search for its peer's address, and what it says when no reply
// came. Of client.cpp alone: whoever includes it compiles Beast.
#pragma once

#include <poll.h>

#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/base/limits.hpp"
#include "core/http/client.hpp"

namespace scep::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Parser = wire::response_parser<wire::vector_body<std::uint8_t>>;

// A search for a host's addresses. getaddrinfo(3) cannot be ended from outside, and the context
// waits for it when it is destroyed.
struct Lookup {
    asio::io_context io{1};
    tcp::resolver resolver{io};
    std::optional<error_code> done{};
    tcp::resolver::results_type found{};
};

struct Connection {
    // What a common reply holds: Beast reads half a kilobyte at a time into an empty buffer.
    static constexpr std::size_t kRoom = std::size_t{16} << 10U;

    explicit Connection(asio::io_context& io) : socket(io) { buffer.reserve(kRoom); }

    std::string host{};
    std::uint16_t port = 0;
    tcp::socket socket;
    std::optional<asio::ssl::stream<tcp::socket&>> tls{};
    beast::flat_buffer buffer{limits::kMaxHttpUnparsed};  // bodies go from it to the message

    bool leads_to(const Url& url) const {
        return host == url.host && port == url.port && tls.has_value() == url.tls;
    }

    // The peer has not hung up, as far as one can know without sending.
    bool alive() {
        pollfd descriptor{.fd = socket.native_handle(), .events = POLLRDHUP, .revents = 0};
        return ::poll(&descriptor, 1, 0) == 0;
    }
};

inline bool hung_up(const error_code& error) {
    return error == wire::error::end_of_stream || error == asio::error::eof ||
           error == asio::error::connection_reset || error == asio::error::broken_pipe ||
           error == asio::ssl::error::stream_truncated;
}

inline std::string why_no_reply(const error_code& error,
                                const Parser& parser,
                                const TransportOptions& options) {
    if (error == asio::error::timed_out)
        return fmt::format("no complete reply within {} s", options.timeout.count());
    if (error == wire::error::body_limit)
        return fmt::format("the reply is larger than {} octets", options.max_reply);
    if (error == wire::error::header_limit)
        return fmt::format("the reply's head is larger than {} octets", limits::kMaxHttpHead);
    if (error == wire::error::buffer_overflow)
        return fmt::format("the reply's framing is larger than {} octets",
                           limits::kMaxHttpUnparsed);
    if (error == wire::error::partial_message || (hung_up(error) && parser.got_some()))
        return "the reply is cut short";
    if (hung_up(error))
        return "the server closed the connection without a reply";
    return fmt::format("cannot read the reply: {}", escape_text(error.message()));
}

// A server that speaks TLS answers a request in plain HTTP with an alert, or hangs up.
inline bool may_speak_tls(const Connection& connection, bool silent_end) {
    constexpr std::string_view kAlert{"\x15\x03"};
    const auto rest = connection.buffer.cdata();
    const std::string_view got(static_cast<const char*>(rest.data()), rest.size());
    return !connection.tls && (silent_end || got.starts_with(kAlert));
}

}  // namespace scep::http
