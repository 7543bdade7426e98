// Content encryption of EnvelopedData: CBC ciphers with PKCS#7 padding (RFC 5652 section 6.3).
#pragma once

#include "core/base/secret.hpp"
#include "core/crypto/algorithms.hpp"

namespace scep::crypto {

// Pads and encrypts. key and iv have the sizes of info(cipher) (assert).
Result<Buffer> encrypt_content(
    const Library& library, Cipher cipher, Bytes key, Bytes iv, Bytes plaintext);

// Decrypts without looking at the padding. Errors depend on lengths alone, which are public:
// ciphertext not a positive multiple of the block size, iv of the wrong size (Protocol).
Result<SecretBytes> decrypt_content_padded(
    const Library& library, Cipher cipher, Bytes key, Bytes iv, Bytes ciphertext);

// The same with RC2 of 40, 64 or 128 effective bits, the key as long as they are (assert): for
// captures alone.
Result<SecretBytes> decrypt_rc2_padded(
    const Library& library, unsigned bits, Bytes key, Bytes iv, Bytes ciphertext);

// Octets before the PKCS#7 padding, or nullopt; constant time in the contents. A server checks this
// together with the end of the CSR inside and gives one answer for both (SECURITY rule S01).
std::optional<std::size_t> unpadded_size(Bytes padded, std::size_t block_size) noexcept;

}  // namespace scep::crypto
