#include <doctest/doctest.h>

#include "core/base/strength.hpp"

namespace scep {

TEST_SUITE("core/base strength") {
    TEST_CASE("what is drawn evenly counts by its alphabet") {
        CHECK(estimated_bits("") == 0);
        CHECK(estimated_bits("0123456789abcdef0123456789abcdef") == 128);
        CHECK(estimated_bits("0123456789abcdef0123456789abcde") < kStrongBits);
        CHECK(estimated_bits("Tq7wZc0LmX3sVb8NkR5yHd") > kStrongBits);  // 22 letters and digits
        CHECK(estimated_bits("Tq7wZc0LmX3sVb8NkR5yH") < kStrongBits);
        CHECK(estimated_bits("secret") < 30);
    }

    TEST_CASE("a letter that comes again and again makes nothing strong") {
        CHECK(estimated_bits("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") == 16);
        CHECK(estimated_bits("0000000000000000000000000000000000000000000000000000") < 14);
    }
}

}  // namespace scep
