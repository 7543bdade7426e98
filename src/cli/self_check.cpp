#include "cli/self_check.hpp"

#include <functional>

#include <fmt/format.h>

#include "core/crypto/content_cipher.hpp"

namespace scep::cli {

namespace {

constexpr std::size_t kMessageSize = 200;  // octets; not a multiple of the cipher's block

// Encrypts to the certified key in one way, and gives back what the private key makes of it.
using Unwrap = std::function<Result<SecretBytes>(Bytes content_key)>;

Status check_decryption(const Unwrap& unwrap, Random& random) {
    const crypto::Library& library = crypto::Library::standard();
    const crypto::CipherInfo& cipher = crypto::info(crypto::Cipher::Aes256Cbc);
    const Buffer message = random.bytes(kMessageSize);
    const Buffer content_key = random.bytes(cipher.key_size);
    const Buffer iv = random.bytes(cipher.block_size);
    SCEP_TRY(encrypted, crypto::encrypt_content(library, cipher.cipher, content_key, iv, message));
    SCEP_TRY(unwrapped, unwrap(content_key));
    SCEP_TRY(padded,
             crypto::decrypt_content_padded(library, cipher.cipher, unwrapped, iv, encrypted));
    const auto size = crypto::unpadded_size(padded, cipher.block_size);
    if (!size || !equal(Bytes(padded).first(*size), message))
        return fail(Errc::Crypto, "self-check: the key does not decrypt what was encrypted to it");
    return {};
}

Unwrap by_transport(crypto::PrivateKey& key,
                    const crypto::PublicKey& certified,
                    const crypto::KeyTransport& transport) {
    return [&key, &certified, transport](Bytes content_key) -> Result<SecretBytes> {
        SCEP_TRY(wrapped, crypto::wrap_key(certified, transport, content_key));
        return key.unwrap_key(transport, wrapped, content_key.size());
    };
}

Unwrap by_agreement(crypto::PrivateKey& key, const crypto::PublicKey& certified) {
    return [&key, &certified](Bytes content_key) -> Result<SecretBytes> {
        const auto algorithm =
            crypto::default_agreement(certified.curve(), crypto::Cipher::Aes256Cbc);
        SCEP_TRY(agreed, crypto::agree_key(certified, algorithm, std::nullopt, content_key));
        SCEP_TRY(originator, crypto::parse_ec_point(certified.curve(), agreed.originator));
        return key.agree_key(
            algorithm, originator, std::nullopt, agreed.encrypted_key, content_key.size());
    };
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
    SelfCheck out{.type = certified.type(), .signature = std::string(crypto::name(algorithm))};
    if (out.type == crypto::KeyType::Ec) {
        SCEP_CHECK(check_decryption(by_agreement(*key, certified), random));
        return out;
    }
    for (const bool oaep : {false, true})
        SCEP_CHECK(check_decryption(by_transport(*key, certified, {.oaep = oaep}), random));
    return out;
}

std::string to_text(const SelfCheck& check) {
    return fmt::format("signs ({}), {}",
                       check.signature,
                       check.type == crypto::KeyType::Rsa
                           ? "decrypts (RSAES-PKCS1-v1_5, RSAES-OAEP)"
                           : "decrypts (key agreement)");
}

}  // namespace scep::cli
