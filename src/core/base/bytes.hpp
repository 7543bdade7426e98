// Bytes: borrowed as Bytes, owned as Buffer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scep {

using Bytes = std::span<const std::uint8_t>;  // borrowed; the owner must outlive it
using Buffer = std::vector<std::uint8_t>;     // owned

inline Bytes as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Bytes bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Buffer to_buffer(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

inline std::string to_string(Bytes bytes) {
    return std::string(as_text(bytes));
}

inline bool equal(Bytes a, Bytes b) noexcept {
    return std::ranges::equal(a, b);
}

inline void append(Buffer& out, Bytes bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace scep
