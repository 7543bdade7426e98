// Deadlines, numbers of connections and descriptors, and draining.
#include <sys/resource.h>

#include "harness.hpp"

namespace {

using namespace scep;
using namespace scep::test;
using std::chrono::seconds;

// Lets all but a second of `deadline` pass in steps; in each the client sends one octet of `drip`.
void pass_dripping(House& house, TlsClient& client, seconds deadline, std::string_view drip) {
    for (seconds passed{0}; passed < deadline - seconds(1); passed += seconds(1)) {
        house.pass(seconds(1));
        if (!drip.empty()) {
            client.send(drip.substr(0, 1));
            drip.remove_prefix(1);
        }
        house.settle({&client});
    }
}

TEST_CASE("each phase has one deadline, whatever trickles in") {
    struct Row {
        std::string_view name;
        std::string sent, drip;
        seconds deadline;
        int status;  // 0: closes without a word
    };

    const std::string a_lot(60, 'a');
    const std::array rows{
        Row{"an idle connection", "", "", limits::kIdleDeadline, 0},
        Row{"an idle connection after a request", kGet, "", limits::kIdleDeadline, 0},
        Row{"a head", "GET /", a_lot, limits::kHeadDeadline, 408},
        Row{"a second head", kGet + "GET /", a_lot, limits::kHeadDeadline, 408},
        Row{"a body", post("Content-Length: 1000\r\n"), a_lot, limits::kBodyDeadline, 408},
        Row{"a body after 100 Continue",
            post("Expect: 100-continue\r\nContent-Length: 1000\r\n"),
            a_lot,
            limits::kBodyDeadline,
            408},
        Row{"a chunked body",
            post("Transfer-Encoding: chunked\r\n", "8000\r\n"),
            a_lot,
            limits::kBodyDeadline,
            408}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        House house;
        TlsClient client(house.front->port());
        REQUIRE(house.connect(client));
        client.send(row.sent);
        house.settle({&client});
        client.in.clear();
        pass_dripping(house, client, row.deadline, row.drip);
        CHECK_FALSE(client.closed);
        CHECK(client.in.empty());
        house.pass(seconds(1));
        REQUIRE(house.closes(client));
        CHECK(client.closed);
        if (row.status == 0) {
            CHECK(client.in.empty());
            CHECK(house.front->counters().timeouts == 0);
        } else {
            CHECK(client.in.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
            CHECK(house.front->counters().timeouts == 1);
            CHECK(house.refusals.at(0).first == 408);
        }
    }
}

TEST_CASE("a handshake has a deadline") {
    House house;
    const TcpClient client(house.front->port());
    REQUIRE(house.until({}, [&] { return house.front->connections() == 1; }));
    client.send_plain("\x16");
    house.pass(limits::kHandshakeDeadline - seconds(1));
    house.settle({});
    CHECK(house.front->connections() == 1);
    house.pass(seconds(1));
    house.settle({});
    CHECK(house.front->connections() == 0);
    CHECK(house.front->counters().timeouts == 1);
    CHECK(house.front->counters().handshakes_failed == 1);
}

TEST_CASE("a client that does not take its reply loses it") {
    House house;
    house.reply.body = Buffer(16U << 20U, 'y');
    TlsClient client(house.front->port(), {.receive_buffer = 4096});
    REQUIRE(house.connect(client));
    client.send(kGet);
    client.reads = false;
    REQUIRE(house.until({&client}, [&] { return house.requests.size() == 1; }));
    house.settle({&client});
    house.pass(limits::kReplyDeadline - seconds(1));
    house.settle({&client});
    CHECK(house.front->connections() == 1);
    house.pass(seconds(1));
    house.settle({&client});
    CHECK(house.front->connections() == 0);
    CHECK(house.front->counters().timeouts == 1);
}

TEST_CASE("a reply that is owed has no deadline here") {
    House house;
    house.answers = House::Answers::Never;
    TlsClient client(house.front->port());
    client.send(kGet);
    REQUIRE(house.until({&client}, [&] { return house.requests.size() == 1; }));
    house.pass(seconds(3600));
    house.settle({&client});
    house.front->reply(house.ids[0], house.reply);
    CHECK(house.replies(client, 1));
}

TEST_CASE("a refused client that never closes is closed after lingering") {
    House house;
    TlsClient client(house.front->port());
    client.send("hello\r\n\r\n");
    REQUIRE(house.closes(client));
    house.settle({});
    CHECK(house.front->connections() == 1);
    house.pass(limits::kLingerDeadline);
    house.settle({});
    CHECK(house.front->connections() == 0);
    CHECK(house.front->counters().timeouts == 0);
}

TEST_CASE("a full house closes whoever has waited longest, and nobody who is busy") {
    House house({.max_connections = 3});
    house.answers = House::Answers::Never;
    TlsClient busy(house.front->port());
    busy.send(kGet);
    REQUIRE(house.until({&busy}, [&] { return house.requests.size() == 1; }));
    TlsClient slow(house.front->port());
    slow.send("GET /");  // never says the rest
    REQUIRE(house.connect(slow));
    TlsClient idle(house.front->port());
    REQUIRE(house.connect(idle));

    TlsClient next(house.front->port());
    next.send(kGet);
    REQUIRE(house.until({&busy, &slow, &idle, &next}, [&] { return house.requests.size() == 2; }));
    CHECK(slow.closed);
    CHECK_FALSE(idle.closed);
    TlsClient third(house.front->port());
    third.send(kGet);
    REQUIRE(house.until({&busy, &idle, &next, &third}, [&] { return house.requests.size() == 3; }));
    CHECK(idle.closed);
    CHECK(house.front->counters().refused_full == 0);

    TlsClient late(house.front->port());
    REQUIRE(house.until({&late}, [&] { return late.failed; }));
    CHECK(house.front->counters().refused_full == 1);
    CHECK(house.front->connections() == 3);
    for (const net::ConnectionId id : house.ids)
        house.front->reply(id, house.reply);
    CHECK(house.replies(busy, 1));
    CHECK(house.replies(next, 1));
    CHECK(house.replies(third, 1));
}

TEST_CASE("half a handshake does not lock a full house") {
    House house({.max_connections = 1});
    const TcpClient holder(house.front->port());
    REQUIRE(house.until({}, [&] { return house.front->connections() == 1; }));
    TlsClient client(house.front->port());
    client.send(kGet);
    CHECK(house.replies(client, 1));
}

// Takes every descriptor this process may have, for as long as it lives.
class NoDescriptors {
  public:
    NoDescriptors() {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        rlimit low = before_;
        const int next = ::dup(0);
        REQUIRE(next >= 0);
        ::close(next);
        low.rlim_cur = static_cast<rlim_t>(next);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    }

    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

TEST_CASE("when descriptors run out a waiting connection gives up its own") {
    House house;
    TlsClient idle(house.front->port());
    REQUIRE(house.connect(idle));
    TlsClient client(house.front->port());
    client.send(kGet);
    const NoDescriptors none;
    CHECK(house.replies(client, 1));
    house.settle({&idle});
    CHECK(idle.closed);
}

TEST_CASE("when descriptors run out and all are busy, accepting pauses") {
    House house;
    house.answers = House::Answers::Never;
    TlsClient busy(house.front->port());
    busy.send(kGet);
    REQUIRE(house.until({&busy}, [&] { return house.requests.size() == 1; }));
    TlsClient client(house.front->port());
    client.send(kGet);
    {
        const NoDescriptors none;
        house.settle({&client});
        CHECK(house.front->counters().accepted == 1);
    }
    house.settle({&client});
    CHECK(house.front->counters().accepted == 1);  // not before the pause is over
    house.pass(limits::kAcceptPause);
    CHECK(house.until({&client}, [&] { return house.requests.size() == 2; }));
}

TEST_CASE("draining closes the idle, lets the busy finish, and accepts nobody") {
    House house;
    house.answers = House::Answers::Never;
    const std::uint16_t port = house.front->port();
    TlsClient idle(port), reading(port), waiting(port);
    const TcpClient in_handshake(port);
    REQUIRE(house.connect(idle));
    reading.send(post("Content-Length: 4\r\n", "ju"));
    waiting.send(kGet);
    REQUIRE(house.until({&idle, &reading, &waiting},
                        [&] { return house.requests.size() == 1 && reading.has_sent_all(); }));
    house.settle({&idle, &reading, &waiting});
    CHECK(house.front->connections() == 4);

    house.front->drain();
    CHECK_FALSE(house.front->drained());
    CHECK(house.front->connections() == 2);
    CHECK_FALSE(TcpClient(port).connected());
    house.settle({&idle, &reading, &waiting});
    CHECK(idle.closed);
    reading.send("nk");
    REQUIRE(house.until({&reading}, [&] { return house.requests.size() == 2; }));
    for (const net::ConnectionId id : house.ids)
        house.front->reply(id, house.reply);
    for (TlsClient* client : {&reading, &waiting}) {
        REQUIRE(house.closes(*client));
        CHECK(client->replies() == 1);
        CHECK(client->in.find("Connection: close\r\n") != std::string::npos);
    }
    house.pass(limits::kLingerDeadline);
    CHECK(house.until({}, [&] { return house.front->drained(); }));
}

TEST_CASE("a request that was sent before the draining is answered") {
    House house;
    TlsClient client(house.front->port());
    REQUIRE(house.connect(client));
    house.settle({&client});
    client.send(kGet);
    client.step();
    REQUIRE(client.has_sent_all());
    house.front->drain();
    REQUIRE(house.closes(client));
    CHECK(client.replies() == 1);
    CHECK(client.in.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("draining has an end") {
    House house;
    house.answers = House::Answers::Never;
    TlsClient client(house.front->port());
    client.send(kGet);
    REQUIRE(house.until({&client}, [&] { return house.requests.size() == 1; }));
    house.front->drain();
    house.settle({&client});
    CHECK_FALSE(house.front->drained());
    house.pass(limits::kDrainDeadline);
    house.settle({&client});
    CHECK(house.front->drained());
    CHECK(client.closed);
}

TEST_CASE("a front may go while it has connections") {
    House house;
    TlsClient client(house.front->port());
    REQUIRE(house.connect(client));
    house.front.reset();
    house.settle({&client});
    CHECK(client.failed);
}

}  // namespace
