// Chunk framing, of which a peer may send more than of the body.
#include <array>

#include <doctest/doctest.h>

#include "core/base/limits.hpp"
#include "core/http/message.hpp"

namespace {

using namespace scep;
using http::Progress;

constexpr std::size_t kMaxBody = 100;
constexpr std::array<std::size_t, 4> kSteps{1, 7, 4096, 16384};

const std::string kHead = "POST /scep HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

// One octet of body in 4 KiB.
std::string chunk() {
    return "1;" + std::string(limits::kMaxChunkLine - 7, 'x') + "\r\na\r\n";
}

// In pieces of `step` octets, until there is an outcome.
void feed(http::RequestParser& parser, std::string_view text, std::size_t step) {
    while (!text.empty() && parser.progress() == Progress::NeedMore)
        text.remove_prefix(parser.put(as_bytes(text.substr(0, step))));
}

TEST_CASE("S07 chunk framing is read up to its limit, and no octet beyond it") {
    constexpr std::size_t kLimit = 2 * kMaxBody + limits::kFreeFraming;
    std::string framing;
    while (framing.size() < kLimit)
        framing += chunk();
    framing.resize(kLimit);
    for (const std::size_t step : kSteps) {
        CAPTURE(step);
        http::RequestParser parser(kMaxBody);
        feed(parser, kHead, step);
        feed(parser, framing, step);
        REQUIRE(parser.progress() == Progress::NeedMore);
        parser.put(as_bytes("x"));
        REQUIRE(parser.progress() == Progress::Refused);
        CHECK(parser.refusal().status == 413);
        CHECK(parser.refusal().reason == "more chunk framing than body");
    }
}

TEST_CASE("S07 framing without an end is refused, whatever it is made of") {
    struct Row {
        std::string_view name;
        std::string begin, more;
        int status;
        std::string_view reason;
    };

    constexpr std::string_view kLong = "a chunk header or trailer too long";
    const std::array rows{
        Row{"chunks with extensions", "", chunk(), 413, "more chunk framing than body"},
        Row{"one extension", "1;", "x", 400, kLong},
        Row{"one trailer", "0\r\nX-A: ", "x", 400, kLong},
        Row{"trailers", "0\r\n", "X-A: y\r\n", 400, kLong},
        Row{"a chunk size in zeros", "", "0", 400, kLong}};
    for (const Row& row : rows)
        for (const std::size_t step : kSteps) {
            CAPTURE(row.name);
            CAPTURE(step);
            std::string text = row.begin;
            while (text.size() < 2 * limits::kFreeFraming)
                text += row.more;
            http::RequestParser parser(kMaxBody);
            feed(parser, kHead, step);
            feed(parser, text, step);
            REQUIRE(parser.progress() == Progress::Refused);
            CHECK(parser.refusal().status == row.status);
            CHECK(parser.refusal().reason == row.reason);
        }
}

TEST_CASE("the framing of one request does not count against the next") {
    http::RequestParser parser(kMaxBody);
    for (int request = 0; request < 3; ++request) {
        feed(parser, kHead, 4096);
        for (std::size_t size = 0; size < limits::kFreeFraming; size += limits::kMaxChunkLine)
            feed(parser, chunk(), 4096);
        feed(parser, "0\r\n\r\n", 4096);
        REQUIRE(parser.progress() == Progress::Complete);
        CHECK(parser.take().body.size() == limits::kFreeFraming / limits::kMaxChunkLine);
    }
}

}  // namespace
