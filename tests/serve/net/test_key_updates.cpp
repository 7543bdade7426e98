// A KeyUpdate is cheap to send and dear to take, and no client needs one.
#include "harness.hpp"

namespace {

using namespace scep;
using namespace scep::test;

void send_key_updates(TlsClient& client, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        REQUIRE(SSL_key_update(&client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
        REQUIRE(SSL_do_handshake(&client.ssl()) == 1);  // sends it
    }
}

TEST_CASE("as many KeyUpdates as the limit pass, and the connection is still served") {
    House house;
    TlsClient client(house.front->port());
    REQUIRE(house.connect(client));
    send_key_updates(client, limits::kMaxKeyUpdates);
    client.send(kGet);
    REQUIRE(house.replies(client, 1));
    client.send(kGet);
    CHECK(house.replies(client, 2));
}

TEST_CASE("one KeyUpdate more closes the connection without an answer") {
    House house;
    TlsClient client(house.front->port());
    REQUIRE(house.connect(client));
    send_key_updates(client, limits::kMaxKeyUpdates + 1);
    client.send(kGet);
    REQUIRE(house.closes(client));
    CHECK(client.in.empty());
    CHECK(house.requests.empty());
    CHECK(house.front->connections() == 0);
}

TEST_CASE("KeyUpdates are counted over all requests of a connection, not over all connections") {
    House house;
    TlsClient client(house.front->port());
    for (std::size_t served = 1; served <= 2; ++served) {
        REQUIRE(house.connect(client));
        send_key_updates(client, limits::kMaxKeyUpdates / 2);
        client.send(kGet);
        REQUIRE(house.replies(client, served));
    }
    TlsClient other(house.front->port());
    REQUIRE(house.until({&other}, [&] { return other.handshake_done; }));
    send_key_updates(other, 1);
    other.send(kGet);
    CHECK(house.replies(other, 1));
    send_key_updates(client, 1);
    client.send(kGet);
    REQUIRE(house.closes(client));
    CHECK(house.requests.size() == 3);
}

TEST_CASE("KeyUpdates in the middle of a body close too") {
    House house;
    TlsClient client(house.front->port());
    client.send(post("Content-Length: 10\r\n", "hello"));
    REQUIRE(house.until({&client}, [&] { return client.has_sent_all(); }));
    send_key_updates(client, limits::kMaxKeyUpdates + 1);
    client.send("world");
    REQUIRE(house.closes(client));
    CHECK(house.requests.empty());
}

}  // namespace
