// The front: listens, speaks TLS 1.3 and HTTP/1.1, hands whole requests out and takes replies back.
// A connection waits with its reply until reply() is called: that is how a reply stays behind the
// commit of its turn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/crypto/keys.hpp"
#include "core/http/message.hpp"
#include "core/x509/certificate.hpp"
#include "serve/loop/loop.hpp"

namespace scep::net {

// TLS 1.3 only, no tickets, no cache (SECURITY rule S16), X25519 and P-256.
struct TlsIdentity {
    std::vector<x509::Certificate> chain{};  // leaf first
    std::shared_ptr<crypto::PrivateKey> key{};
};

struct Peer {
    std::string address{};  // "192.0.2.7", without port
    std::uint16_t port = 0;
};

using ConnectionId = std::uint64_t;  // never used twice

struct FrontOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::size_t max_body = 1U << 20U;
};

struct FrontCounters {
    std::uint64_t accepted = 0, refused_full = 0, handshakes_failed = 0, requests = 0,
                  http_refusals = 0, timeouts = 0;
};

class Front {
  public:
    // One complete request; exactly one reply() is owed for it, in this turn or a later one.
    using OnRequest = std::function<void(ConnectionId, const Peer&, http::Request&&)>;
    // HTTP refusals and failed handshakes, for counted log lines. status 0: TLS.
    using OnRefusal = std::function<void(const Peer&, int status, std::string_view reason)>;

    // Binds and listens. Io: "127.0.0.1:8443: address already in use", with a hint.
    static Result<std::unique_ptr<Front>> listen(loop::Loop& loop,
                                                 const TlsIdentity& identity,
                                                 const FrontOptions& options,
                                                 OnRequest on_request,
                                                 OnRefusal on_refusal);
    ~Front();
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;

    std::uint16_t port() const noexcept;
    // Ignored when the connection has gone.
    void reply(ConnectionId connection, const http::Reply& reply);
    // Stops accepting, closes idle connections, lets the others finish with Connection: close.
    void drain() noexcept;
    bool drained() const noexcept;
    std::size_t connections() const noexcept;
    const FrontCounters& counters() const noexcept;

  private:
    struct State;
    explicit Front(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> state_;
};

}  // namespace scep::net
