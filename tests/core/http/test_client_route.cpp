#include <doctest/doctest.h>

#include "core/http/client_route.hpp"

namespace scep::http {

namespace {

Url url(std::string_view text) {
    return parse_url(text).value();
}

struct Row {
    std::string_view from, location, to;  // to: empty, or the URL; else refused with `why`
    std::string_view why{};
    int status = 302;
    bool post = false;
};

constexpr Row kFollowed[] = {
    {"http://a/scep?x=1", "http://a/scep/?x=1", "http://a/scep/?x=1"},
    {"http://a/scep?x=1", "http://A/other", "http://A/other?x=1"},
    {"http://a/scep?x=1", "https://a/scep?x=1", "https://a/scep?x=1"},
    {"http://a:8080/scep", "https://a:8443/scep", "https://a:8443/scep"},
    {"https://a/s/one?q", "/two", "https://a/two?q"},
    {"https://a/s/one?q", "two?r", "https://a/s/two?r"},
    {"https://a/s/one?q", "?r", "https://a/s/one?r"},
    {"https://a/s?q", "//a/t#part", "https://a/t?q"},
    {"http://[::1]:80/s", "https://[::1]/s", "https://[::1]/s"},
    {"http://a/s", "/t", "http://a/t", {}, 307, true},
    {"http://a/s", "https://a/t", "https://a/t", {}, 301, true},
};

constexpr Row kRefused[] = {
    {"http://a/scep?x=1", "http://b/scep", {}, "another host"},
    {"https://a/scep", "//b/scep", {}, "another host"},
    {"https://a/scep", "https://a.b/scep", {}, "another host"},
    {"https://a/scep", "http://a/scep", {}, "https is not given up"},
    {"https://a/scep", "https://a:8443/scep", {}, "another port"},
    {"http://a/scep", "http://a:8080/scep", {}, "another port"},
    {"http://a/scep", "", {}, "nowhere"},
    {"http://a/scep", "#top", {}, "nowhere"},
    {"http://a/scep", "ftp://a/scep", {}, "no http:// or https:// URL"},
    {"http://a/scep", "http://user:secret@a/scep", {}, "no http:// or https:// URL"},
    {"http://a/scep", "/\x1b[2J", {}, "no http:// or https:// URL"},
    {"http://a/scep", "/t", {}, "not followed by a GET", 303, true},
};

}  // namespace

TEST_SUITE("http/client route") {
    TEST_CASE("a redirect is followed on the same host, and from http to https") {
        for (const Row& row : kFollowed) {
            CAPTURE(row.location);
            const auto target = redirect_target(url(row.from), row.status, row.location, row.post);
            REQUIRE(target.has_value());
            CHECK(target->to_text() == row.to);
        }
    }

    TEST_CASE("S29 what a request holds goes to no other host, port or scheme by a redirect") {
        for (const Row& row : kRefused) {
            CAPTURE(row.location);
            const auto target = redirect_target(url(row.from), row.status, row.location, row.post);
            REQUIRE_FALSE(target.has_value());
            CHECK(target.error().code == Errc::Network);
            CHECK(target.error().what.find(row.why) != std::string::npos);
            CHECK(target.error().what.find('\x1b') == std::string::npos);
            CHECK(target.error().where.source.find('?') == std::string::npos);
        }
    }

    TEST_CASE("a message in a GET is not told in the error of its redirect") {
        const auto target =
            redirect_target(url("http://a/s?message=MII"), 302, "http://b/s?message=MII", false);
        CHECK(to_text(target.error()).find("MII") == std::string::npos);
    }

    TEST_CASE("no_proxy names hosts, domains, addresses and networks") {
        struct Except {
            std::string_view list, host;
            bool direct;
        };

        for (const Except& row : {Except{"", "a.example", false},
                                  Except{"*", "a.example", true},
                                  Except{"a.example", "A.example", true},
                                  Except{"a.example", "b.a.example", true},
                                  Except{".example", "a.example", true},
                                  Except{"ample", "a.example", false},
                                  Except{"x, a.example ,y", "a.example", true},
                                  Except{"127.0.0.1", "127.0.0.1", true},
                                  Except{"10.0.0.0/8", "10.1.2.3", true},
                                  Except{"10.0.0.0/8", "11.1.2.3", false},
                                  Except{"10.0.0.0/8", "a10.example", false},
                                  Except{"::1", "::1", true},
                                  Except{"[::1]", "::1", true},
                                  Except{"2001:DB8:0:0::1", "2001:db8::1", true},
                                  Except{"[2001:db8::2]", "2001:db8::1", false}}) {
            CAPTURE(row.list);
            CAPTURE(row.host);
            ProxySettings settings{.http = url("http://proxy:3128"),
                                   .no_proxy = std::string(row.list)};
            Url server = url("http://x/scep");
            server.host = std::string(row.host);
            CHECK((proxy_for(settings, server) == nullptr) == row.direct);
        }
    }

    TEST_CASE("each scheme has its own proxy") {
        const ProxySettings settings{.https = url("http://proxy:3128")};
        CHECK(proxy_for(settings, url("http://a/")) == nullptr);
        CHECK(proxy_for(settings, url("https://a/"))->port == 3128);
    }
}

}  // namespace scep::http
