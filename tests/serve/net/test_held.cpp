// Room for requests that are not complete: places in the house, and octets.
#include "harness.hpp"

namespace {

using namespace scep;
using namespace scep::test;

constexpr std::size_t kMaxBody = 2 * limits::kFreeHeld;
constexpr std::size_t kLarge = kMaxBody - 1024;

std::string beginning_of_body(std::size_t octets, std::size_t announced = kMaxBody) {
    return post("Content-Length: " + std::to_string(announced) + "\r\n", std::string(octets, 'a'));
}

// The house has read all that the client was given to send, and waits for more.
void send_and_settle(House& house, TlsClient& client, const std::string& text) {
    client.send(text);
    REQUIRE(house.until({&client}, [&] { return client.handshake_done && client.has_sent_all(); }));
    house.settle({&client});
}

TEST_CASE("a full house closes whoever holds half a body, the longest first") {
    struct Row {
        std::string_view name;
        std::string half;
    };

    for (const Row& row : {Row{"with a length", post("Content-Length: 10\r\n", "hello")},
                           Row{"a head alone", post("Content-Length: 10\r\n")},
                           Row{"chunked", post("Transfer-Encoding: chunked\r\n", "a\r\nhello")},
                           Row{"after 100 Continue",
                               post("Expect: 100-continue\r\nContent-Length: 10\r\n", "hello")}}) {
        CAPTURE(row.name);
        House house({.max_connections = 2});
        TlsClient first(house.front->port()), second(house.front->port());
        send_and_settle(house, first, row.half);
        send_and_settle(house, second, row.half);
        REQUIRE(house.front->connections() == 2);

        TlsClient third(house.front->port());
        third.send(kGet);
        REQUIRE(house.replies(third, 1));
        house.settle({&first, &second});
        CHECK(first.closed);
        CHECK_FALSE(second.closed);
        TlsClient fourth(house.front->port());
        fourth.send(kGet);
        REQUIRE(house.replies(fourth, 1));
        house.settle({&second, &third});
        CHECK(second.closed);
        CHECK_FALSE(third.closed);
        CHECK(house.front->connections() == 2);
        CHECK(house.front->counters().refused_full == 0);
        CHECK(house.requests.size() == 2);
    }
}

// A limit of 1 gives way to twice max_body: a house that has two requests of full size, no third.
net::FrontOptions room_for_two() {
    return {.max_body = kMaxBody, .max_held = 1};
}

TEST_CASE("S07 beyond the limit on held octets a large request gets 503 and its room back") {
    House house(room_for_two());
    TlsClient first(house.front->port()), second(house.front->port()), third(house.front->port());
    send_and_settle(house, first, beginning_of_body(kLarge));
    send_and_settle(house, second, beginning_of_body(kLarge));
    third.send(beginning_of_body(kLarge));
    REQUIRE(house.closes(third));
    CHECK(third.in.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    CHECK(third.in.find("Connection: close\r\n") != std::string::npos);
    CHECK(house.refusals ==
          std::vector<std::pair<int, std::string>>{{503, "no room for more large requests"}});
    CHECK(house.front->counters().http_refusals == 1);

    for (TlsClient* client : {&first, &second}) {
        client->send(std::string(kMaxBody - kLarge, 'b'));
        CHECK(house.replies(*client, 1));
    }
    CHECK(house.requests.size() == 2);
}

TEST_CASE("S07 small requests are kept and served, however little room there is") {
    House house(room_for_two());
    TlsClient first(house.front->port()), second(house.front->port());
    send_and_settle(house, first, beginning_of_body(kLarge));
    send_and_settle(house, second, beginning_of_body(kLarge));
    std::array<std::unique_ptr<TlsClient>, 3> small;
    for (auto& client : small) {
        client = std::make_unique<TlsClient>(house.front->port());
        send_and_settle(
            house, *client, beginning_of_body(limits::kFreeHeld - 1, limits::kFreeHeld));
    }
    for (auto& client : small) {
        client->send("z");
        CHECK(house.replies(*client, 1));
    }
    CHECK(house.requests.size() == small.size());
    CHECK(house.refusals.empty());
}

TEST_CASE("S07 octets are given back when a request is complete, refused, or its client has gone") {
    enum class End : std::uint8_t { Complete, Refused, Gone };
    for (const End end : {End::Complete, End::Refused, End::Gone}) {
        CAPTURE(static_cast<int>(end));
        House house(room_for_two());
        house.answers = House::Answers::Never;  // what is being answered is not held either
        for (int i = 0; i < 3; ++i) {
            TlsClient client(house.front->port());
            send_and_settle(house, client, beginning_of_body(kLarge));
            if (end == End::Complete) {
                client.send(std::string(kMaxBody - kLarge, 'b'));
                CHECK(house.until({&client}, [&] { return !house.requests.empty(); }));
                house.requests.clear();
            }
            if (end == End::Refused) {
                house.pass(limits::kBodyDeadline);
                CHECK(house.closes(client));
                CHECK(house.refusals.at(static_cast<std::size_t>(i)).first == 408);
            }
        }
        house.settle({});
        TlsClient first(house.front->port()), second(house.front->port());
        send_and_settle(house, first, beginning_of_body(kLarge));
        send_and_settle(house, second, beginning_of_body(kLarge));
        CHECK_FALSE(first.closed);
        CHECK_FALSE(second.closed);
        CHECK(second.in.empty());
    }
}

TEST_CASE("S07 the limit is the option's where that is more than two requests of full size") {
    House house({.max_body = kMaxBody, .max_held = 3 * kMaxBody});
    std::array<std::unique_ptr<TlsClient>, 4> clients;
    for (auto& client : clients) {
        client = std::make_unique<TlsClient>(house.front->port());
        send_and_settle(house, *client, beginning_of_body(kLarge));
    }
    for (std::size_t i = 0; i < clients.size(); ++i)
        CHECK(clients[i]->closed == (i == 3));
    CHECK(house.refusals.size() == 1);
}

}  // namespace
