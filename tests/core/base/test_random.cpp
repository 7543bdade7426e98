#include <doctest/doctest.h>

#include "core/base/random.hpp"

using namespace scep;

TEST_SUITE("core/base random") {
    TEST_CASE("a seeded source repeats itself, and differs from another seed") {
        SeededRandom a(1);
        SeededRandom b(1);
        SeededRandom c(2);
        const Buffer first = a.bytes(64);
        CHECK(first == b.bytes(64));
        CHECK(first != a.bytes(64));
        CHECK(first != c.bytes(64));
        CHECK(a.bytes(0).empty());
    }
}
