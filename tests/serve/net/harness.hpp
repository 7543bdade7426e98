// A front on a loopback port with a clock of its own, and TLS clients that are driven beside it.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "core/files/descriptor.hpp"
#include "serve/loop/loop.hpp"
#include "serve/net/front.hpp"
#include "serve/net/tls.hpp"
#include "support/pki.hpp"

namespace scep::test {

// Connected when the constructor returns: the kernel completes it in the backlog.
class TcpClient {
  public:
    explicit TcpClient(std::uint16_t port, int receive_buffer = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        REQUIRE(static_cast<bool>(socket_));
        if (receive_buffer != 0)
            REQUIRE(::setsockopt(
                        fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) == 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        REQUIRE(::fcntl(fd(), F_SETFL, O_NONBLOCK) == 0);
        const int no_delay = 1;
        REQUIRE(::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay) == 0);
    }

    int fd() const noexcept { return socket_.get(); }

    bool connected() const noexcept { return connected_; }

    void send_plain(std::string_view text) const {
        REQUIRE(::send(fd(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    }

    // What came in plain; `closed` when that was the end.
    std::string receive_plain(bool& closed) const {
        std::string text(4096, '\0');
        const ssize_t count = ::recv(fd(), text.data(), text.size(), 0);
        closed = count == 0 || (count < 0 && errno != EAGAIN);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        return text;
    }

  private:
    files::Descriptor socket_;
    bool connected_ = false;
};

struct TlsClientOptions {
    int version = TLS1_3_VERSION;
    const char* groups = nullptr;
    std::string_view protocols{};  // ALPN, as on the wire
    int receive_buffer = 0;
    std::vector<x509::Certificate> certificates{};  // to show, leaf first
    Key key{};
};

class TlsClient {
  public:
    using Options = TlsClientOptions;

    explicit TlsClient(std::uint16_t port, const Options& options = {})
        : tcp_(port, options.receive_buffer), context_(SSL_CTX_new(TLS_client_method())) {
        SSL_CTX_set_min_proto_version(context_.get(), options.version);
        SSL_CTX_set_max_proto_version(context_.get(), options.version);
        SSL_CTX_set_security_level(context_.get(), 0);
        SSL_CTX_set_mode(context_.get(),
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        if (options.groups != nullptr)
            REQUIRE(SSL_CTX_set1_groups_list(context_.get(), options.groups) == 1);
        show(options);
        ssl_.reset(SSL_new(context_.get()));
        const auto protocols = as_bytes(options.protocols);
        if (!protocols.empty())
            REQUIRE(SSL_set_alpn_protos(ssl_.get(),
                                        protocols.data(),
                                        static_cast<unsigned>(protocols.size())) == 0);
        SSL_set_msg_callback(ssl_.get(), &on_message);
        SSL_set_msg_callback_arg(ssl_.get(), this);
        REQUIRE(SSL_set_fd(ssl_.get(), tcp_.fd()) == 1);
        SSL_set_connect_state(ssl_.get());
    }

    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    void send(std::string_view text) { out_ += text; }

    // As far as it goes without waiting.
    void step() {
        if (closed || failed)
            return;
        ERR_clear_error();
        if (SSL_is_init_finished(ssl_.get()) != 1 && !went(SSL_do_handshake(ssl_.get())))
            return;
        handshake_done = true;
        while (!out_.empty()) {
            const int count = SSL_write(ssl_.get(), out_.data(), static_cast<int>(out_.size()));
            if (count <= 0)
                break;
            out_.erase(0, static_cast<std::size_t>(count));
        }
        while (reads && !closed && !failed) {
            std::array<char, 16384> buffer{};
            const int count = SSL_read(ssl_.get(), buffer.data(), buffer.size());
            if (!went(count))
                return;
            in.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }

    // Number of final replies that have come whole.
    std::size_t replies() const {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = in.find("\r\n\r\n", at)) != std::string::npos; ++count) {
            const std::size_t length = in.rfind("Content-Length: ", at);
            at += 4;
            if (length != std::string::npos)
                at += std::stoul(in.substr(length + 16));
            if (at > in.size())
                break;
        }
        return count;
    }

    bool has_sent_all() const noexcept { return out_.empty(); }

    void half_close() { SSL_shutdown(ssl_.get()); }

    SSL& ssl() noexcept { return *ssl_; }

    const TcpClient& tcp() const noexcept { return tcp_; }

    std::string in{};
    bool handshake_done = false;
    bool closed = false;  // by a close_notify
    bool failed = false;  // by anything else
    bool reads = true;
    std::set<int> received{};  // types of handshake messages

  private:
    bool went(int rc) {
        if (rc > 0)
            return true;
        const int why = SSL_get_error(ssl_.get(), rc);
        closed = why == SSL_ERROR_ZERO_RETURN;
        failed = !closed && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
        return false;
    }

    void show(const Options& options) {
        for (std::size_t i = 0; i < options.certificates.size(); ++i) {
            const Bytes der = options.certificates[i].der();
            const unsigned char* at = der.data();
            const crypto::X509Ptr certificate(
                d2i_X509(nullptr, &at, static_cast<long>(der.size())));
            const auto done = i == 0 ? SSL_CTX_use_certificate(context_.get(), certificate.get())
                                     : SSL_CTX_add1_chain_cert(context_.get(), certificate.get());
            REQUIRE(done == 1);
        }
        if (options.key)
            REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), &options.key->evp()) == 1);
    }

