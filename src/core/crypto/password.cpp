// The key is put behind its length and three check octets, filled up with noise to two blocks or
// more, and encrypted twice in one chain: every octet then depends on every other. Whether length
// and check octets come out right is told to nobody, as in key_transport.cpp: a password that is
// wrong gives a key like any other.
#include "core/crypto/password.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <new>

#include <openssl/err.h>

#include "core/base/limits.hpp"
#include "core/crypto/constant_time.hpp"

namespace scep::crypto {

namespace {

constexpr std::size_t kBlock = 16;         // octets
constexpr std::size_t kCheck = 3;          // octets
constexpr std::size_t kHead = 1 + kCheck;  // octets before the key
constexpr std::size_t kMaxKey = 255;       // octets; the length is one octet
constexpr std::size_t kMaxWrapped = (kHead + kMaxKey + kBlock - 1) / kBlock * kBlock;

enum class Direction : std::uint8_t { Decrypt = 0, Encrypt = 1 };

// One CBC chain without padding, with `iv` before it. Whole blocks only.
SecretBytes chain(Cipher cipher, Direction direction, Bytes key, Bytes iv, Bytes in) {
    const CipherCtxPtr context(EVP_CIPHER_CTX_new());
    SecretBytes out(in.size());
    int size = 0;
    const bool done =
        context &&
        EVP_CipherInit_ex2(context.get(),
                           Library::standard().evp(cipher),
                           key.data(),
                           iv.data(),
                           static_cast<int>(direction),
                           nullptr) == 1 &&
        EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
        EVP_CipherUpdate(
            context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) == 1;
    if (!done)
        throw std::bad_alloc();
    return out;
}

SecretBytes derive(Bytes password, const PasswordEncryption& encryption) {
    assert(encryption.iterations <= limits::kMaxPbkdf2Iterations &&
           encryption.salt.size() <= limits::kMaxPbkdf2Salt);
    SecretBytes out(info(encryption.cipher).key_size);
    if (PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()),
                          static_cast<int>(password.size()),
                          encryption.salt.data(),
                          static_cast<int>(encryption.salt.size()),
                          static_cast<int>(encryption.iterations),
                          Library::standard().md(encryption.prf),
                          static_cast<int>(out.size()),
                          out.data()) != 1)
        throw std::bad_alloc();
    return out;
}

// RFC 3211 section 2.3.2: the last block tells what stood before the second pass's first.
SecretBytes unchain(const PasswordEncryption& encryption, Bytes kek, Bytes wrapped) {
    const auto decrypt = [&](Bytes iv, Bytes in) {
        return chain(encryption.cipher, Direction::Decrypt, kek, iv, in);
    };
    const Bytes head = wrapped.first(wrapped.size() - kBlock);
    const SecretBytes last = decrypt(head.last(kBlock), wrapped.last(kBlock));
    SecretBytes once = decrypt(last, head);
    once.insert(once.end(), last.begin(), last.end());
    return decrypt(encryption.iv, once);
}

// How many octets a key of that size takes, the least noise included.
std::size_t padded_size(std::size_t key_size) noexcept {
    return std::max((kHead + key_size + kBlock - 1) / kBlock * kBlock, 2 * kBlock);
}

// The length is the wanted one and the check octets are the key's first ones, turned round.
Mask is_block(Bytes block, std::size_t key_size) noexcept {
    Mask good = is_equal(block[0], static_cast<std::uint32_t>(key_size));
    for (std::size_t i = 0; i < kCheck; ++i)
        good &= is_equal(block[1 + i] ^ block[kHead + i], 0xff);
    return good;
}

}  // namespace

PasswordEncryption default_password_encryption(Cipher content, Random& random) {
    PasswordEncryption out{.iterations = limits::kPbkdf2Iterations,
                           .salt = random.bytes(limits::kPbkdf2Salt),
                           .iv = random.bytes(kBlock)};
    if (content == Cipher::Aes192Cbc || content == Cipher::Aes256Cbc)
        out.cipher = content;
    return out;
}

Buffer wrap_key(Bytes password,
                const PasswordEncryption& encryption,
                Bytes content_key,
                Random& random) {
    assert(content_key.size() >= kCheck && content_key.size() <= kMaxKey);
    SecretBytes block(padded_size(content_key.size()));
    random.fill(block);
    block[0] = static_cast<std::uint8_t>(content_key.size());
    for (std::size_t i = 0; i < kCheck; ++i)
        block[1 + i] = static_cast<std::uint8_t>(~content_key[i]);
    std::ranges::copy(content_key, block.begin() + kHead);
    const SecretBytes kek = derive(password, encryption);
    const SecretBytes once =
        chain(encryption.cipher, Direction::Encrypt, kek, encryption.iv, block);
    const SecretBytes twice =
        chain(encryption.cipher, Direction::Encrypt, kek, Bytes(once).last(kBlock), once);
    return to_buffer(twice);
}

SecretBytes PasswordDecrypter::unwrap_key(const PasswordEncryption& encryption,
                                          Bytes encrypted_key,
                                          std::size_t key_size) {
    assert(key_size >= kCheck && key_size <= kMaxKey);
    SecretBytes out = rejection_.key({encrypted_key}, key_size);
    const SecretBytes kek = derive(password_, encryption);
    // How many octets there are, everybody sees. A number that cannot be has zeros put in its
    // place, for the sake of equal work.
    const bool can_be = encrypted_key.size() >= padded_size(key_size) &&
                        encrypted_key.size() <= kMaxWrapped && encrypted_key.size() % kBlock == 0;
    const Buffer zeros(padded_size(key_size));
    const SecretBytes block = unchain(encryption, kek, can_be ? encrypted_key : Bytes(zeros));
    const Mask good = can_be ? is_block(block, key_size) : 0;
    for (std::size_t i = 0; i < key_size; ++i)
        out[i] = select(good, block[kHead + i], out[i]);
    return out;
}

}  // namespace scep::crypto
