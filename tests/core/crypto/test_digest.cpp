#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "core/crypto/keys.hpp"
#include "core/crypto/system_random.hpp"

using namespace scep;
using namespace scep::crypto;

TEST_SUITE("core/crypto digest") {
    TEST_CASE("the digests of abc are those of FIPS 180") {
        const Library& library = Library::standard();
        const Bytes abc = as_bytes("abc");
        CHECK(to_hex(digest(library, Digest::Sha1, abc)) ==
              "a9993e364706816aba3e25717850c26c9cd0d89d");
        CHECK(to_hex(digest(library, Digest::Sha224, abc)) ==
              "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
        CHECK(to_hex(digest(library, Digest::Sha256, abc)) ==
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        CHECK(to_hex(digest(library, Digest::Sha384, abc)) ==
              "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358ba"
              "eca134c825a7");
        CHECK(to_hex(digest(library, Digest::Sha512, abc)) ==
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba"
              "3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
        CHECK(to_hex(sha256(abc)) == to_hex(digest(library, Digest::Sha256, abc)));
    }

    TEST_CASE("MD5 comes from the legacy library alone") {
        const auto legacy = Library::with_legacy().value();
        CHECK(to_hex(digest(*legacy, Digest::Md5, as_bytes("abc"))) ==
              "900150983cd24fb0d6963f7d28e17f72");
    }

    TEST_CASE("pieces make the digest of their sum") {
        const Library& library = Library::standard();
        CHECK(digest(library, Digest::Sha256, {as_bytes("a"), {}, as_bytes("bc")}) ==
              digest(library, Digest::Sha256, as_bytes("abc")));
        CHECK(digest(library, Digest::Sha1, {}) == digest(library, Digest::Sha1, Bytes{}));
    }

    TEST_CASE("the system's randomness fills all and differs") {
        SystemRandom random;
        CHECK(random.bytes(0).empty());
        CHECK(random.bytes(32) != random.bytes(32));
        CHECK(random.bytes(100000).size() == 100000);
    }
}
