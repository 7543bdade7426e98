// One connection's share of a turn.
#include "harness.hpp"

namespace {

using namespace scep;
using namespace scep::test;

TEST_CASE("a turn reads no more of one connection than its allowance") {
    House house;
    TlsClient client(house.front->port());
    REQUIRE(house.until({&client}, [&] { return client.handshake_done; }));
    house.settle({&client});
    constexpr std::size_t kTurns = 8;
    const std::string body(kTurns * limits::kReadPerTurn, 'a');
    client.send(post("Content-Length: " + std::to_string(body.size()) + "\r\n", body));
    client.step();
    for (std::size_t i = 0; i < kTurns; ++i)
        house.turn({&client});
    CHECK(house.requests.empty());  // head and TLS want a turn more, whatever has arrived
    REQUIRE(house.replies(client, 1));
    CHECK(house.requests.at(0).body.size() == body.size());
}

}  // namespace
