// Key agreement (RFC 5753): a content-encryption key under a key that ECDH with an ephemeral key
// gives.
//
// Whether a wrapped key opens is no oracle of the kind that RSA's padding is, and yet it is not
// told: a key that does not come out right gives another in its place, as in key_transport.cpp, and
// the message then fails where every other does.
#include <array>
#include <new>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "core/crypto/key_wrap.hpp"
#include "core/crypto/keys.hpp"

namespace scep::crypto {

namespace {

// ECC-CMS-SharedInfo ::= SEQUENCE { keyInfo AlgorithmIdentifier, entityUInfo [0] EXPLICIT OCTET
//     STRING OPTIONAL, suppPubInfo [2] EXPLICIT OCTET STRING }: RFC 5753 section 7.2
Buffer shared_info(const KeyAgreement& algorithm, std::optional<Bytes> user_keying_material) {
    const std::size_t bits = info(algorithm.wrap).key_size * 8;
    const std::array<std::uint8_t, 4> size{
        0, 0, static_cast<std::uint8_t>(bits >> 8U), static_cast<std::uint8_t>(bits & 0xffU)};
    asn1::Writer out;
    out.sequence([&] {
        write_key_wrap(out, algorithm);
        if (user_keying_material)
            out.explicit_tag(0, [&] { out.octet_string(*user_keying_material); });
        out.explicit_tag(2, [&] { out.octet_string(size); });
    });
    return std::move(out).take();
}

// Hash(secret || counter || info), as often as it takes: ANSI X9.63 section 5.6.3, SEC 1 section
// 3.6.1.
SecretBytes x963(Digest hash, Bytes secret, Bytes info_octets, std::size_t size) {
    const MdCtxPtr context(EVP_MD_CTX_new());
    SecretBytes out;
    SecretBytes block(info(hash).size);
    for (std::uint8_t counter = 1; out.size() < size; ++counter) {
        const std::array<std::uint8_t, 4> number{0, 0, 0, counter};
        const bool done =
            context &&
            EVP_DigestInit_ex2(context.get(), Library::standard().md(hash), nullptr) == 1 &&
            EVP_DigestUpdate(context.get(), secret.data(), secret.size()) == 1 &&
            EVP_DigestUpdate(context.get(), number.data(), number.size()) == 1 &&
            EVP_DigestUpdate(context.get(), info_octets.data(), info_octets.size()) == 1 &&
            EVP_DigestFinal_ex(context.get(), block.data(), nullptr) == 1;
        if (!done)
            throw std::bad_alloc();
        out.insert(out.end(), block.begin(), block.end());
    }
    out.resize(size);
    return out;
}

PkeyCtxPtr agreement_context(EVP_PKEY& own) {
    PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, &own, nullptr));
    if (!context || EVP_PKEY_derive_init(context.get()) != 1)
        throw std::bad_alloc();
    return context;
}

// The x coordinate of the common point, empty when OpenSSL gives none. A PublicKey is on its curve,
// and these curves have no points of small order: OpenSSL's costly check of the order is left out.
SecretBytes agreed_secret(EVP_PKEY_CTX& own, const PublicKey& other) {
    SecretBytes out((other.bits() + 7) / 8);
    std::size_t size = out.size();
    const bool done = EVP_PKEY_derive_set_peer_ex(&own, &other.evp(), 0) == 1 &&
                      EVP_PKEY_derive(&own, out.data(), &size) == 1;
    out.resize(done ? size : 0);
    return out;
}

SecretBytes wrapping_key(const KeyAgreement& algorithm,
                         Bytes secret,
                         std::optional<Bytes> user_keying_material) {
    return x963(algorithm.kdf,
                secret,
                shared_info(algorithm, user_keying_material),
                info(algorithm.wrap).key_size);
}

Result<PkeyPtr> ephemeral_key(Curve curve) {
    PkeyPtr key(EVP_EC_gen(curve_name(curve).data()));
    if (!key)
        return fail(openssl_error("cannot generate an ephemeral key"));
    return key;
}

Result<Buffer> point_of(const EVP_PKEY& key) {
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(&key, OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0, &size);
    Buffer out(size);
    if (EVP_PKEY_get_octet_string_param(
            &key, OSSL_PKEY_PARAM_PUB_KEY, out.data(), out.size(), &size) != 1)
        return fail(openssl_error("the ephemeral key cannot be read"));
    return out;
}

}  // namespace

KeyAgreement default_agreement(Curve curve, Cipher content) noexcept {
    const Digest kdf = curve == Curve::P256   ? Digest::Sha256
                       : curve == Curve::P384 ? Digest::Sha384
                                              : Digest::Sha512;
    const bool long_key = content == Cipher::Aes192Cbc || content == Cipher::Aes256Cbc;
    return {.kdf = kdf, .wrap = long_key ? KeyWrap::Aes256 : KeyWrap::Aes128};
}

Result<AgreedKey> agree_key(const PublicKey& recipient,
                            const KeyAgreement& algorithm,
                            std::optional<Bytes> user_keying_material,
                            Bytes content_key) {
    if (recipient.type() != KeyType::Ec)
        return fail(Errc::Crypto, "key agreement wants an EC key, got " + recipient.describe());
    if (!can_wrap(content_key.size()))
        return fail(Errc::Crypto,
                    fmt::format("a key of {} octets cannot be wrapped by {}",
                                content_key.size(),
                                info(algorithm.wrap).name));
    ERR_clear_error();
    SCEP_TRY(ephemeral, ephemeral_key(recipient.curve()));
    SCEP_TRY(point, point_of(*ephemeral));
    const SecretBytes secret = agreed_secret(*agreement_context(*ephemeral), recipient);
    if (secret.empty())
        return fail(openssl_error("the key agreement failed"));
    const SecretBytes kek = wrapping_key(algorithm, secret, user_keying_material);
    return AgreedKey{.originator = std::move(point),
                     .encrypted_key = wrap_aes(algorithm.wrap, kek, content_key)};
}

SecretBytes PrivateKey::agree_key(const KeyAgreement& algorithm,
                                  const PublicKey& originator,
                                  std::optional<Bytes> user_keying_material,
                                  Bytes encrypted_key,
                                  std::size_t key_size) {
    SecretBytes out = rejection_.key({originator.key_octets(), encrypted_key}, key_size);
    const bool same_curve = public_key_.type() == KeyType::Ec && originator.type() == KeyType::Ec &&
                            originator.curve() == public_key_.curve();
    if (!same_curve || !can_wrap(key_size))
        return out;
    if (!agreeing_)
        agreeing_ = agreement_context(*pkey_);
    const SecretBytes secret = agreed_secret(*agreeing_, originator);
    const SecretBytes kek = wrapping_key(algorithm, secret, user_keying_material);
    // How long the wrapped key is, everybody sees. One of another size has zeros put in its place,
    // for the sake of equal work.
    const bool right_size = encrypted_key.size() == wrapped_size(key_size);
    const Buffer zeros(wrapped_size(key_size));
    const Unwrapped opened =
        unwrap_aes(algorithm.wrap, kek, right_size ? encrypted_key : Bytes(zeros));
    const Mask good = secret.empty() || !right_size ? 0 : opened.good;
    for (std::size_t i = 0; i < key_size; ++i)
        out[i] = select(good, opened.key[i], out[i]);
    ERR_clear_error();
    return out;
}

}  // namespace scep::crypto
