#include <array>
#include <initializer_list>

#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "core/http/message.hpp"

namespace {

using namespace scep;
using http::Progress;

constexpr std::size_t kLimit = 100;

struct Outcome {
    Progress progress = Progress::NeedMore;
    int status = 0;           // of a refusal
    std::string reason{};     // of a refusal
    http::Request request{};  // of a complete request
    std::string rest{};       // input behind it
    int continues = 0;
};

// Feeds `text` in pieces of `step` octets until there is an outcome.
Outcome parse(std::string_view text, std::size_t step) {
    http::RequestParser parser(kLimit);
    Outcome out;
    std::size_t at = 0;
    while (at < text.size() && out.progress == Progress::NeedMore) {
        const std::string_view piece = text.substr(at, step);
        const std::size_t used = parser.put(as_bytes(piece));
        REQUIRE(used <= piece.size());
        at += used;
        out.progress = parser.progress();
        if (out.progress == Progress::SendContinue) {
            ++out.continues;
            out.progress = parser.progress();
        }
    }
    if (out.progress == Progress::Refused) {
        out.status = parser.refusal().status;
        out.reason = parser.refusal().reason;
    }
    if (out.progress == Progress::Complete) {
        out.request = parser.take();
        CHECK(parser.idle());
    }
    out.rest = std::string(text.substr(at));
    return out;
}

constexpr std::array<std::size_t, 5> kSteps{1, 2, 3, 7, 1U << 20U};

std::string post(std::string_view headers, std::string_view body) {
    return "POST /scep?operation=PKIOperation HTTP/1.1\r\nHost: a\r\n" + std::string(headers) +
           "\r\n" + std::string(body);
}

TEST_CASE("a request is read the same whole and byte by byte") {
    struct Row {
        std::string_view name, text, method, path, query, body;
        bool http_1_0, keep_alive;
    };

    const std::string with_length = post("Content-Length: 5\r\n", "hello");
    const std::string chunked =
        post("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n");
    const std::string trailer =
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX-Client-Cert: forged\r\n\r\n");
    const std::string no_chunk = post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n");
    const std::string only_trailer = post("Transfer-Encoding: chunked\r\n", "0\r\nX-A: b\r\n\r\n");
    const std::string empty_body = post("Content-Length: 0\r\n", "");
    const std::array rows{
        Row{"a GET",
            "GET /a/b?c=d&e=%2B HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET",
            "/a/b",
            "c=d&e=%2B",
            "",
            false,
            true},
        Row{"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET", "/", "", "", false, true},
        Row{"a query of two marks",
            "GET /?a?b HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET",
            "/",
            "a?b",
            "",
            false,
            true},
        Row{"an unencoded base64 message",
            "GET /?message=a+b/c= HTTP/1.0\r\n\r\n",
            "GET",
            "/",
            "message=a+b/c=",
            "",
            true,
            false},
        Row{"HTTP/1.0 that keeps",
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            "GET",
            "/",
            "",
            "",
            true,
            true},
        Row{"HTTP/1.1 that closes",
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: x, Close\r\n\r\n",
            "GET",
            "/",
            "",
            "",
            false,
            false},
        Row{"an empty line before",
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET",
            "/",
            "",
            "",
            false,
            true},
        Row{"an absolute URL",
            "GET HTTPS://a:8443/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET",
            "/x",
            "y",
            "",
            false,
            true},
        Row{"an absolute URL without path",
            "GET http://a?y HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET",
            "/",
            "y",
            "",
            false,
            true},
        Row{"OPTIONS *",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "OPTIONS",
            "*",
            "",
            "",
            false,
            true},
        Row{"a method of its own",
            "brew / HTTP/1.1\r\nHost: a\r\n\r\n",
            "brew",
            "/",
            "",
            "",
            false,
            true},
        Row{"a body by length",
            with_length,
            "POST",
            "/scep",
            "operation=PKIOperation",
            "hello",
            false,
            true},
        Row{"a body in chunks",
            chunked,
            "POST",
            "/scep",
            "operation=PKIOperation",
            "hello",
            false,
            true},
        Row{"a body of no chunk",
            no_chunk,
            "POST",
            "/scep",
            "operation=PKIOperation",
            "",
            false,
            true},
        Row{"a trailer and no chunk",
            only_trailer,
            "POST",
            "/scep",
            "operation=PKIOperation",
            "",
            false,
            true},
        Row{"a trailer", trailer, "POST", "/scep", "operation=PKIOperation", "hello", false, true},
        Row{"an empty body",
            empty_body,
            "POST",
            "/scep",
            "operation=PKIOperation",
            "",
            false,
            true}};
    for (const Row& row : rows)
        for (const std::size_t step : kSteps) {
            CAPTURE(row.name);
            CAPTURE(step);
            const Outcome out = parse(row.text, step);
            CAPTURE(out.reason);
            REQUIRE(out.progress == Progress::Complete);
            CHECK(out.request.method == row.method);
            CHECK(out.request.path == row.path);
            CHECK(out.request.query == row.query);
            CHECK(to_string(out.request.body) == row.body);
            CHECK(out.request.http_1_0 == row.http_1_0);
            CHECK(out.request.keep_alive == row.keep_alive);
            CHECK(out.request.header("x-client-cert").empty());
            CHECK(out.rest.empty());
        }
}

TEST_CASE("S22 what two parsers could read in two ways is 400") {
    struct Row {
        std::string_view name;
        std::string text;
    };

    const auto get = [](std::string_view headers) {
        return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
    };
    const std::array rows{
        Row{"xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        Row{"chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
        Row{"chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")},
        Row{"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        Row{"identity", post("Transfer-Encoding: identity\r\n", "")},
        Row{"an empty transfer coding", post("Transfer-Encoding:\r\n", "")},
        Row{"chunked;q=1", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
        Row{"two transfer codings",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Row{"two, the second unknown",
            post("Transfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n", "0\r\n\r\n")},
        Row{"two, the first unknown",
            post("Transfer-Encoding: cow\r\nTransfer-encoding: chunked\r\n", "0\r\n\r\n")},
        Row{"length and coding",
            post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Row{"coding and length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")},
        Row{"unknown coding and length",
            post("Transfer-Encoding: cow\r\nContent-Length: 3\r\n", "abc")},
        Row{"two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "xy")},
        Row{"the same length twice", post("Content-Length: 1\r\nContent-Length: 1\r\n", "x")},
        Row{"a list of lengths", post("Content-Length: 1, 1\r\n", "x")},
        Row{"a length with plus", post("Content-Length: +1\r\n", "x")},
        Row{"a negative length", post("Content-Length: -1\r\n", "x")},
        Row{"a hexadecimal length", post("Content-Length: 0x1\r\n", "x")},
        Row{"a length with a blank", post("Content-Length: 1 1\r\n", "x")},
        Row{"an empty length", post("Content-Length:\r\n", "x")},
        Row{"a length beyond 64 bits", post("Content-Length: 18446744073709551617\r\n", "x")},
        Row{"two hosts", get("Host: b\r\n")},
        Row{"the same host twice", get("Host: a\r\n")},
        Row{"no host", "GET / HTTP/1.1\r\n\r\n"},
        Row{"a folded header", get("X-A: b\r\n c\r\n")},
        Row{"a header folded with a tab", get("X-A: b\r\n\tc\r\n")},
        Row{"a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
        Row{"white space before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
        Row{"a fold of white space only", get("X-A: b\r\n \r\n")},
        Row{"white space before the request line", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
        Row{"a header without colon", get("X-A\r\n")},
        Row{"a header without name", get(": b\r\n")},
        Row{"a line feed alone", "GET / HTTP/1.1\nHost: a\n\n"},
        Row{"a line feed within", get("X-A: b\nX-B: c\r\n")},
        Row{"a carriage return within", get("X-A: b\rX-B: c\r\n")},
        Row{"two carriage returns", get("X-A: b\r\r\n")},
        Row{"a NUL in a value", get(std::string_view("X-A: b\0c\r\n", 10))},
        Row{"a control character in a value", get("X-A: b\x01\r\n")},
        Row{"a coding in HTTP/1.0",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Row{"an unknown coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: cow\r\n\r\n"},
        Row{"HTTP/0.9", "GET /\r\n\r\n"},
        Row{"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
        Row{"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
        Row{"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        Row{"another protocol", "hello\r\n\r\n"},
        Row{"two spaces in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"something behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
        Row{"no path and no URL", "GET scep HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Row{"a chunk size of no digits",
            post("Transfer-Encoding: chunked\r\n", "\r\nhello\r\n0\r\n\r\n")},
        Row{"a signed chunk size",
            post("Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n0\r\n\r\n")},
        Row{"a chunk size with 0x",
            post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n")},
        Row{"a chunk longer than its size",
            post("Transfer-Encoding: chunked\r\n", "4\r\nhello\r\n0\r\n\r\n")},
        Row{"a line feed alone behind a chunk size",
            post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n")},
        Row{"a line feed alone within a chunk extension",
            post("Transfer-Encoding: chunked\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n")},
        Row{"a line feed alone within a quoted chunk extension",
            post("Transfer-Encoding: chunked\r\n", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n")},
        Row{"a line feed alone behind a chunk",
            post("Transfer-Encoding: chunked\r\n", "5\r\nhello\n0\r\n\r\n")}};
    for (const Row& row : rows)
        for (const std::size_t step : kSteps) {
            CAPTURE(row.name);
            CAPTURE(step);
            const Outcome out = parse(row.text, step);
            CHECK(out.progress == Progress::Refused);
            CHECK(out.status == 400);
            CHECK_FALSE(out.reason.empty());
        }
}

TEST_CASE("what is too large has its own status") {
    struct Row {
        std::string_view name;
        std::string text;
        int status;
    };

    const std::string much(limits::kMaxHttpHead, 'a');
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 0; i < limits::kMaxHttpHeaders; ++i)
        many += "X-A: b\r\n";
    const std::array rows{
        Row{"a target", "GET /" + much, 414},
        Row{"a header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + much, 431},
        Row{"a header that ends", "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + much + "\r\n\r\n", 431},
        Row{"the number of headers", many + "\r\n", 431},
        Row{"a POST without a length", post("", ""), 411},
        Row{"a POST of HTTP/1.0 without a length", "POST / HTTP/1.0\r\n\r\n", 411},
        Row{"a body by length", post("Content-Length: 101\r\n", ""), 413},
        Row{"a body of 2^64-1", post("Content-Length: 18446744073709551615\r\n", ""), 413},
        Row{"a chunk", post("Transfer-Encoding: chunked\r\n", "65\r\n"), 413},
        Row{"a chunk of 2^64-1",
            post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n"),
            413},
        Row{"the sum of chunks",
            post("Transfer-Encoding: chunked\r\n",
                 "40\r\n" + std::string(64, 'x') + "\r\n25\r\n" + std::string(37, 'x')),
            413},
        Row{"a chunk extension", post("Transfer-Encoding: chunked\r\n", "1;" + much), 400},
        Row{"a trailer",
            post("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\nX-A: " + much),
            400},
        Row{"an expectation", post("Expect: 200-ok\r\nContent-Length: 1\r\n", "x"), 417}};
    for (const Row& row : rows)
        for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, std::size_t{1U << 20U}}) {
            CAPTURE(row.name);
            CAPTURE(step);
            const Outcome out = parse(row.text, step);
            CHECK(out.progress == Progress::Refused);
            CHECK(out.status == row.status);
        }
}

TEST_CASE("a head and a body of exactly the limit are read") {
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX-A: ";
    head += std::string(limits::kMaxHttpHead - head.size() - 4, 'a') + "\r\n\r\n";
    REQUIRE(head.size() == limits::kMaxHttpHead);
    const std::string body = post("Content-Length: 100\r\n", std::string(kLimit, 'x'));
    const std::string chunks = post(
        "Transfer-Encoding: chunked\r\n",
        "32\r\n" + std::string(50, 'x') + "\r\n32\r\n" + std::string(50, 'x') + "\r\n0\r\n\r\n");
    for (const std::string& text : {head, body, chunks})
        for (const std::size_t step : kSteps)
            CHECK(parse(text, step).progress == Progress::Complete);
}

TEST_CASE("a request that is not whole waits for more") {
    for (const std::string& text :
         {std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
          post("Content-Length: 5\r\n", "hello"),
          post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")})
        for (std::size_t size = 0; size < text.size(); ++size) {
            CAPTURE(size);
            CHECK(parse(text.substr(0, size), 1U << 20U).progress == Progress::NeedMore);
        }
}

TEST_CASE("bytes behind a request are left for the next") {
    const std::string first = post("Content-Length: 3\r\n", "one");
    const std::string second = post("Transfer-Encoding: chunked\r\n", "3\r\ntwo\r\n0\r\n\r\n");
    const std::string third = "GET /three HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string all = first + second + third;
    http::RequestParser parser(kLimit);
    std::size_t at = parser.put(as_bytes(all));
    CHECK(at == first.size());
    REQUIRE(parser.progress() == Progress::Complete);
    CHECK(parser.put(as_bytes(all).subspan(at)) == 0);
    CHECK(to_string(parser.take().body) == "one");
    at += parser.put(as_bytes(all).subspan(at));
    CHECK(at == first.size() + second.size());
    REQUIRE(parser.progress() == Progress::Complete);
    CHECK(to_string(parser.take().body) == "two");
    at += parser.put(as_bytes(all).subspan(at));
    CHECK(at == all.size());
    REQUIRE(parser.progress() == Progress::Complete);
    CHECK(parser.take().path == "/three");
}

TEST_CASE("a chunked body that ends in the middle of a piece leaves the rest of it") {
    const std::string text =
        post("Transfer-Encoding: chunked\r\n", "3\r\ntwo\r\n0\r\n\r\n") + "GET /next";
    for (std::size_t cut = 1; cut < text.size() - 9; ++cut) {
        CAPTURE(cut);
        http::RequestParser parser(kLimit);
        REQUIRE(parser.put(as_bytes(text).first(cut)) == cut);
        const std::size_t used = parser.put(as_bytes(text).subspan(cut));
        CHECK(text.substr(cut + used) == "GET /next");
        CHECK(parser.progress() == Progress::Complete);
    }
}

TEST_CASE("100 Continue is asked for once, and only where it helps") {
    const std::string expects = post("Expect: 100-Continue\r\nContent-Length: 5\r\n", "hello");
    CHECK(parse(expects, 1).continues == 1);
    CHECK(parse(expects, expects.size() - 5).continues == 1);
    CHECK(parse(expects, expects.size() - 4).continues == 0);  // the body has begun
    CHECK(parse(expects, 1U << 20U).continues == 0);
    CHECK(parse(post("Expect: 100-continue\r\nContent-Length: 0\r\n", ""), 1).continues == 0);
    CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", 1).continues == 0);
    const Outcome old =
        parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", 1);
    CHECK(old.continues == 0);
    CHECK(old.progress == Progress::Complete);
}

TEST_CASE("the parser says how far it has come") {
    http::RequestParser parser(kLimit);
    CHECK(parser.idle());
    parser.put(as_bytes("P"));
    CHECK_FALSE(parser.idle());
    CHECK_FALSE(parser.has_head());
    parser.put(as_bytes("OST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"));
    CHECK(parser.has_head());
    CHECK(parser.head().path == "/x");
    CHECK(parser.head().header("content-length") == "1");
    parser.put(as_bytes("x"));
    CHECK(parser.progress() == Progress::Complete);
    parser.take();
    CHECK(parser.idle());
    CHECK_FALSE(parser.has_head());
}

TEST_CASE("headers are kept in order, as sent, and found in any case") {
    const Outcome out =
        parse("GET / HTTP/1.1\r\nHOST: a\r\nX-b:  one \r\nX-B: two\r\nUser-Agent:x\r\n\r\n", 1);
    REQUIRE(out.progress == Progress::Complete);
    REQUIRE(out.request.headers.size() == 4);
    CHECK(out.request.headers[0].first == "HOST");
    CHECK(out.request.headers[2].second == "two");
    CHECK(out.request.header("x-B") == "one");
    CHECK(out.request.header("user-agent") == "x");
    CHECK(out.request.header("absent").empty());
}

TEST_CASE("a refused parser takes everything and stays refused") {
    http::RequestParser parser(kLimit);
    const std::string_view bad = "hello\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    parser.put(as_bytes(bad));
    REQUIRE(parser.progress() == Progress::Refused);
    parser.put(as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(parser.progress() == Progress::Refused);
    CHECK(parser.refusal().status == 400);
}

TEST_CASE("every bit of a request may be wrong without harm") {
    const std::string good =
        post("Transfer-Encoding: chunked\r\n", "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n");
    for (std::size_t at = 0; at < good.size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string text = good;
            text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << bit));
            const Outcome whole = parse(text, text.size());
            const Outcome pieces = parse(text, 1);
            CAPTURE(at);
            CAPTURE(bit);
            CHECK(whole.progress == pieces.progress);
            CHECK(whole.status == pieces.status);
            CHECK(whole.request.body == pieces.request.body);
        }
}

TEST_CASE("a reply is written with its length and what becomes of the connection") {
    http::Reply reply{.status = 200, .content_type = "application/x-pki-message"};
    append(reply.body, as_bytes("body"));
    CHECK(to_string(http::serialize(reply, false, true)) ==
          "HTTP/1.1 200 OK\r\nContent-Type: application/x-pki-message\r\nContent-Length: 4\r\n"
          "Cache-Control: no-store\r\n\r\nbody");
    CHECK(to_string(http::serialize(reply, false, false)) ==
          "HTTP/1.1 200 OK\r\nContent-Type: application/x-pki-message\r\nContent-Length: 4\r\n"
          "Connection: close\r\nCache-Control: no-store\r\n\r\nbody");
    CHECK(to_string(http::serialize(reply, true, true)) ==
          "HTTP/1.1 200 OK\r\nContent-Type: application/x-pki-message\r\nContent-Length: 4\r\n"
          "Connection: keep-alive\r\nCache-Control: no-store\r\n\r\nbody");
    CHECK(to_string(http::serialize_head(reply, false, true)) ==
          "HTTP/1.1 200 OK\r\nContent-Type: application/x-pki-message\r\nContent-Length: 4\r\n"
          "Cache-Control: no-store\r\n\r\n");
}

TEST_CASE("further headers are written, but never one that could end the head") {
    http::Reply reply{.status = 503};
    reply.headers = {
        {"Retry-After", "5"}, {"X-A", "b\r\nX-Forged: c"}, {"cache-control", "max-age=1"}};
    CHECK(to_string(http::serialize(reply, false, true)) ==
          "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\n"
          "cache-control: max-age=1\r\n\r\n");
}

TEST_CASE("a text reply is plain text without charset") {
    const http::Reply reply = http::text_reply(404, "no such path");
    CHECK(reply.status == 404);
    CHECK(reply.content_type == "text/plain");
    CHECK(to_string(reply.body) == "no such path\n");
    CHECK(http::reason_phrase(431) == "Request Header Fields Too Large");
    CHECK_FALSE(http::reason_phrase(599).empty());
}

}  // namespace
