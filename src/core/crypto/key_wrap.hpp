// AES key wrap (RFC 3394). Used inside this room only.
#pragma once

#include "core/base/secret.hpp"
#include "core/crypto/algorithms.hpp"
#include "core/crypto/constant_time.hpp"

namespace scep::crypto {

// What a wrapped key holds, and whether its check value is right: told by a mask alone.
struct Unwrapped {
    SecretBytes key{};
    Mask good = 0;
};

// True for sizes that can be wrapped: two or more blocks of 8 octets.
bool can_wrap(std::size_t key_size) noexcept;
// The octets of a wrapped key.
std::size_t wrapped_size(std::size_t key_size) noexcept;

// `kek` is as long as info(wrap) says, `key` can be wrapped (assert).
Buffer wrap_aes(KeyWrap wrap, Bytes kek, Bytes key);

// `wrapped` is as long as a wrapped key of a size that can be (assert).
Unwrapped unwrap_aes(KeyWrap wrap, Bytes kek, Bytes wrapped);

}  // namespace scep::crypto
