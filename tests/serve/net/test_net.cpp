// Requests and replies over a real socket.
#include "harness.hpp"

namespace {

using namespace scep;
using namespace scep::test;
using std::chrono::seconds;

TEST_CASE("a connection takes one request after the other") {
    House house;
    TlsClient client(house.front->port());
    client.send(kGet);
    REQUIRE(house.replies(client, 1));
    CHECK(client.in.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"));
    CHECK(client.in.ends_with("\r\n\r\nok\n"));
    client.send(post("Content-Length: 5\r\n", "hello"));
    REQUIRE(house.replies(client, 2));
    REQUIRE(house.requests.size() == 2);
    CHECK(house.requests[0].query == "operation=GetCACaps");
    CHECK(to_string(house.requests[1].body) == "hello");
    CHECK(house.peers[0].address == "127.0.0.1");
    CHECK(house.peers[0].port != 0);
    CHECK(house.ids[0] == house.ids[1]);
    CHECK(house.front->connections() == 1);
    CHECK(house.front->counters().accepted == 1);
    CHECK(house.front->counters().requests == 2);
    CHECK_FALSE(client.closed);
}

TEST_CASE("a reply may be given at once, at the end of the turn, or later") {
    for (const auto answers :
         {House::Answers::AtOnce, House::Answers::AtTurnEnd, House::Answers::Never}) {
        House house;
        house.answers = answers;
        TlsClient client(house.front->port());
        client.send(kGet + kGet);
        if (answers == House::Answers::Never) {
            REQUIRE(house.until({&client}, [&] { return house.requests.size() == 1; }));
            house.settle({&client});
            CHECK(client.in.empty());
            CHECK(house.requests.size() == 1);  // the second waits for the first one's reply
            house.front->reply(house.ids[0], house.reply);
            CHECK(house.requests.size() == 1);  // and for a turn of its own
            REQUIRE(house.until({&client}, [&] { return house.requests.size() == 2; }));
            house.front->reply(house.ids[1], house.reply);
        }
        CHECK(house.replies(client, 2));
        CHECK(house.requests.size() == 2);
    }
}

TEST_CASE("requests that come together are answered in their order") {
    House house;
    TlsClient client(house.front->port());
    std::string all;
    for (int i = 0; i < 50; ++i)
        all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(all);
    REQUIRE(house.replies(client, 50));
    for (std::size_t i = 0; i < 50; ++i)
        CHECK(house.requests[i].path == "/" + std::to_string(i));
}

TEST_CASE("who keeps and who closes") {
    struct Row {
        std::string_view name;
        std::string request;
        bool reply_closes, closes;
    };

    const std::array rows{Row{"HTTP/1.1", kGet, false, false},
                          Row{"HTTP/1.1 with close",
                              "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                              false,
                              true},
                          Row{"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", false, true},
                          Row{"HTTP/1.0 with keep-alive",
                              "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                              false,
                              false},
                          Row{"a reply that closes", kGet, true, true}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        House house;
        house.reply.close = row.reply_closes;
        TlsClient client(house.front->port());
        client.send(row.request);
        REQUIRE(house.replies(client, 1));
        house.settle({&client});
        CHECK(client.closed == row.closes);
        CHECK(client.in.starts_with("HTTP/1.1 200 "));
        CHECK((client.in.find("Connection: close\r\n") != std::string::npos) == row.closes);
    }
}

TEST_CASE("a connection ends after its number of requests") {
    House house;
    TlsClient client(house.front->port());
    for (std::size_t i = 0; i < limits::kMaxRequestsPerConnection; ++i)
        client.send(kGet);
    client.send(kGet);
    REQUIRE(house.closes(client));
    CHECK(client.replies() == limits::kMaxRequestsPerConnection);
    CHECK(client.in.find("Connection: close") > client.in.size() - 200);
}

TEST_CASE("a reply to HEAD has no body") {
    House house;
    TlsClient client(house.front->port());
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    REQUIRE(house.closes(client));
    CHECK(client.in.find("Content-Length: 3\r\n") != std::string::npos);
    CHECK(client.in.ends_with("\r\n\r\n"));
}

TEST_CASE("a client that expects it is told to continue") {
    House house;
    TlsClient client(house.front->port());
    client.send(post("Expect: 100-continue\r\nContent-Length: 5\r\n"));
    REQUIRE(house.until({&client}, [&] { return !client.in.empty(); }));
    CHECK(client.in == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(house.requests.empty());
    client.in.clear();
    client.send("hello");
    REQUIRE(house.replies(client, 1));
    CHECK(to_string(house.requests.at(0).body) == "hello");
}

TEST_CASE("a body of the limit passes, in chunks too; beyond it is 413") {
    const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
    std::string chunks;
    for (int i = 0; i < 32; ++i)
        chunks += chunk;

    struct Row {
        std::string_view name;
        std::string request;
        int status;
    };

    const std::array rows{
        Row{"by length", post("Content-Length: 1048576\r\n", std::string(1U << 20U, 'x')), 200},
        Row{"in chunks", post("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n"), 200},
        Row{"too much by length",
            post("Content-Length: 1048577\r\n", std::string((1U << 20U) + 1, 'x')),
            413},
        Row{"too much in chunks",
            post("Transfer-Encoding: chunked\r\n", chunks + "1\r\nx\r\n0\r\n\r\n"),
            413}};
    for (const Row& row : rows) {
        CAPTURE(row.name);
        House house;
        TlsClient client(house.front->port());
        client.send(row.request);
        REQUIRE(house.replies(client, 1));
        CHECK(client.in.starts_with("HTTP/1.1 " + std::to_string(row.status)));
        if (row.status == 200)
            CHECK(house.requests.at(0).body.size() == 1U << 20U);
        else
            CHECK(house.refusals.at(0).first == row.status);
    }
}

TEST_CASE("S22 a refusal closes, and what was smuggled behind it is never answered") {
    const std::array requests{
        post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
        post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"),
        std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"),
        std::string("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")};
    for (const std::string& request : requests) {
        CAPTURE(request);
        House house;
        TlsClient client(house.front->port());
        client.send(request + kGet);
        REQUIRE(house.closes(client));
        CHECK(client.closed);
        CHECK(client.replies() == 1);
        CHECK(client.in.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        CHECK(client.in.find("Connection: close\r\n") != std::string::npos);
        CHECK(house.requests.empty());
        CHECK(house.refusals.size() == 1);
        CHECK(house.front->counters().http_refusals == 1);
    }
}

TEST_CASE("S22 a head may be refused before its body has been read, and that closes") {
    net::FrontOptions options;
    options.on_head = [](const net::Peer& peer,
                         const http::Request& head) -> std::optional<http::Reply> {
        CHECK(peer.address == "127.0.0.1");
        if (head.path == "/scep")
            return {};
        return http::text_reply(404, "no such path");
    };
    for (const std::string_view expect : {"", "Expect: 100-continue\r\n"}) {
        House house(options);
        TlsClient client(house.front->port());
        client.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n" +
                    std::string(expect) + "\r\n" + (expect.empty() ? kGet : ""));
        REQUIRE(house.closes(client));
        CHECK(client.closed);
        CHECK(client.replies() == 1);
        CHECK(client.in.starts_with("HTTP/1.1 404 "));
        CHECK(house.requests.empty());
        CHECK(house.front->counters().http_refusals == 1);
    }
    House house(options);
    TlsClient client(house.front->port());
    client.send(post("Content-Length: 5\r\n"));
    house.settle({&client});
    client.send("hello");
    CHECK(house.replies(client, 1));
    CHECK(house.requests.size() == 1);
}

TEST_CASE("a client still sending gets the refusal, not a reset") {
    House house;
    TlsClient client(house.front->port());
    client.reads = false;
    client.send(post("Content-Length: 99999999\r\n", std::string(4U << 20U, 'x')));
    REQUIRE(house.until({&client}, [&] { return client.has_sent_all() || client.failed; }));
    client.reads = true;
    REQUIRE(house.closes(client));
    CHECK(client.closed);
    CHECK(client.in.starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a client that closes in mid-message, or before its reply, is forgotten") {
    House house;
    house.answers = House::Answers::Never;
    {
        TlsClient client(house.front->port());
        client.send(post("Content-Length: 5\r\n", "he"));
        REQUIRE(house.until({&client}, [&] { return client.has_sent_all(); }));
    }
    REQUIRE(house.until({}, [&] { return house.front->connections() == 0; }));
    {
        TlsClient client(house.front->port());
        client.send(kGet);
        REQUIRE(house.until({&client}, [&] { return house.requests.size() == 1; }));
    }
    house.settle({});
    house.front->reply(house.ids[0], house.reply);
    house.front->reply(house.ids[0], house.reply);
    house.front->reply(12345, house.reply);
    CHECK(house.until({}, [&] { return house.front->connections() == 0; }));
    CHECK(house.refusals.empty());
}

TEST_CASE("a client that ends its side after a request still gets the reply") {
    House house;
    TlsClient client(house.front->port());
    client.send(kGet);
    REQUIRE(house.until({&client}, [&] { return client.has_sent_all(); }));
    client.half_close();
    REQUIRE(house.replies(client, 1));
    CHECK(house.closes(client));
}

TEST_CASE("a reply larger than the socket's buffers arrives whole") {
    House house;
    house.reply.body = Buffer(8U << 20U, 'y');
    TlsClient client(house.front->port(), {.receive_buffer = 4096});
    client.send(kGet);
    REQUIRE(house.replies(client, 1));
    CHECK(client.in.size() > 8U << 20U);
    client.in.clear();
    client.send(kGet);
    CHECK(house.replies(client, 1));
}

}  // namespace
