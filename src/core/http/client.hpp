// The client transport behind an interface: Beast over Asio and OpenSSL in real life, a script in
// tests.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/http/message.hpp"
#include "core/x509/certificate.hpp"

namespace scep::http {

struct Url {
    bool tls = false;
    std::string host{};  // IPv6 without brackets
    std::uint16_t port = 80;
    std::string path = "/";  // raw, without query
    std::string query{};     // raw

    std::string authority() const;  // "host", "host:8443", "[::1]:8443": no port where it is usual
    std::string to_text() const;
};

// http:// and https:// only; user info and fragments are refused. Usage.
Result<Url> parse_url(std::string_view text);

struct ClientRequest {
    bool post = false;
    Url url{};                   // with the final query
    std::string content_type{};  // of the body
    Buffer body{};
    bool may_hang_up = false;  // a server that closes without a reply has given one of status 0
    // Called once it has been sent, while the reply is on its way; again when it is sent again.
    std::function<void()> meanwhile{};
};

// What the server showed in the handshake.
struct TlsFacts {
    std::string version{};                   // "TLSv1.3"; empty: plain HTTP
    std::vector<x509::Certificate> chain{};  // as sent, its own first
};

struct ClientReply {
    int status = 0;  // HTTP; 0: see may_hang_up
    std::string content_type{};
    Buffer body{};
    std::string retry_after{};       // as the server wrote it
    std::string content_encoding{};  // likewise; none was asked for
    bool authenticated = false;  // came over TLS verified against the trust anchors that were given
    TlsFacts tls{};              // of the connection it came over, when want_tls_facts
    std::vector<std::string> redirects{};  // the URLs that were followed to, without queries
};

class Transport {
  public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    // One exchange. Network with what failed and where: name, connect, TLS (certificate reason),
    // timeout, truncated or oversized reply. Redirects are followed as far as the options allow, to
    // the same host alone and never from https to http; any other is an error that names the
    // target.
    virtual Result<ClientReply> exchange(const ClientRequest& request) = 0;
};

// As http_proxy, https_proxy and no_proxy have it; a proxy is spoken to in plain HTTP.
struct ProxySettings {
    std::optional<Url> http{};   // asked for http:// URLs
    std::optional<Url> https{};  // makes a tunnel (CONNECT) for https:// URLs
    std::string no_proxy{};      // names, addresses and networks, by commas
};

struct TransportOptions {
    std::filesystem::path tls_ca{};           // PEM; empty: the server is not authenticated
    std::filesystem::path tls_client_cert{};  // PEM chain, with its key
    std::filesystem::path tls_client_key{};
    std::filesystem::path credentials_directory{};  // keys in it may have any mode
    std::chrono::seconds timeout{30};               // for one whole exchange
    std::size_t max_reply = 4U << 20U;              // octets
    bool want_tls_facts = false;
    unsigned redirects = 0;  // followed in one exchange at most
    ProxySettings proxy{};
};

// Keeps a connection open between exchanges with the same host. Config when a file does not load.
Result<std::unique_ptr<Transport>> make_transport(const TransportOptions& options);

}  // namespace scep::http
