#include <doctest/doctest.h>

#include "core/scep/http_answer.hpp"

namespace scep {

TEST_SUITE("core/scep/http_answer") {
    TEST_CASE("Retry-After is seconds or a date, and nothing else counts") {
        const TimePoint now = *parse_rfc3339("1994-11-06T08:49:30Z");
        CHECK(parse_retry_after("120", now) == Seconds(120));
        CHECK(parse_retry_after("0", now) == Seconds(0));
        CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == Seconds(7));
        CHECK(parse_retry_after("99999999999999999999", now) == Seconds(999999999));
        for (const char* text : {"",
                                 "-1",
                                 "1.5",
                                 "soon",
                                 "Sun, 06 Nov 1993 08:49:37 GMT",
                                 "Sun, 06 ovD 1994 08:49:37 GMT",
                                 "Sun, 06 Xyz 1994 08:49:37 GMT",
                                 "Sun, 66 Nov 1994 08:49:37 GMT",
                                 "Sunday, 06-Nov-94 08:49:37 GMT"}) {
            CAPTURE(text);
            CHECK(parse_retry_after(text, now) == Seconds(0));
        }
    }

    TEST_CASE("a reply that was packed says so, and is not shown") {
        const Buffer gzip{0x1f, 0x8b, 0x08};
        const Error error = with_body({.code = Errc::Der, .what = "no SEQUENCE"},
                                      {.status = 200, .content_encoding = "gzip", .body = gzip});
        CHECK(error.what ==
              "no SEQUENCE; the server sends it with Content-Encoding gzip, which was not asked "
              "for");
    }
}

}  // namespace scep
