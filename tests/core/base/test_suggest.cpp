#include <array>
#include <string>

#include <doctest/doctest.h>

#include "core/base/suggest.hpp"

using scep::nearest;

namespace {

constexpr std::array<std::string_view, 6> kWords{
    "admin", "decode-pkimessage", "enroll", "preflight", "ra-gen", "serve"};

}  // namespace

TEST_SUITE("core/base suggest") {
    TEST_CASE("a misspelt word finds its own") {
        CHECK(nearest("enrol", kWords) == "enroll");
        CHECK(nearest("serv", kWords) == "serve");
        CHECK(nearest("sevre", kWords) == "serve");
        CHECK(nearest("ra_gen", kWords) == "ra-gen");
        CHECK(nearest("ragen", kWords) == "ra-gen");
        CHECK(nearest("decode-pkmesage", kWords) == "decode-pkimessage");
        CHECK(nearest("serve", kWords) == "serve");
    }

    TEST_CASE("a word that is near to none finds none") {
        CHECK(nearest("certificate", kWords).empty());
        CHECK(nearest("", kWords).empty());
        CHECK(nearest("x", kWords).empty());
        CHECK(nearest("zz", std::array<std::string_view, 1>{"ca"}).empty());
        CHECK(nearest("serve", {}).empty());
    }

    TEST_CASE("very long words are not compared at all") {
        CHECK(nearest(std::string(1U << 20U, 'a'), kWords).empty());
    }
}