    static void on_message(int is_sent,
                           int /*version*/,
                           int content_type,
                           const void* message,
                           std::size_t size,
                           SSL* /*ssl*/,
                           void* client) {
        if (is_sent == 0 && content_type == SSL3_RT_HANDSHAKE && size > 0)
            static_cast<TlsClient*>(client)->received.insert(
                *static_cast<const unsigned char*>(message));
    }

    TcpClient tcp_;
    net::SslCtxPtr context_;
    net::SslPtr ssl_{};
    std::string out_{};
};

struct House {
    explicit House(net::FrontOptions with = {}) : options(std::move(with)) {
        front = must(net::Front::listen(
            *loop,
            tls_identity(),
            options,
            [this](net::ConnectionId id, const net::Peer& peer, http::Request&& request) {
                peers.push_back(peer);
                ids.push_back(id);
                requests.push_back(std::move(request));
                if (answers == Answers::AtOnce)
                    front->reply(id, reply);
                if (answers == Answers::AtTurnEnd)
                    owed.push_back(id);
            },
            [this](const net::Peer&, int status, std::string_view reason) {
                refusals.emplace_back(status, std::string(reason));
            }));
        loop->at_turn_end([this] {
            for (const net::ConnectionId id : std::exchange(owed, {}))
                front->reply(id, reply);
        });
    }

    static const net::TlsIdentity& tls_identity() {
        static const net::TlsIdentity identity = [] {
            const Identity made = make_identity({.subject = "CN=localhost"}, ec_key(), nullptr);
            return net::TlsIdentity{.chain = {made.certificate}, .key = made.key};
        }();
        return identity;
    }

    // One turn of the loop, then of each client.
    void turn(std::initializer_list<TlsClient*> clients) {
        REQUIRE(loop->run_once(std::chrono::milliseconds(1)));
        for (TlsClient* client : clients)
            client->step();
    }

    // Turns until `done`; false when that does not happen.
    template <class Done>
    bool until(std::initializer_list<TlsClient*> clients, Done done) {
        for (int i = 0; i < 20000 && !done(); ++i)
            turn(clients);
        return done();
    }

    bool connect(TlsClient& client) {
        return until({&client}, [&] { return client.handshake_done && waiting_heads(); });
    }

    // Until the replies that came number `count`.
    bool replies(TlsClient& client, std::size_t count) {
        return until({&client}, [&] { return client.replies() >= count || client.failed; }) &&
               client.replies() == count;
    }

    bool closes(TlsClient& client) {
        return until({&client}, [&] { return client.closed || client.failed; });
    }

    // Enough turns for what is on the way to arrive.
    void settle(std::initializer_list<TlsClient*> clients) {
        for (int i = 0; i < 20; ++i)
            turn(clients);
    }

    void pass(std::chrono::seconds time) { now += time; }

    bool waiting_heads() const noexcept { return front->connections() > 0; }

    enum class Answers : std::uint8_t { AtTurnEnd, AtOnce, Never };

    net::FrontOptions options;
    loop::Instant now{};
    Answers answers = Answers::AtTurnEnd;
    http::Reply reply = http::text_reply(200, "ok");
    std::unique_ptr<loop::Loop> loop = must(loop::Loop::create([this] { return now; }));
    std::vector<net::Peer> peers{};
    std::vector<net::ConnectionId> ids{};
    std::vector<net::ConnectionId> owed{};
    std::vector<http::Request> requests{};
    std::vector<std::pair<int, std::string>> refusals{};
    std::unique_ptr<net::Front> front{};
};

inline const std::string kGet = "GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: a\r\n\r\n";

inline std::string post(std::string_view headers, std::string_view body = {}) {
    return "POST /scep HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace scep::test
