#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include "core/crypto/ossl.hpp"
#include "core/files/files.hpp"
#include "core/http/client.hpp"
#include "support/pki.hpp"

namespace scep::http {

namespace {

using namespace scep::test;

// One accepted connection, seen from the server.
class Peer {
  public:
    explicit Peer(int fd) : fd_(fd) {}

    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    ~Peer() { ::close(fd_); }

    int fd() const { return fd_; }

    // Head and, by its Content-Length, body; empty when the client hung up.
    std::string request() {
        std::string out;
        while (out.find("\r\n\r\n") == std::string::npos)
            if (!more(out))
                return {};
        const auto head = out.find("\r\n\r\n") + 4;
        const auto at = out.find("Content-Length: ");
        const std::size_t body = at == std::string::npos ? 0 : std::stoul(out.substr(at + 16));
        while (out.size() < head + body)
            if (!more(out))
                return {};
        return out;
    }

    // False when the client hung up.
    bool send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    void wait_for_close() {
        std::string rest;
        while (more(rest)) {
        }
    }

  private:
    bool more(std::string& out) {
        char octet = 0;
        if (::recv(fd_, &octet, 1, 0) != 1)
            return false;
        out.push_back(octet);
        return true;
    }

    int fd_;
};

using Script = std::function<void(Peer&)>;

// Accepts as many connections as it has scripts, one after the other.
class ScriptedServer {
  public:
    explicit ScriptedServer(std::vector<Script> scripts)
        : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, generic, size) == 0);
        REQUIRE(::listen(listener_, 8) == 0);
        REQUIRE(::getsockname(listener_, generic, &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, scripts = std::move(scripts)] { serve(scripts); });
    }

    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    ~ScriptedServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    Url url(bool tls = false) const {
        return {.tls = tls,
                .host = "127.0.0.1",
                .port = port_,
                .path = "/scep",
                .query = "operation=GetCACaps"};
    }

  private:
    void serve(const std::vector<Script>& scripts) {
        for (const Script& script : scripts) {
            const int fd = ::accept(listener_, nullptr, nullptr);
            if (fd < 0)
                return;
            Peer peer(fd);
            script(peer);
        }
    }

    int listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

Script answering(std::string reply) {
    return [reply = std::move(reply)](Peer& peer) {
        peer.request();
        peer.send(reply);
    };
}

Result<ClientReply> ask(const ScriptedServer& server, const TransportOptions& options = {}) {
    const auto transport = must(make_transport(options));
    return transport->exchange({.url = server.url()});
}

Error failure(const std::string& reply, const TransportOptions& options = {}) {
    const ScriptedServer server({answering(reply)});
    const auto got = ask(server, options);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::Network);
    CHECK(to_text(got.error()).starts_with("http://127.0.0.1:"));
    return got.error();
}

bool mentions(const Error& error, std::string_view text) {
    return to_text(error).find(text) != std::string::npos;
}

// --- TLS ---------------------------------------------------------------------------------------

struct Directory {
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "scep-client.XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }

    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }

    std::filesystem::path write(const std::string& name, Bytes content) const {
        std::filesystem::path file = path / name;
        REQUIRE(files::write_atomic(file, content, 0600, files::Overwrite::Refuse).has_value());
        return file;
    }

    std::filesystem::path write(const std::string& name,
                                const x509::Certificate& certificate) const {
        return write(name, as_bytes(x509::to_pem(certificate)));
    }

    std::filesystem::path path;
};

// san: none when empty
Identity make_tls_server(const Identity& ca,
                         const std::string& san,
                         const std::string& subject = "CN=server") {
    const Key key = ec_key();
    SeededRandom random(11);
    std::vector<x509::GeneralName> names;
    if (!san.empty())
        names.push_back(must(x509::general_name_from_text(san)));
    const x509::CertificateFields fields{
        .serial = x509::random_serial(random),
        .issuer = must(ca.certificate.subject()),
        .subject = must(x509::Name::from_text(subject)),
        .not_before = floor<Seconds>(std::chrono::system_clock::now()) - std::chrono::hours(1),
        .not_after = floor<Seconds>(std::chrono::system_clock::now()) + std::chrono::hours(1),
        .key = key->public_key(),
        .key_usage = x509::kDigitalSignature,
        .ekus = {oid::kServerAuth},
        .subject_alt_names = names};
    return {must(x509::Certificate::parse(must(
                x509::sign_infrastructure_certificate(fields, *ca.key, crypto::Digest::Sha256)))),
            key};
}

