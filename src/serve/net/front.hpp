// The front: listens, speaks TLS 1.3 and HTTP/1.1, hands whole requests out and takes replies back.
// A connection waits with its reply until reply() is called: that is how a reply stays behind the
// commit of its turn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.hpp"
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

// Whether clients are asked for a certificate. One that they show never fails the handshake: the
// verdict belongs to each request (SECURITY rule S17). No CA names are sent (S19).
enum class ClientCertificates : std::uint8_t { NotAsked, Asked };

struct Peer {
    std::string address{};  // "192.0.2.7", without port
    std::uint16_t port = 0;
    // What the client showed in the handshake, leaf first; it has proved to hold the leaf's key,
    // and nothing else is known of them. Empty: none.
    std::vector<x509::Certificate> certificates{};
    bool unreadable_certificate = false;  // it showed one that our reader refuses
};

using ConnectionId = std::uint64_t;  // never used twice

// Asked when the head of a request is complete and its body is not: a reply refuses the request
// before the body is read (or asked for with 100 Continue), and closes. What comes in one piece
// with its body goes to OnRequest without this.
using OnHead = std::function<std::optional<http::Reply>(const Peer&, const http::Request& head)>;

struct FrontOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    ClientCertificates client_certificates = ClientCertificates::NotAsked;
    std::size_t max_body = 1U << 20U;  // octets
    OnHead on_head{};                  // may be empty
    // A full house closes the connection that has waited longest for a request; when all are busy
    // the new client is turned away.
    std::size_t max_connections = limits::kMaxConnections;
    // Octets of all requests that are not complete: beyond this (or twice max_body, where that is
    // more) those of more than kFreeHeld are answered with 503.
    std::size_t max_held = limits::kMaxHeld;
};

struct FrontCounters {
    std::uint64_t accepted = 0;
    std::uint64_t refused_full = 0;  // turned away
    std::uint64_t handshakes_failed = 0;
    std::uint64_t requests = 0;       // given to OnRequest
    std::uint64_t http_refusals = 0;  // answered here: 400, 408, 413, ..., and by OnHead
    std::uint64_t timeouts = 0;       // of a handshake, a request or a reply; not of an idle wait
};

class Front {
  public:
    // One complete request; exactly one reply() is owed for it, in this call, this turn or a later
    // one. The connection's next request comes in a turn after its reply.
    using OnRequest = std::function<void(ConnectionId, const Peer&, http::Request&&)>;
    // HTTP refusals and failed handshakes, for counted log lines. status 0: TLS.
    using OnRefusal = std::function<void(const Peer&, int status, std::string_view reason)>;

    // Binds and listens. `loop` must outlive the front. Io: "127.0.0.1:8443: address already in
    // use", with a hint. Config: OpenSSL refuses the identity.
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
    // Stops accepting, closes idle connections, lets the others finish with Connection: close, and
    // closes those too after kDrainDeadline.
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
