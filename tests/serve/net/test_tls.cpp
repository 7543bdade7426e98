// What the listener's TLS is, seen from a client.
#include "harness.hpp"

namespace {

using namespace scep;
using namespace scep::test;

TEST_CASE("S16 TLS 1.3 and nothing older") {
    House house;
    TlsClient good(house.front->port());
    good.send(kGet);
    REQUIRE(house.replies(good, 1));
    CHECK(SSL_version(&good.ssl()) == TLS1_3_VERSION);
    TlsClient old(house.front->port(), {.version = TLS1_2_VERSION});
    REQUIRE(house.closes(old));
    CHECK_FALSE(old.handshake_done);
    CHECK(house.front->counters().handshakes_failed == 1);
    REQUIRE(house.refusals.size() == 1);
    CHECK(house.refusals[0].first == 0);
    CHECK(house.refusals[0].second.find("unsupported protocol") != std::string::npos);
}

TEST_CASE("S16 no session ticket is sent and no session can be resumed") {
    House house;
    TlsClient first(house.front->port());
    first.send(kGet);
    REQUIRE(house.replies(first, 1));
    CHECK(first.received.contains(SSL3_MT_FINISHED));
    CHECK_FALSE(first.received.contains(SSL3_MT_NEWSESSION_TICKET));
    SSL_SESSION* session = SSL_get0_session(&first.ssl());
    REQUIRE(session != nullptr);
    CHECK(SSL_SESSION_is_resumable(session) == 0);
    TlsClient second(house.front->port());
    REQUIRE(SSL_set_session(&second.ssl(), session) == 1);
    second.send(kGet);
    REQUIRE(house.replies(second, 1));
    CHECK(SSL_session_reused(&second.ssl()) == 0);
}

TEST_CASE("S16 X25519 and P-256 are the groups") {
    struct Row {
        const char* groups;
        bool works;
    };

    for (const Row& row :
         {Row{"X25519", true}, Row{"P-256", true}, Row{"P-384", false}, Row{"P-384:P-256", true}}) {
        CAPTURE(std::string_view(row.groups));
        House house;
        TlsClient client(house.front->port(), {.groups = row.groups});
        client.send(kGet);
        CHECK(house.replies(client, 1) == row.works);
    }
}

TEST_CASE("no client certificate is asked for") {
    House house;
    TlsClient client(house.front->port());
    client.send(kGet);
    REQUIRE(house.replies(client, 1));
    CHECK(client.received.contains(SSL3_MT_CERTIFICATE));
    CHECK_FALSE(client.received.contains(SSL3_MT_CERTIFICATE_REQUEST));
}

TEST_CASE("S17 S19 a certificate is asked for without naming CAs, and any or none may be shown") {
    const Identity ca = make_ca(ec_key());
    const Identity leaf = make_identity({.subject = "CN=device"}, ec_key(), &ca);
    const Identity expired =
        make_identity({.subject = "CN=old", .not_after = kNow - std::chrono::hours(24 * 3000)},
                      ec_key(),
                      nullptr);
    House house({.client_certificates = net::ClientCertificates::Asked});
    TlsClient none(house.front->port());
    TlsClient chain(house.front->port(),
                    {.certificates = {leaf.certificate, ca.certificate}, .key = leaf.key});
    TlsClient old(house.front->port(), {.certificates = {expired.certificate}, .key = expired.key});
    for (TlsClient* client : {&none, &chain, &old}) {
        client->send(kGet);
        REQUIRE(house.replies(*client, 1));
        CHECK(client->received.contains(SSL3_MT_CERTIFICATE_REQUEST));
        CHECK(sk_X509_NAME_num(SSL_get0_peer_CA_list(&client->ssl())) <= 0);
    }
    REQUIRE(house.peers.size() == 3);
    CHECK(house.peers[0].certificates.empty());
    CHECK(house.peers[1].certificates == std::vector{leaf.certificate, ca.certificate});
    CHECK(house.peers[2].certificates == std::vector{expired.certificate});
}

TEST_CASE("a chain beyond its limit ends the handshake of its sender alone") {
    const Identity leaf = make_identity({.subject = "CN=device"}, ec_key(), nullptr);
    House house({.client_certificates = net::ClientCertificates::Asked});
    TlsClient huge(
        house.front->port(),
        {.certificates = std::vector<x509::Certificate>(100, leaf.certificate), .key = leaf.key});
    huge.send(kGet);
    REQUIRE(house.closes(huge));
    TlsClient other(house.front->port());
    other.send(kGet);
    CHECK(house.replies(other, 1));
}

TEST_CASE("of the protocols a client names http/1.1 is taken, and no other") {
    struct Row {
        std::string_view offered, selected;
    };

    for (const Row& row : {Row{"\x02h2\x08http/1.1", "http/1.1"}, Row{"\x02h2", ""}, Row{"", ""}}) {
        House house;
        TlsClient client(house.front->port(), {.protocols = row.offered});
        client.send(kGet);
        REQUIRE(house.replies(client, 1));
        const unsigned char* name = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(&client.ssl(), &name, &length);
        CHECK(as_text({name, length}) == row.selected);
    }
}

TEST_CASE("the chain is sent, leaf first") {
    const Identity ca = make_ca(ec_key());
    const Identity leaf = make_identity({.subject = "CN=leaf"}, ec_key(), &ca);
    auto loop = must(loop::Loop::create());
    auto front =
        must(net::Front::listen(*loop, {{leaf.certificate, ca.certificate}, leaf.key}, {}, {}, {}));
    TlsClient client(front->port());
    for (int i = 0; i < 10000 && !client.handshake_done; ++i) {
        REQUIRE(loop->run_once(std::chrono::milliseconds(1)));
        client.step();
    }
    CHECK(sk_X509_num(SSL_get_peer_cert_chain(&client.ssl())) == 2);
}

TEST_CASE("plain text on the TLS port gets no answer") {
    House house;
    TcpClient client(house.front->port());
    client.send_plain("GET /scep?operation=GetCACaps HTTP/1.1\r\nHost: a\r\n\r\n");
    bool closed = false;
    std::string in;
    REQUIRE(house.until({}, [&] {
        in += client.receive_plain(closed);
        return closed;
    }));
    CHECK(in.empty());
    CHECK(house.front->counters().handshakes_failed == 1);
    CHECK(house.refusals.at(0).second.find("http request") != std::string::npos);
    CHECK(house.front->connections() == 0);
}

TEST_CASE("a client that goes before the handshake is counted") {
    House house;
    { const TcpClient client(house.front->port()); }
    REQUIRE(house.until({}, [&] { return house.front->counters().handshakes_failed == 1; }));
    CHECK(house.refusals.at(0) == std::pair<int, std::string>(0, "closed by the client"));
}

TEST_CASE("a key that is not the certificate's is a Config error") {
    auto loop = must(loop::Loop::create());
    net::TlsIdentity identity = House::tls_identity();
    identity.key = ec_key();
    auto front = net::Front::listen(*loop, identity, {}, {}, {});
    REQUIRE_FALSE(front);
    CHECK(front.error().code == Errc::Config);
    CHECK_FALSE(net::Front::listen(*loop, {}, {}, {}, {}));
}

}  // namespace