// OpenSSL looks at the real clock, so this CA's dates are around it.
Identity make_live_ca() {
    const auto now = floor<Seconds>(std::chrono::system_clock::now());
    return make_identity({.subject = "CN=Live CA",
                          .key_usage = x509::kKeyCertSign,
                          .basic_constraints = x509::BasicConstraints{.ca = true},
                          .not_before = now - std::chrono::hours(1),
                          .not_after = now + std::chrono::hours(1)},
                         ec_key(),
                         nullptr);
}

using SslCtx = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;

// Speaks TLS with the client, reads its request and answers 200; without close_notify when `cut`.
struct TlsScript {
    Identity identity;
    std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncaps";
    bool ask_for_certificate = false;
    std::string* client_subject = nullptr;

    void operator()(Peer& peer) const {
        const SslCtx context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
        const Bytes der = identity.certificate.der();
        SSL_CTX_use_certificate_ASN1(context.get(), static_cast<int>(der.size()), der.data());
        SSL_CTX_use_PrivateKey(context.get(), &identity.key->evp());
        if (ask_for_certificate)
            SSL_CTX_set_verify(
                context.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
        const Ssl tls(SSL_new(context.get()), SSL_free);
        SSL_set_fd(tls.get(), peer.fd());
        if (SSL_accept(tls.get()) != 1)
            return;
        std::string got;
        char octet = 0;
        while (got.find("\r\n\r\n") == std::string::npos && SSL_read(tls.get(), &octet, 1) == 1)
            got.push_back(octet);
        X509* const certificate = SSL_get0_peer_certificate(tls.get());
        if (client_subject != nullptr && certificate != nullptr) {
            char* const name = X509_NAME_oneline(X509_get_subject_name(certificate), nullptr, 0);
            *client_subject = name;
            OPENSSL_free(name);
        }
        SSL_write(tls.get(), reply.data(), static_cast<int>(reply.size()));
    }
};

Result<ClientReply> ask_tls(const TlsScript& script, const TransportOptions& options) {
    const ScriptedServer server({script});
    const auto transport = must(make_transport(options));
    return transport->exchange({.url = server.url(true)});
}

}  // namespace

