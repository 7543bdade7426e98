// OpenSSL's own unwrapping says with a branch and an error whether the check value was right, so
// only its block cipher is used (SECURITY rule S02).
#include "core/crypto/key_wrap.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <new>

namespace scep::crypto {

namespace {

constexpr std::size_t kHalf = 8;    // octets; a block of AES is a check value and a piece of key
constexpr std::size_t kBlock = 16;  // octets
constexpr std::uint64_t kRounds = 6;
constexpr std::uint8_t kCheckOctet = 0xa6;  // RFC 3394 section 2.2.3.1

enum class Direction : std::uint8_t { Unwrap = 0, Wrap = 1 };

const EVP_CIPHER& block_cipher(KeyWrap wrap) {
    static const std::array ciphers = [] {
        std::array<CipherPtr, 3> out{};
        for (const KeyWrap each : {KeyWrap::Aes128, KeyWrap::Aes192, KeyWrap::Aes256})
            out[static_cast<std::size_t>(each)].reset(
                EVP_CIPHER_fetch(nullptr, info(each).openssl.data(), nullptr));
        return out;
    }();
    const EVP_CIPHER* cipher = ciphers[static_cast<std::size_t>(wrap)].get();
    if (cipher == nullptr)
        throw std::bad_alloc();
    return *cipher;
}

// The check value, then the key, and one block of the cipher at work on both.
class Register {
  public:
    Register(KeyWrap wrap, Bytes kek, Direction direction)
        : context_(EVP_CIPHER_CTX_new()), block_(kBlock) {
        assert(kek.size() == info(wrap).key_size);
        if (!context_ ||
            EVP_CipherInit_ex2(context_.get(),
                               &block_cipher(wrap),
                               kek.data(),
                               nullptr,
                               static_cast<int>(direction),
                               nullptr) != 1 ||
            EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1)
            throw std::bad_alloc();
    }

    // Puts check value and `piece` through the cipher, with the step counter before or behind it.
    void step(std::uint8_t* check, std::uint8_t* piece, std::uint64_t before, std::uint64_t after) {
        std::copy_n(check, kHalf, block_.begin());
        std::copy_n(piece, kHalf, block_.begin() + kHalf);
        count(before);
        int size = 0;
        if (EVP_CipherUpdate(
                context_.get(), block_.data(), &size, block_.data(), static_cast<int>(kBlock)) != 1)
            throw std::bad_alloc();
        count(after);
        std::copy_n(block_.begin(), kHalf, check);
        std::copy_n(block_.begin() + kHalf, kHalf, piece);
    }

  private:
    void count(std::uint64_t step) noexcept {
        for (std::size_t i = 0; i < kHalf; ++i)
            block_[kHalf - 1 - i] ^= static_cast<std::uint8_t>(step >> (8 * i));
    }

    CipherCtxPtr context_;
    SecretBytes block_;
};

}  // namespace

bool can_wrap(std::size_t key_size) noexcept {
    return key_size >= 2 * kHalf && key_size % kHalf == 0;
}

std::size_t wrapped_size(std::size_t key_size) noexcept {
    return key_size + kHalf;
}

// RFC 3394 section 2.2.1, by index
Buffer wrap_aes(KeyWrap wrap, Bytes kek, Bytes key) {
    assert(can_wrap(key.size()));
    Buffer out(wrapped_size(key.size()), kCheckOctet);
    std::ranges::copy(key, out.begin() + kHalf);
    Register cipher(wrap, kek, Direction::Wrap);
    const std::uint64_t pieces = key.size() / kHalf;
    for (std::uint64_t step = 1; step <= kRounds * pieces; ++step) {
        const std::size_t piece = 1 + (step - 1) % pieces;
        cipher.step(out.data(), out.data() + piece * kHalf, 0, step);
    }
    return out;
}

// RFC 3394 section 2.2.2
Unwrapped unwrap_aes(KeyWrap wrap, Bytes kek, Bytes wrapped) {
    assert(wrapped.size() > kHalf && can_wrap(wrapped.size() - kHalf));
    SecretBytes all = to_secret(wrapped);
    Register cipher(wrap, kek, Direction::Unwrap);
    const std::uint64_t pieces = wrapped.size() / kHalf - 1;
    for (std::uint64_t step = kRounds * pieces; step > 0; --step) {
        const std::size_t piece = 1 + (step - 1) % pieces;
        cipher.step(all.data(), all.data() + piece * kHalf, step, 0);
    }
    Unwrapped out{.key = SecretBytes(all.begin() + kHalf, all.end()), .good = is_zero(0)};
    for (std::size_t i = 0; i < kHalf; ++i)
        out.good &= is_equal(all[i], kCheckOctet);
    return out;
}

}  // namespace scep::crypto
