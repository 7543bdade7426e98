// What OpenSSL is told of a socket: data, "try again", the end, or nothing more.
#include <fcntl.h>
#include <sys/socket.h>

#include <array>

#include <doctest/doctest.h>

#include "core/base/bytes.hpp"
#include "core/files/descriptor.hpp"
#include "serve/net/socket_bio.hpp"

namespace {

using namespace scep;

// One end is the BIO's, the other is what the peer does.
struct Line {
    Line() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) ==
                0);
        own = files::Descriptor(ends[0]);
        peer = files::Descriptor(ends[1]);
        source.socket = own.get();
        bio = net::make_socket_bio(source);
        REQUIRE(bio);
    }

    void peer_sends(std::string_view text) const {
        REQUIRE(::send(peer.get(), text.data(), text.size(), 0) ==
                static_cast<ssize_t>(text.size()));
    }

    int read() {
        std::array<char, 64> room{};
        const int count = BIO_read(bio.get(), room.data(), room.size());
        in.assign(room.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        return count;
    }

    bool asks_again() const { return BIO_should_retry(bio.get()) != 0; }

    bool at_end() const { return BIO_eof(bio.get()) == 1; }

    files::Descriptor own{}, peer{};
    net::SocketSource source{};
    crypto::BioPtr bio{};
    std::string in{};  // of the last read
};

TEST_SUITE("serve/net socket_bio") {
    TEST_CASE("an allowance that is used up means try again, though there is more") {
        Line line;
        line.peer_sends("hello");
        line.source.allowance = 3;
        CHECK(line.read() == 3);
        CHECK(line.in == "hel");
        CHECK(line.source.allowance == 0);
        CHECK(line.read() == -1);
        CHECK(line.asks_again());
        CHECK(BIO_should_read(line.bio.get()) != 0);
        CHECK_FALSE(line.at_end());
        line.source.allowance = 100;
        CHECK(line.read() == 2);
        CHECK(line.in == "lo");
        CHECK(line.source.allowance == 98);
        CHECK_FALSE(line.asks_again());
    }

    TEST_CASE("nothing to read means try again and costs no allowance") {
        Line line;
        line.source.allowance = 7;
        CHECK(line.read() == -1);
        CHECK(line.asks_again());
        CHECK_FALSE(line.at_end());
        CHECK(line.source.allowance == 7);
    }

    TEST_CASE("of a peer that is cut off nothing more is read, and that is no try again") {
        Line line;
        line.peer_sends("hello");
        line.source = {.socket = line.own.get(), .allowance = 0, .cut = false};
        CHECK(line.read() == -1);
        REQUIRE(line.asks_again());
        line.source.allowance = 100;
        line.source.cut = true;
        CHECK(line.read() == -1);
        CHECK_FALSE(line.asks_again());
        CHECK_FALSE(line.at_end());
        CHECK(line.source.allowance == 100);
    }

    TEST_CASE("an orderly end is an end, behind all that was sent before it") {
        Line line;
        line.source.allowance = 100;
        line.peer_sends("bye");
        REQUIRE(::shutdown(line.peer.get(), SHUT_WR) == 0);
        CHECK(line.read() == 3);
        CHECK_FALSE(line.at_end());
        CHECK(line.read() == 0);
        CHECK(line.at_end());
        CHECK_FALSE(line.asks_again());
    }

    TEST_CASE("an error of the socket is neither an end nor a try again") {
        Line line;
        line.source = {.socket = -1, .allowance = 100};
        CHECK(line.read() == -1);
        CHECK_FALSE(line.asks_again());
        CHECK_FALSE(line.at_end());
    }

    TEST_CASE("writing to a peer that does not read means try again") {
        Line line;
        const Buffer much(4096, 'a');
        int count = 0;
        do
            count = BIO_write(line.bio.get(), much.data(), static_cast<int>(much.size()));
        while (count > 0);
        CHECK(line.asks_again());
        CHECK(BIO_should_write(line.bio.get()) != 0);
    }

    TEST_CASE("writing to a peer that has gone fails, and no signal ends the process") {
        Line line;
        line.peer = {};
        CHECK(BIO_write(line.bio.get(), "a", 1) == -1);
        CHECK_FALSE(line.asks_again());
    }
}

}  // namespace
