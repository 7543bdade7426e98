#include "core/crypto/content_cipher.hpp"

#include <cassert>
#include <climits>

#include <fmt/format.h>
#include <openssl/err.h>

#include "core/crypto/constant_time.hpp"

namespace scep::crypto {

namespace {

enum class Direction : std::uint8_t { Decrypt = 0, Encrypt = 1 };

// Runs one CBC message through OpenSSL. `out` has room for `in` and one block more; returns how
// much of it was used.
Result<std::size_t> run(const EVP_CIPHER& cipher,
                        Direction direction,
                        Bytes key,
                        Bytes iv,
                        Bytes in,
                        std::uint8_t* out) {
    ERR_clear_error();
    const int encrypt = direction == Direction::Encrypt ? 1 : 0;
    const CipherCtxPtr context(EVP_CIPHER_CTX_new());
    int head = 0;
    int tail = 0;
    const bool done =
        context && in.size() < INT_MAX - EVP_MAX_BLOCK_LENGTH &&
        EVP_CipherInit_ex2(context.get(), &cipher, key.data(), iv.data(), encrypt, nullptr) == 1 &&
        EVP_CIPHER_CTX_set_padding(context.get(), encrypt) == 1 &&
        EVP_CipherUpdate(context.get(), out, &head, in.data(), static_cast<int>(in.size())) == 1 &&
        EVP_CipherFinal_ex(context.get(), out + head, &tail) == 1;
    if (!done)
        return fail(openssl_error("the content cipher failed"));
    return static_cast<std::size_t>(head) + static_cast<std::size_t>(tail);
}

Status want_admitted(const Library& library, Cipher cipher) {
    if (library.admits(cipher))
        return {};
    return fail(Errc::Policy, fmt::format("content cipher {} is refused", info(cipher).name));
}

Status check_lengths(std::string_view name, std::size_t block, Bytes iv, Bytes ciphertext) {
    if (iv.size() != block)
        return fail(Errc::Protocol,
                    fmt::format("IV of {} octets, {} wants {}", iv.size(), name, block));
    if (ciphertext.empty() || ciphertext.size() % block != 0)
        return fail(Errc::Protocol,
                    fmt::format("encrypted content of {} octets, {} wants a multiple of {}",
                                ciphertext.size(),
                                name,
                                block));
    return {};
}

Result<SecretBytes> decrypt(
    const EVP_CIPHER& cipher, std::size_t block, Bytes key, Bytes iv, Bytes ciphertext) {
    SecretBytes out(ciphertext.size() + block);
    SCEP_TRY(used, run(cipher, Direction::Decrypt, key, iv, ciphertext, out.data()));
    out.resize(used);
    return out;
}

}  // namespace

Result<Buffer> encrypt_content(
    const Library& library, Cipher cipher, Bytes key, Bytes iv, Bytes plaintext) {
    SCEP_CHECK(want_admitted(library, cipher));
    assert(key.size() == info(cipher).key_size && iv.size() == info(cipher).block_size);
    Buffer out(plaintext.size() + info(cipher).block_size);
    SCEP_TRY(used, run(*library.evp(cipher), Direction::Encrypt, key, iv, plaintext, out.data()));
    out.resize(used);
    return out;
}

Result<SecretBytes> decrypt_content_padded(
    const Library& library, Cipher cipher, Bytes key, Bytes iv, Bytes ciphertext) {
    SCEP_CHECK(want_admitted(library, cipher));
    const CipherInfo& about = info(cipher);
    assert(key.size() == about.key_size);
    SCEP_CHECK(check_lengths(about.name, about.block_size, iv, ciphertext));
    return decrypt(*library.evp(cipher), about.block_size, key, iv, ciphertext);
}

Result<SecretBytes> decrypt_rc2_padded(
    const Library& library, unsigned bits, Bytes key, Bytes iv, Bytes ciphertext) {
    constexpr std::size_t kBlock = 8;
    const EVP_CIPHER* cipher = library.rc2(bits);
    if (cipher == nullptr)
        return fail(Errc::Policy,
                    fmt::format("content cipher RC2-CBC of {} bits is refused", bits));
    assert(key.size() * CHAR_BIT == bits);
    SCEP_CHECK(check_lengths("RC2-CBC", kBlock, iv, ciphertext));
    return decrypt(*cipher, kBlock, key, iv, ciphertext);
}

// The last octet says how many octets of padding there are, 1 to block_size, each of that value
// (RFC 5652 section 6.3). Every octet of the last block is looked at, whatever the last one says.
std::optional<std::size_t> unpadded_size(Bytes padded, std::size_t block_size) noexcept {
    if (padded.empty() || padded.size() % block_size != 0)
        return std::nullopt;
    const std::uint32_t count = padded.back();
    Mask good = ~is_zero(count) & ~is_less(static_cast<std::uint32_t>(block_size), count);
    for (std::size_t i = 0; i < block_size; ++i) {
        const Mask is_padding = is_less(static_cast<std::uint32_t>(i), count);
        good &= ~is_padding | is_equal(padded[padded.size() - 1 - i], count);
    }
    if (hidden(good) == 0)
        return std::nullopt;
    return padded.size() - count;
}

}  // namespace scep::crypto
