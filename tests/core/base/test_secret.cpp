#include <algorithm>
#include <cstdlib>
#include <new>

#include <doctest/doctest.h>

#include "core/base/secret.hpp"

using namespace scep;

namespace {

constexpr std::size_t kWatchedSize = 64;
const void* watched = nullptr;  // memory to look at when it is given back
bool watched_was_wiped = false;

void give_back(void* memory) noexcept {
    if (memory != nullptr && memory == watched) {
        const Bytes octets(static_cast<const std::uint8_t*>(memory), kWatchedSize);
        watched_was_wiped = std::ranges::all_of(octets, [](auto octet) { return octet == 0; });
    }
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
    if (void* memory = std::malloc(size))
        return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    give_back(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    give_back(memory);
}

TEST_SUITE("core/base secret") {
    TEST_CASE("wiping overwrites every octet") {
        Buffer bytes(100, 0xa5);
        wipe(bytes.data(), bytes.size());
        CHECK(bytes == Buffer(100, 0));
        wipe(nullptr, 0);
    }

    TEST_CASE("secrets convert, copy and grow without losing octets") {
        SecretBytes secret = to_secret("correct horse");
        for (int i = 0; i < 1000; ++i)
            secret.push_back(static_cast<std::uint8_t>(i));
        const SecretBytes copy = secret;
        CHECK(copy == secret);
        CHECK(as_text(copy).starts_with("correct horse"));
        CHECK(to_secret(Bytes(copy)) == copy);
    }

    TEST_CASE("memory is wiped before it goes back to the heap") {
        {
            const SecretBytes secret(kWatchedSize, 0x5a);
            watched = secret.data();
        }
        CHECK(watched_was_wiped);
        watched = nullptr;
    }

    TEST_CASE("S14 comparison is of every octet, and of the length") {
        const Buffer a(32, 0x11);
        CHECK(equal_constant_time(a, Buffer(a)));
        CHECK(equal_constant_time({}, {}));
        CHECK_FALSE(equal_constant_time(a, Bytes(a).first(31)));
        CHECK_FALSE(equal_constant_time(a, {}));
        for (std::size_t i = 0; i < a.size(); ++i)
            for (unsigned bit = 0; bit < 8; ++bit) {
                Buffer b = a;
                b[i] = static_cast<std::uint8_t>(b[i] ^ (1U << bit));
                CHECK_FALSE(equal_constant_time(a, b));
            }
    }
}
