// What a request costs before it is complete: what has arrived of it, not what its head announces.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <new>

#include <doctest/doctest.h>

#include "core/http/message.hpp"

namespace {

std::atomic<std::size_t> largest_allocation = 0;  // octets, since it was last set to 0

}  // namespace

void* operator new(std::size_t size) {
    if (size > largest_allocation)
        largest_allocation = size;
    if (void* memory = std::malloc(size))
        return memory;
    throw std::bad_alloc();
}

void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    return std::malloc(size);
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}

namespace {

using namespace scep;
using http::Progress;

constexpr std::size_t kMaxBody = 1U << 30U;

std::string head(std::string_view framing) {
    return "POST /scep HTTP/1.1\r\nHost: a\r\n" + std::string(framing) + "\r\n\r\n";
}

TEST_CASE("S07 a length that is only announced takes no room") {
    for (const std::string& announced : {head("Content-Length: 1073741824"),
                                         head("Transfer-Encoding: chunked") + "40000000\r\n"}) {
        CAPTURE(announced);
        http::RequestParser parser(kMaxBody);
        largest_allocation = 0;
        parser.put(as_bytes(announced));
        CHECK(parser.progress() == Progress::NeedMore);
        CHECK(parser.held() == 0);
        parser.put(as_bytes("hello"));
        CHECK(parser.held() == 5);
        CHECK(largest_allocation < 16384);
    }
}

TEST_CASE("what is held grows with the octets of head and body, and ends with the request") {
    http::RequestParser parser(kMaxBody);
    const std::string first = head("Content-Length: 100");
    for (std::size_t i = 0; i + 1 < first.size(); ++i) {
        CHECK(parser.held() == i);
        parser.put(as_bytes(first.substr(i, 1)));
    }
    parser.put(as_bytes("\n"));
    for (std::size_t i = 0; i < 100; ++i) {
        CHECK(parser.held() == i);
        parser.put(as_bytes("a"));
    }
    REQUIRE(parser.progress() == Progress::Complete);
    parser.take();
    CHECK(parser.held() == 0);
}

TEST_CASE("a piece of chunk framing that is not complete is held, one that is complete is not") {
    http::RequestParser parser(kMaxBody);
    parser.put(as_bytes(head("Transfer-Encoding: chunked")));
    const std::string line = "3;" + std::string(1000, 'x');
    parser.put(as_bytes(line));
    CHECK(parser.held() == line.size());
    parser.put(as_bytes("\r\nhel"));
    CHECK(parser.held() == 3);
}

TEST_CASE("a refused request holds nothing") {
    for (const std::string_view body : {"zz\r\n", "4\r\nhello\r\n0\r\n\r\n"}) {
        http::RequestParser parser(kMaxBody);
        parser.put(as_bytes(head("Transfer-Encoding: chunked")));
        parser.put(as_bytes(body));
        REQUIRE(parser.progress() == Progress::Refused);
        CHECK(parser.held() == 0);
    }
}

}  // namespace
