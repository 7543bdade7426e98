// Where the front listens and how it names its peers.
#include <cstring>

#include "harness.hpp"
#include "serve/net/address.hpp"

namespace {

using namespace scep;
using namespace scep::test;

Result<std::unique_ptr<net::Front>> listen_on(loop::Loop& loop,
                                              const std::string& host,
                                              std::uint16_t port) {
    return net::Front::listen(loop, House::tls_identity(), {.host = host, .port = port}, {}, {});
}

TEST_CASE("a taken port says which, and what to do") {
    const House house;
    auto loop = must(loop::Loop::create());
    const auto again = listen_on(*loop, "127.0.0.1", house.front->port());
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Errc::Io);
    CHECK(to_text(again.error()) ==
          "127.0.0.1:" + std::to_string(house.front->port()) + ": address already in use");
    CHECK_FALSE(again.error().hint.empty());
}

TEST_CASE("an address that is not of this machine, or no address, is an Io error with the place") {
    auto loop = must(loop::Loop::create());
    const auto foreign = listen_on(*loop, "192.0.2.1", 8443);
    REQUIRE_FALSE(foreign);
    CHECK(to_text(foreign.error()) == "192.0.2.1:8443: cannot assign requested address");
    const auto nothing = listen_on(*loop, "not an address", 8443);
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().where.source == "not an address:8443");
}

TEST_CASE("a host of :: takes IPv4 clients too, and names them as such") {
    House house({.host = "::"});
    TlsClient client(house.front->port());
    client.send(kGet);
    REQUIRE(house.replies(client, 1));
    CHECK(house.peers.at(0).address == "127.0.0.1");
}

TEST_CASE("a port can be used again at once") {
    auto house = std::make_unique<House>();
    const std::uint16_t port = house->front->port();
    house->reply.close = true;
    TlsClient client(port);
    client.send(kGet);
    REQUIRE(house->closes(client));
    house.reset();
    auto loop = must(loop::Loop::create());
    CHECK(listen_on(*loop, "127.0.0.1", port));
}

net::Peer peer_of_text(const char* text, std::uint16_t port) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_scope_id = 2;
    REQUIRE(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    sockaddr_storage storage{};
    std::memcpy(&storage, &v6, sizeof v6);
    return net::peer_of(storage);
}

TEST_CASE("peers are named without port and zone, IPv4 always as IPv4") {
    CHECK(peer_of_text("::ffff:192.0.2.7", 80).address == "192.0.2.7");
    CHECK(peer_of_text("::ffff:192.0.2.7", 80).port == 80);
    CHECK(peer_of_text("2001:DB8:0:0::1", 443).address == "2001:db8::1");
    CHECK(peer_of_text("fe80::1", 443).address == "fe80::1");
    CHECK(net::peer_of({}).address == "?");
    CHECK(net::host_port("::1", 8443) == "[::1]:8443");
    CHECK(net::host_port("", 8443) == "*:8443");
}

}  // namespace
