#include "core/crypto/rejection.hpp"

#include <array>
#include <cstdlib>
#include <new>
#include <string>

#include <openssl/core_names.h>
#include <openssl/rand.h>

namespace scep::crypto {

namespace {

constexpr std::size_t kSecret = 32;  // octets

SecretBytes fresh_secret() {
    SecretBytes out(kSecret);
    if (RAND_priv_bytes(out.data(), static_cast<int>(out.size())) != 1)
        std::abort();
    return out;
}

MacCtxPtr hmac_sha256() {
    const MacPtr mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
    std::string digest(OSSL_DIGEST_NAME_SHA2_256);
    const std::array parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    MacCtxPtr context(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
    if (!context || EVP_MAC_CTX_set_params(context.get(), parameters.data()) != 1)
        throw std::bad_alloc();
    return context;
}

}  // namespace

Rejection::Rejection() : secret_(fresh_secret()), mac_(hmac_sha256()) {}

// HMAC-SHA256(secret, ciphertext), and HMAC of the last 32 octets for more than that.
SecretBytes Rejection::key(std::initializer_list<Bytes> ciphertext, std::size_t key_size) {
    SecretBytes out;
    std::array<std::uint8_t, 32> block{};
    const auto extend = [&](std::initializer_list<Bytes> message) {
        bool done = EVP_MAC_init(mac_.get(), secret_.data(), secret_.size(), nullptr) == 1;
        for (const Bytes piece : message)
            done = done && EVP_MAC_update(mac_.get(), piece.data(), piece.size()) == 1;
        std::size_t size = 0;
        if (!done || EVP_MAC_final(mac_.get(), block.data(), &size, block.size()) != 1)
            throw std::bad_alloc();
        out.insert(out.end(), block.begin(), block.end());
    };
    extend(ciphertext);
    while (out.size() < key_size)
        extend({Bytes(block)});
    wipe(block.data(), block.size());
    out.resize(key_size);
    return out;
}

}  // namespace scep::crypto
