// RSA key transport (RFC 5652 section 6.2.1), and why it never says no.
//
// Whoever can tell a ciphertext with good padding from one without can decrypt any message, a few
// thousand questions at a time (Bleichenbacher 1998). So there is no answer: a ciphertext that does
// not open gives a key all the same, which depends on the ciphertext and on a secret of ours, and
// the message then fails where a message with a wrong key fails. The choice between the two keys is
// made with masks over every octet, and the private operation runs for every ciphertext, one of a
// wrong size included. OpenSSL 3.0 has no such "implicit rejection" of its own, so its PKCS#1 v1.5
// unpadding is not used.
#include <algorithm>
#include <new>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "core/crypto/constant_time.hpp"
#include "core/crypto/keys.hpp"

namespace scep::crypto {

namespace {

constexpr std::size_t kMinPadding = 8;  // nonzero octets, RFC 8017 section 7.2.1

// Both digests must be in the standard library: MD5 is not.
bool set_padding(EVP_PKEY_CTX* context, const KeyTransport& transport, int otherwise) {
    if (!transport.oaep)
        return EVP_PKEY_CTX_set_rsa_padding(context, otherwise) == 1;
    const EVP_MD* md = Library::standard().md(transport.digest);
    const EVP_MD* mgf1 = Library::standard().md(transport.mgf1);
    return md != nullptr && mgf1 != nullptr &&
           EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, md) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, mgf1) == 1;
}

// EM = 00 || 02 || nonzero padding || 00 || key, with the 00 just where a key of this size begins:
// only that place is looked at, so a key of another size is a miss like any other.
Mask is_pkcs1_block(Bytes block, std::size_t key_size) noexcept {
    if (block.size() < 3 + kMinPadding + key_size)  // both sizes are public
        return 0;
    const std::size_t separator = block.size() - key_size - 1;
    Mask good = is_zero(block[0]) & is_equal(block[1], 2);
    for (std::size_t i = 2; i < separator; ++i)
        good &= ~is_zero(block[i]);
    return good & is_zero(block[separator]);
}

// What the private operation left in `block`, and whether a key of key_size is in it.
struct Opened {
    SecretBytes block{};
    std::size_t key_at = 0;
    Mask good = 0;
};

Opened open_pkcs1(EVP_PKEY_CTX* context, Bytes encrypted_key, std::size_t key_size) {
    Opened out{.block = SecretBytes(encrypted_key.size())};
    std::size_t size = out.block.size();
    const int done = EVP_PKEY_decrypt(
        context, out.block.data(), &size, encrypted_key.data(), encrypted_key.size());
    out.good = is_equal(static_cast<std::uint32_t>(done), 1) & is_pkcs1_block(out.block, key_size);
    out.key_at = out.block.size() - std::min(key_size, out.block.size());
    return out;
}

// OpenSSL's OAEP decoding is itself free of branches on secrets, up to its return value.
Opened open_oaep(EVP_PKEY_CTX* context, Bytes encrypted_key, std::size_t key_size) {
    Opened out{.block = SecretBytes(encrypted_key.size())};
    std::size_t size = out.block.size();
    const int done = EVP_PKEY_decrypt(
        context, out.block.data(), &size, encrypted_key.data(), encrypted_key.size());
    out.good = is_equal(static_cast<std::uint32_t>(done), 1) &
               is_equal(static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(key_size));
    return out;
}

}  // namespace

Result<Buffer> wrap_key(const PublicKey& recipient,
                        const KeyTransport& transport,
                        Bytes content_key) {
    if (recipient.type() != KeyType::Rsa)
        return fail(Errc::Crypto, "key transport wants an RSA key, got " + recipient.describe());
    ERR_clear_error();
    const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, &recipient.evp(), nullptr));
    Buffer out((recipient.bits() + 7) / 8);
    std::size_t size = out.size();
    if (!context || EVP_PKEY_encrypt_init(context.get()) != 1 ||
        !set_padding(context.get(), transport, RSA_PKCS1_PADDING) ||
        EVP_PKEY_encrypt(
            context.get(), out.data(), &size, content_key.data(), content_key.size()) != 1)
        return fail(openssl_error("the content-encryption key cannot be encrypted"));
    out.resize(size);
    return out;
}

// null when the transport's digests are not admitted
EVP_PKEY_CTX* PrivateKey::decrypting_context(const KeyTransport& transport) {
    const auto kept =
        std::ranges::find(decrypting_, transport, [](const auto& row) { return row.first; });
    if (kept != decrypting_.end())
        return kept->second.get();
    PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey_.get(), nullptr));
    if (!context || EVP_PKEY_decrypt_init(context.get()) != 1)
        throw std::bad_alloc();
    if (!set_padding(context.get(), transport, RSA_NO_PADDING))
        return nullptr;
    return decrypting_.emplace_back(transport, std::move(context)).second.get();
}

SecretBytes PrivateKey::unwrap_key(const KeyTransport& transport,
                                   Bytes encrypted_key,
                                   std::size_t key_size) {
    SecretBytes out = rejection_.key({encrypted_key}, key_size);
    EVP_PKEY_CTX* context =
        public_key_.type() == KeyType::Rsa ? decrypting_context(transport) : nullptr;
    if (context == nullptr)
        return out;
    // A ciphertext that is no number below the modulus is known for one to whoever sent it; 1 takes
    // its place, for the sake of equal work, and is a miss in both encodings.
    const bool in_range = encrypted_key.size() == modulus_.size() &&
                          std::ranges::lexicographical_compare(encrypted_key, modulus_);
    Buffer one(modulus_.size());
    one.back() = 1;
    const Bytes ciphertext = in_range ? encrypted_key : Bytes(one);
    const Opened opened = transport.oaep ? open_oaep(context, ciphertext, key_size)
                                         : open_pkcs1(context, ciphertext, key_size);
    for (std::size_t i = 0; i < key_size && i < opened.block.size(); ++i)
        out[i] = select(opened.good, opened.block[opened.key_at + i], out[i]);
    ERR_clear_error();
    return out;
}

}  // namespace scep::crypto
