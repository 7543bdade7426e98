// One TLS connection as a state machine: states are what we wait for, each step does one thing and
// says why it stopped, and one place turns that into epoll interest.
#pragma once

#include <array>
#include <optional>

#include "core/files/descriptor.hpp"
#include "core/http/message.hpp"
#include "serve/loop/loop.hpp"
#include "serve/net/deadline.hpp"
#include "serve/net/front.hpp"
#include "serve/net/socket_bio.hpp"
#include "serve/net/tls.hpp"

namespace scep::net {

class Connection final : public loop::Handler {
  public:
    // What a connection needs of the front.
    class Owner {
      public:
        Owner() = default;
        Owner(const Owner&) = delete;
        Owner& operator=(const Owner&) = delete;
        virtual ~Owner() = default;

        // A head is complete and its body is to come: a reply refuses it.
        virtual std::optional<http::Reply> on_head(Connection& connection,
                                                   const http::Request& head) = 0;
        // reply() is owed, and may be called from here.
        virtual void on_request(Connection& connection, http::Request&& request) = 0;
        virtual void on_refusal(Connection& connection, int status, std::string_view reason) = 0;
        virtual void on_timeout(Connection& connection) = 0;
        // True: it has begun to wait for a request. False: no more.
        virtual void on_waiting(Connection& connection, bool waits) = 0;
        // It holds so many octets of a request that is not complete. False: there is no room.
        virtual bool on_held(Connection& connection, std::size_t octets) = 0;
        // Last call. The owner retires the connection.
        virtual void on_closed(Connection& connection) = 0;

        virtual bool draining() const noexcept = 0;
        // Shared by all connections, valid within one step.
        virtual std::span<std::uint8_t> scratch() noexcept = 0;
    };

    Connection(loop::Loop& loop,
               Owner& owner,
               ConnectionId id,
               Peer peer,
               files::Descriptor socket,
               SslPtr ssl,
               std::size_t max_body) noexcept;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() override;

    // Registers with the loop and begins to wait for the handshake. Io.
    Status start();

    ConnectionId id() const noexcept { return id_; }

    const Peer& peer() const noexcept { return peer_; }

    void on_ready() noexcept override { advance(); }

    // The reply that is owed.
    void reply(const http::Reply& reply);

    // Nothing of a request has arrived.
    bool idle() const noexcept;
    // Idle as far as we have read, but the client has sent more: its next request, most likely.
    bool has_unread() const noexcept;

    // With a close_notify where the state of TLS allows one.
    void close() noexcept;

    std::uint64_t waiting_place = 0;  // the owner's note, see on_waiting
    std::size_t held = 0;             // likewise, see on_held

  private:
    enum class State : std::uint8_t {
        Handshake,
        ReadHead,
        WriteContinue,
        ReadBody,
        AwaitReply,
        WriteReply,
        Shutdown,
        Linger,
        Closed
    };
    enum class Step : std::uint8_t { Next, NeedRead, NeedWrite, NeedReply, Failed };

    static void on_tls_message(int writes,
                               int version,
                               int content_type,
                               const void* data,
                               std::size_t size,
                               SSL* ssl,
                               void* connection);
    void advance() noexcept;
    Step step_for(State state);
    Step classify(int rc) const noexcept;

    Step handshake();
    Step read_request();
    Step write_continue();
    Step write_reply();
    Step shut_down();
    Step linger();

    void enter(State state);
    Step write_out();
    Step take_input(Bytes input);
    Step head_done();
    Step request_done();
    Step refuse(int status, std::string_view reason);
    void send(const http::Reply& reply, bool keep);
    Step next_request();

    void expire();
    void finish() noexcept;

    loop::Loop& loop_;
    Owner& owner_;
    ConnectionId id_;
    Peer peer_;
    files::Descriptor socket_;
    SocketSource source_{};  // outlives ssl_
    unsigned key_updates_ = 0;
    SslPtr ssl_;
    http::RequestParser parser_;

    State state_ = State::Handshake;
    bool advancing_ = false;
    bool waits_ = false;        // the owner was told so
    bool http_1_0_ = false;     // of the request under way, as the next two
    bool client_keeps_ = true;  // it wants to keep the connection
    bool head_only_ = false;    // HEAD
    bool close_after_ = false;  // the reply
    bool linger_ = false;       // the client may still be sending
    std::size_t served_ = 0;

    Buffer pending_{};  // input behind the request under way
    Buffer out_{};
    std::size_t sent_ = 0;  // of out_

    Deadline deadline_;
    std::unique_ptr<loop::Timer> resume_{};
};

}  // namespace scep::net
