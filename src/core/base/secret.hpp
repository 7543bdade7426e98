// Bytes that are wiped when they are let go, and compared without a timing trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"

namespace scep {

// Overwrites memory in a way that the optimiser keeps.
void wipe(void* data, std::size_t size) noexcept;

template <class T>
struct WipingAllocator {
    using value_type = T;

    WipingAllocator() = default;

    template <class U>
    WipingAllocator(const WipingAllocator<U>& /*other*/) noexcept {
    }  // NOLINT(google-explicit-constructor)

    T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }

    void deallocate(T* data, std::size_t count) noexcept {
        wipe(data, count * sizeof(T));
        std::allocator<T>{}.deallocate(data, count);
    }

    friend bool operator==(const WipingAllocator& /*a*/, const WipingAllocator& /*b*/) noexcept {
        return true;
    }
};

using SecretBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

inline SecretBytes to_secret(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

inline SecretBytes to_secret(std::string_view text) {
    return to_secret(as_bytes(text));
}

inline std::string_view as_text(const SecretBytes& bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// True when both are the same. The time depends on the lengths alone, so compare digests of fixed
// length where the length is secret as well (SECURITY rule S14).
bool equal_constant_time(Bytes a, Bytes b) noexcept;

}  // namespace scep