TEST_SUITE("http/client") {
    TEST_CASE("URLs are taken apart and shown again") {
        struct Row {
            std::string_view text, host, path, query;
            std::uint16_t port;
            bool tls;
        };

        for (const Row& row : {Row{"http://a.example", "a.example", "/", "", 80, false},
                               Row{"https://a.example/scep", "a.example", "/scep", "", 443, true},
                               Row{"HTTPS://127.0.0.1:8443/scep/x?ca=1&b",
                                   "127.0.0.1",
                                   "/scep/x",
                                   "ca=1&b",
                                   8443,
                                   true},
                               Row{"http://[::1]:8080/", "::1", "/", "", 8080, false},
                               Row{"http://a.example?x", "a.example", "/", "x", 80, false}}) {
            CAPTURE(row.text);
            const auto url = parse_url(row.text);
            REQUIRE(url.has_value());
            CHECK(url->host == row.host);
            CHECK(url->path == row.path);
            CHECK(url->query == row.query);
            CHECK(url->port == row.port);
            CHECK(url->tls == row.tls);
            CHECK(parse_url(url->to_text())->to_text() == url->to_text());
        }
    }

    TEST_CASE("what can be done meanwhile is done between request and reply") {
        std::atomic<bool> asked = false, done = false;
        const ScriptedServer server({[&](Peer& peer) {
            asked = !peer.request().empty();
            for (int turns = 0; turns < 10'000'000 && !done; ++turns)
                std::this_thread::yield();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }});
        const auto transport = must(make_transport({}));
        int count = 0;
        const auto reply = transport->exchange({.url = server.url(), .meanwhile = [&] {
                                                    ++count;
                                                    done = true;
                                                }});
        REQUIRE(reply.has_value());
        CHECK(as_text(reply->body) == "ok");
        CHECK(count == 1);
        CHECK(asked);
    }

    TEST_CASE("what is no URL of a SCEP server is refused") {
        for (const std::string_view text : {"",
                                            "a.example/scep",
                                            "ftp://a.example/",
                                            "http://",
                                            "http:///scep",
                                            "http://user:secret@a.example/",
                                            "http://user:secret/x@a.example/",
                                            "http:/user:secret@a.example/",
                                            "ftp://user:secret@a.example/",
                                            "http://user:secret @a.example/",
                                            "http://a.example/#x",
                                            "http://a.example:0/",
                                            "http://a.example:70000/",
                                            "http://a.example:/",
                                            "http://a.example:80x/",
                                            "http://[::1/",
                                            "http://a.example/a b",
                                            "http://a.example/\r\nX: y",
                                            "http://\xc3\xa4.example/"}) {
            CAPTURE(text);
            const auto url = parse_url(text);
            REQUIRE_FALSE(url.has_value());
            CHECK(url.error().code == Errc::Usage);
            CHECK_FALSE(mentions(url.error(), "secret"));
        }
    }

    TEST_CASE("a GET sends the target as it stands") {
        std::string seen;
        const ScriptedServer server({[&seen](Peer& peer) {
            seen = peer.request();
            peer.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nAES");
        }});
        const auto transport = must(make_transport({}));
        Url url = server.url();
        url.query = "operation=PKIOperation&message=MIA%2B/=";
        const auto reply = transport->exchange({.url = url});
        REQUIRE(reply.has_value());
        CHECK(reply->status == 200);
        CHECK(reply->content_type == "text/plain");
        CHECK(as_text(reply->body) == "AES");
        CHECK_FALSE(reply->authenticated);
        CHECK(seen.starts_with("GET /scep?operation=PKIOperation&message=MIA%2B/= HTTP/1.1\r\n"));
        CHECK(seen.find("Host: " + url.authority() + "\r\n") != std::string::npos);
    }

    TEST_CASE("a POST has a type, a length and its body") {
        std::string seen;
        const ScriptedServer server({[&seen](Peer& peer) {
            seen = peer.request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }});
        const auto transport = must(make_transport({}));
        const auto reply = transport->exchange({.post = true,
                                                .url = server.url(),
                                                .content_type = "application/x-pki-message",
                                                .body = to_buffer(as_bytes("0123456789"))});
        REQUIRE(reply.has_value());
        CHECK(seen.starts_with("POST /scep?operation=GetCACaps HTTP/1.1\r\n"));
        CHECK(seen.find("Content-Type: application/x-pki-message\r\n") != std::string::npos);
        CHECK(seen.find("Content-Length: 10\r\n") != std::string::npos);
        CHECK(seen.ends_with("\r\n\r\n0123456789"));
    }

    TEST_CASE("replies of every framing are read") {
        struct Row {
            std::string_view name, reply, body;
            int status;
        };

        for (const Row& row :
             {Row{"Content-Length",
                  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
                  "body",
                  200},
              Row{"chunked",
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n2\r\nbo\r\n2;x=y\r\ndy\r\n0\r\n\r\n",
                  "body",
                  200},
              Row{"until close", "HTTP/1.0 200 OK\r\n\r\nbody", "body", 200},
              Row{"after 103 Early Hints",
                  "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
                  "body",
                  200},
              Row{"after 100 Continue",
                  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
                  "body",
                  200},
              Row{"an error", "HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nbody", "body", 403},
              Row{"none", "HTTP/1.1 204 No Content\r\n\r\n", "", 204}}) {
            CAPTURE(row.name);
            const ScriptedServer server({answering(std::string(row.reply))});
            const auto reply = ask(server);
            REQUIRE(reply.has_value());
            CHECK(reply->status == row.status);
            CHECK(as_text(reply->body) == row.body);
        }
    }

    TEST_CASE("what a reply says about itself is handed on") {
        const ScriptedServer server(
            {answering("HTTP/1.1 503 No\r\nRetry-After: 120\r\nContent-Encoding: gzip\r\n"
                       "Content-Length: 4\r\n\r\nbody")});
        const auto reply = must(ask(server));
        CHECK(reply.retry_after == "120");
        CHECK(reply.content_encoding == "gzip");
    }

    TEST_CASE("a reply may come an octet at a time") {
        const ScriptedServer server({[](Peer& peer) {
            peer.request();
            for (const char c :
                 std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\nAES\r\n0\r\n\r\n"))
                peer.send({&c, 1});
        }});
        const auto reply = ask(server);
        REQUIRE(reply.has_value());
        CHECK(as_text(reply->body) == "AES");
    }

    TEST_CASE("a reply that is cut short is an error") {
        for (const std::string_view reply :
             {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody",
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
              "HTTP/1.1 200 OK\r\nContent-Le"}) {
            CAPTURE(reply);
            CHECK(mentions(failure(std::string(reply)), "the reply is cut short"));
        }
        CHECK(mentions(failure(""), "closed the connection without a reply"));
    }

    TEST_CASE("a reply larger than the limit is an error") {
        const TransportOptions small{.max_reply = 8};
        CHECK(mentions(failure("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789", small),
                       "larger than 8 octets"));
        CHECK(mentions(failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "9\r\n123456789\r\n0\r\n\r\n",
                               small),
                       "larger than 8 octets"));
        CHECK(mentions(failure("HTTP/1.0 200 OK\r\n\r\n123456789", small), "larger than 8 octets"));
        CHECK(mentions(failure("HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x') + "\r\n\r\n"),
                       "head is larger"));
    }

    TEST_CASE("framing without an end is given up") {
        struct Row {
            std::string_view name, begin, more;
        };

        const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (const Row& row : {Row{"chunk extension", "1;", "a"},
                               Row{"trailer line", "0\r\nX: ", "a"},
                               Row{"trailers", "0\r\n", "X: y\r\n"}}) {
            CAPTURE(row.name);
            constexpr std::size_t kPlenty = 64U << 20U;
            std::size_t sent = 0;
            {
                const ScriptedServer server({[&](Peer& peer) {
                    peer.request();
                    peer.send(chunked + std::string(row.begin));
                    std::string more;
                    while (more.size() < 60000)
                        more += row.more;
                    while (sent < kPlenty && peer.send(more))
                        sent += more.size();
                }});
                const auto got = ask(server);
                REQUIRE_FALSE(got.has_value());
                CHECK(got.error().code == Errc::Network);
                CHECK(mentions(got.error(), "the reply's framing is larger than 131072 octets"));
            }
            CHECK(sent < kPlenty);
        }
    }

    TEST_CASE("what is no HTTP is an error") {
        CHECK(mentions(failure("SSH-2.0-OpenSSH_9.2\r\n\r\n"), "cannot read the reply"));
    }

    TEST_CASE("a redirect is an error that names the target, escaped") {
        const Error error = failure(
            "HTTP/1.1 302 Found\r\nLocation: https://b.example/\xe2\x80\xae\r\nContent-Length: "
            "0\r\n\r\n");
        CHECK(mentions(error, "HTTP 302 redirects to https://b.example/\\u{202e}"));
    }

    TEST_CASE("a connection serves several exchanges, and a closed one is opened again") {
        const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
        int first = 0;
        const ScriptedServer server({[&](Peer& peer) {
                                         for (; first < 2; ++first) {
                                             peer.request();
                                             peer.send(reply + "a");
                                         }
                                     },
                                     answering(reply + "b")});
        const auto transport = must(make_transport({}));
        std::string seen;
        for (int i = 0; i < 3; ++i) {
            const auto got = transport->exchange({.url = server.url()});
            REQUIRE(got.has_value());
            seen += as_text(got->body);
        }
        CHECK(seen == "aab");
        CHECK(first == 2);
    }

    TEST_CASE("a server that says it closes is believed") {
        const std::string reply =
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n";
        const ScriptedServer server({answering(reply + "a"), answering(reply + "b")});
        const auto transport = must(make_transport({}));
        CHECK(as_text(must(transport->exchange({.url = server.url()})).body) == "a");
        CHECK(as_text(must(transport->exchange({.url = server.url()})).body) == "b");
    }

    TEST_CASE("a port where nobody listens") {
        Url url;
        {
            const ScriptedServer gone({});
            url = gone.url();
        }
        const auto transport = must(make_transport({}));
        const auto got = transport->exchange({.url = url});
        REQUIRE_FALSE(got.has_value());
        CHECK(mentions(got.error(),
                       "http://" + url.authority() + "/scep: cannot connect: Connection refused"));
    }

    TEST_CASE("a server that says nothing runs into the deadline") {
        const ScriptedServer server({[](Peer& peer) { peer.wait_for_close(); }});
        const auto got = ask(server, {.timeout = Seconds(1)});
        REQUIRE_FALSE(got.has_value());
        CHECK(mentions(got.error(), "within 1 s"));
    }

    TEST_CASE("a server may hang up where the request says so, and do nothing else") {
        const auto ask_it = [](std::function<void(Peer&)> behaviour) {
            const ScriptedServer server({std::move(behaviour)});
            return must(make_transport({.timeout = Seconds(1)}))
                ->exchange({.url = server.url(), .may_hang_up = true});
        };
        const auto hung_up = ask_it([](Peer& peer) { peer.request(); });
        REQUIRE(hung_up.has_value());
        CHECK(hung_up->status == 0);
        CHECK(hung_up->body.empty());
        CHECK_FALSE(
            ask_it(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")).has_value());
        CHECK_FALSE(ask_it([](Peer& peer) { peer.wait_for_close(); }).has_value());
    }

    TEST_CASE("TLS that verifies is authenticated, TLS without trust anchors is not") {
        const Directory dir;
        const Identity ca = make_live_ca();
        const TlsScript script{.identity = make_tls_server(ca, "ip:127.0.0.1")};
        const auto verified = ask_tls(script, {.tls_ca = dir.write("ca.pem", ca.certificate)});
        REQUIRE(verified.has_value());
        CHECK(verified->authenticated);
        CHECK(as_text(verified->body) == "caps");
        const auto unknown = ask_tls(script, {});
        REQUIRE(unknown.has_value());
        CHECK_FALSE(unknown->authenticated);
    }

    TEST_CASE("what the server showed in the handshake is told to who asks for it") {
        const Identity ca = make_live_ca();
        const TlsScript script{.identity = make_tls_server(ca, "ip:127.0.0.1")};
        const auto asked = ask_tls(script, {.want_tls_facts = true});
        REQUIRE(asked.has_value());
        CHECK(asked->tls.version == "TLSv1.3");
        REQUIRE(asked->tls.chain.size() == 1);
        CHECK(asked->tls.chain[0] == script.identity.certificate);
        const auto plain = ask_tls(script, {});
        REQUIRE(plain.has_value());
        CHECK(plain->tls.version.empty());
    }

    TEST_CASE("TLS by another CA or for another host does not verify") {
        const Directory dir;
        const Identity ca = make_live_ca();
        const auto other = dir.write("other.pem", make_live_ca().certificate);
        const auto wrong_ca =
            ask_tls({.identity = make_tls_server(ca, "ip:127.0.0.1")}, {.tls_ca = other});
        REQUIRE_FALSE(wrong_ca.has_value());
        CHECK(mentions(wrong_ca.error(), "does not verify against " + other.string()));

        const TransportOptions options{.tls_ca = dir.write("ca.pem", ca.certificate)};
        const auto wrong_host =
            ask_tls({.identity = make_tls_server(ca, "dns:other.example")}, options);
        REQUIRE_FALSE(wrong_host.has_value());
        CHECK(mentions(wrong_host.error(), "IP address mismatch, it is for dns:other.example"));
    }

    TEST_CASE("https spoken to an http server and the reverse get a hint") {
        const ScriptedServer plain({[](Peer& peer) { peer.send("HTTP/1.0 400 Bad\r\n\r\n"); }});
        const auto tls = must(make_transport({}))->exchange({.url = plain.url(true)});
        REQUIRE_FALSE(tls.has_value());
        CHECK(tls.error().hint ==
              "if the server speaks plain HTTP there, its URL begins with http://");

        for (const std::string_view answer :
             {std::string_view("\x15\x03\x01\0\x02\x02\x46", 7), {}}) {
            const ScriptedServer server({[answer](Peer& peer) {
                peer.request();
                peer.send(answer);
            }});
            const auto got = ask(server);
            REQUIRE_FALSE(got.has_value());
            CHECK(got.error().hint ==
                  "if the server speaks TLS there, its URL begins with https://");
        }
        CHECK(failure("SSH-2.0-OpenSSH_9.2\r\n\r\n").hint.empty());
    }

    TEST_CASE("a host name counts as subjectAltName, not as common name") {
        const Directory dir;
        const Identity ca = make_live_ca();
        const TransportOptions options{.tls_ca = dir.write("ca.pem", ca.certificate)};
        const auto ask_localhost = [&](const std::string& san) {
            const ScriptedServer server(
                {TlsScript{.identity = make_tls_server(ca, san, "CN=localhost")}});
            const auto transport = must(make_transport(options));
            Url url = server.url(true);
            url.host = "localhost";
            return transport->exchange({.url = url});
        };
        CHECK(ask_localhost("dns:localhost").has_value());
        const auto by_common_name = ask_localhost("");
        REQUIRE_FALSE(by_common_name.has_value());
        CHECK(mentions(by_common_name.error(), "hostname mismatch"));
    }

    TEST_CASE("TLS that ends without close_notify cuts a reply short that has no length") {
        const auto got = ask_tls({.identity = make_tls_server(make_live_ca(), "ip:127.0.0.1"),
                                  .reply = "HTTP/1.0 200 OK\r\n\r\ncaps"},
                                 {});
        REQUIRE_FALSE(got.has_value());
        CHECK(mentions(got.error(), "cut short"));
    }

    TEST_CASE("a TLS client certificate is shown to a server that asks") {
        const Directory dir;
        const Identity ca = make_live_ca();
        const Identity device = make_identity({.subject = "CN=device"}, ec_key(), &ca);
        std::string subject;
        const auto got =
            ask_tls({.identity = make_tls_server(ca, "ip:127.0.0.1"),
                     .ask_for_certificate = true,
                     .client_subject = &subject},
                    {.tls_client_cert = dir.write("device.pem", device.certificate),
                     .tls_client_key = dir.write("device.key", device.key->to_pkcs8_pem())});
        REQUIRE(got.has_value());
        CHECK(subject == "/CN=device");
    }

    TEST_CASE("files that do not fit are refused before anything is sent") {
        const Directory dir;
        const Identity ca = make_live_ca();
        const auto cert = dir.write("ca.pem", ca.certificate);
        const auto key = dir.write("other.key", ec_key()->to_pkcs8_pem());
        const auto missing = make_transport({.tls_ca = dir.path / "none.pem"});
        REQUIRE_FALSE(missing.has_value());
        CHECK(missing.error().code == Errc::Io);
        CHECK(mentions(missing.error(), "none.pem"));
        const auto mismatch = make_transport({.tls_client_cert = cert, .tls_client_key = key});
        REQUIRE_FALSE(mismatch.has_value());
        CHECK(mismatch.error().code == Errc::Config);
        CHECK(mentions(mismatch.error(), "is not the key of " + cert.string()));
    }
}

}  // namespace scep::http
