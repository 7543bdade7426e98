#include <doctest/doctest.h>

#include "core/base/network.hpp"

namespace scep {

namespace {

IpAddress ip(std::string_view text) {
    const Result<IpAddress> out = parse_ip(text);
    REQUIRE(out);
    return *out;
}

std::string refusal(std::string_view text) {
    const Result<IpNetwork> network = parse_network(text);
    return network ? "accepted" : network.error().what;
}

}  // namespace

TEST_SUITE("core/base/network") {
    TEST_CASE("addresses have one value and one text") {
        CHECK(ip("192.0.2.7").to_text() == "192.0.2.7");
        CHECK(ip("2001:DB8:0::1").to_text() == "2001:db8::1");
        CHECK(ip("::ffff:192.0.2.7") == ip("192.0.2.7"));
        CHECK(ip("192.0.2.7").is_v4());
        CHECK_FALSE(ip("::1").is_v4());
        for (const std::string_view text :
             {"", "1.2.3", "1.2.3.4 ", "[::1]", "fe80::1%lo", "host"}) {
            CAPTURE(text);
            CHECK_FALSE(parse_ip(text));
        }
        CHECK_FALSE(parse_ip(std::string_view("1.2.3.4\0", 8)));
    }

    TEST_CASE("a network contains what shares its prefix") {
        const IpNetwork net = *parse_network("10.1.0.0/20");
        CHECK(net.contains(ip("10.1.0.0")));
        CHECK(net.contains(ip("10.1.15.255")));
        CHECK_FALSE(net.contains(ip("10.1.16.0")));
        CHECK_FALSE(net.contains(ip("::a01:0")));
        CHECK(parse_network("0.0.0.0/0")->contains(ip("8.8.8.8")));
        CHECK_FALSE(parse_network("0.0.0.0/0")->contains(ip("::1")));
        CHECK(parse_network("::/0")->contains(ip("::1")));
        CHECK(parse_network("127.0.0.1")->contains(ip("127.0.0.1")));
        CHECK_FALSE(parse_network("127.0.0.1/32")->contains(ip("127.0.0.2")));
        CHECK(parse_network("2001:db8::/33")->contains(ip("2001:db8:7fff::")));
        CHECK_FALSE(parse_network("2001:db8::/33")->contains(ip("2001:db8:8000::")));
    }

    TEST_CASE("a client is its address, and of IPv6 the /64") {
        CHECK(client_of("192.0.2.7") == "192.0.2.7");
        CHECK(client_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::");
        CHECK(client_of("2001:DB8:1:2::9") == "2001:db8:1:2::");
        CHECK(client_of("::ffff:192.0.2.7") == "192.0.2.7");
        CHECK(client_of("") == "");
        CHECK(client_of("a socket") == "a socket");
    }

    TEST_CASE("what is no network is refused") {
        CHECK(refusal("10.0.0.0/33") == "\"10.0.0.0/33\" is not a network, want ADDRESS/BITS");
        CHECK(refusal("10.0.0.0/") == "\"10.0.0.0/\" is not a network, want ADDRESS/BITS");
        CHECK(refusal("10.0.0.0/8x") != "accepted");
        CHECK(refusal("10.0.0.0/-1") != "accepted");
        CHECK(refusal("::/129") != "accepted");
        CHECK(refusal("10.0.0.1/24") ==
              "\"10.0.0.1/24\" has bits set behind its prefix, want 10.0.0.0/24");
    }
}

}  // namespace scep
