// The HTTP of one TCP connection, both directions, as SCEP.
#pragma once

#include "core/capture/collection.hpp"
#include "core/capture/tcp_stream.hpp"

namespace scep::capture {

struct Connection {
    Endpoint first{}, second{};       // who sent first
    TcpStream forward{}, backward{};  // of the first, of the second
};

// Takes the requests and replies of a connection, paired by their order. False when it has no HTTP.
bool add_connection(Collection& out, const Captured& frame, Connection connection);

// Says that a connection to this server is TLS.
void refuse_tls(Collection& out, const Endpoint& server);

}  // namespace scep::capture
