#include "cli/self_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/crypto/content_cipher.hpp"

namespace scep::cli {

namespace {

constexpr std::size_t kMessageSize = 200;  // octets; not a multiple of the cipher's block

Status check_decryption(crypto::PrivateKey& key,
                        const crypto::PublicKey& certified,
                        const crypto::KeyTransport& transport,
                        Random& random) {
    const crypto::Library& library = crypto::Library::standard();
    const crypto::CipherInfo& cipher = crypto::info(crypto::Cipher::Aes256Cbc);
    const Buffer message = random.bytes(kMessageSize);
    const Buffer content_key = random.bytes(cipher.key_size);
    const Buffer iv = random.bytes(cipher.block_size);
    SCEP_TRY(encrypted, crypto::encrypt_content(library, cipher.cipher, content_key, iv, message));
    SCEP_TRY(wrapped, crypto::wrap_key(certified, transport, content_key));
    const SecretBytes unwrapped = key.unwrap_key(transport, wrapped, cipher.key_size);
    SCEP_TRY(padded,
             crypto::decrypt_content_padded(library, cipher.cipher, unwrapped, iv, encrypted));
    const auto size = crypto::unpadded_size(padded, cipher.block_size);
    if (!size || !equal(Bytes(padded).first(*size), message))
        return fail(Errc::Crypto, "self-check: the key does not decrypt what was encrypted to it");
    return {};
}

}  // namespace

Result<SelfCheck> self_check(Bytes key_pem, const crypto::PublicKey& certified, Random& random) {
    SCEP_TRY(key, crypto::PrivateKey::parse(key_pem, "self-check"));
    const crypto::SignatureAlgorithm algorithm =
        crypto::default_signature(certified, crypto::Digest::Sha256);
    const Buffer message = random.bytes(kMessageSize);
    SCEP_TRY(signature, key->sign(algorithm, message));
    SCEP_CHECK(
        crypto::verify(crypto::Library::standard(), certified, algorithm, message, signature));
    SelfCheck out{.decrypts = certified.type() == crypto::KeyType::Rsa,
                  .signature = std::string(crypto::name(algorithm))};
    if (!out.decrypts)
        return out;
    SCEP_CHECK(check_decryption(*key, certified, {.oaep = false}, random));
    SCEP_CHECK(check_decryption(*key, certified, {.oaep = true}, random));
    return out;
}

std::string to_text(const SelfCheck& check) {
    return fmt::format("signs ({}), {}",
                       check.signature,
                       check.decrypts ? "decrypts (RSAES-PKCS1-v1_5, RSAES-OAEP)"
                                      : "cannot decrypt: an EC key only signs");
}

}  // namespace scep::cli
