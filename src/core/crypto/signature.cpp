#include "core/crypto/signature.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

namespace scep::crypto {

namespace {

KeyType key_type_of(SignatureKind kind) noexcept {
    return kind == SignatureKind::Ecdsa ? KeyType::Ec : KeyType::Rsa;
}

Status check_fit(const Library& library, KeyType type, const SignatureAlgorithm& algorithm) {
    if (!library.admits(algorithm.digest))
        return fail(Errc::Policy,
                    fmt::format("signature digest {} is refused", info(algorithm.digest).name));
    if (algorithm.kind == SignatureKind::RsaPss && !library.admits(algorithm.mgf1))
        return fail(Errc::Policy,
                    fmt::format("MGF1 digest {} is refused", info(algorithm.mgf1).name));
    if (key_type_of(algorithm.kind) != type)
        return fail(
            Errc::Crypto,
            fmt::format(
                "{} does not fit an {} key", name(algorithm), type == KeyType::Rsa ? "RSA" : "EC"));
    return {};
}

// Verification demands exactly this salt length.
bool set_pss(EVP_PKEY_CTX* context, const Library& library, const SignatureAlgorithm& algorithm) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, library.md(algorithm.mgf1)) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, static_cast<int>(algorithm.salt_length)) == 1;
}

}  // namespace

Result<PkeyCtxPtr> signature_context(const Library& library,
                                     EVP_PKEY& key,
                                     KeyType type,
                                     const SignatureAlgorithm& algorithm,
                                     SignatureUse use) {
    SCEP_CHECK(check_fit(library, type, algorithm));
    PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, &key, nullptr));
    bool ready = context && (use == SignatureUse::Sign ? EVP_PKEY_sign_init(context.get())
                                                       : EVP_PKEY_verify_init(context.get())) == 1;
    ready = ready &&
            EVP_PKEY_CTX_set_signature_md(context.get(), library.md(algorithm.digest)) == 1 &&
            (algorithm.kind != SignatureKind::RsaPss || set_pss(context.get(), library, algorithm));
    if (!ready)
        return fail(openssl_error(fmt::format("{} cannot be set up", name(algorithm))));
    return context;
}

Status verify(const Library& library,
              const PublicKey& key,
              const SignatureAlgorithm& algorithm,
              Bytes message,
              Bytes signature) {
    ERR_clear_error();
    SCEP_TRY(context,
             signature_context(library, key.evp(), key.type(), algorithm, SignatureUse::Verify));
    const Buffer hash = digest(library, algorithm.digest, message);
    const int good = EVP_PKEY_verify(
        context.get(), signature.data(), signature.size(), hash.data(), hash.size());
    if (good == 1)
        return {};
    ERR_clear_error();
    return fail(Errc::Crypto, "the signature does not verify");
}

SignatureAlgorithm default_signature(const PublicKey& key, Digest digest) noexcept {
    const SignatureKind kind =
        key.type() == KeyType::Rsa ? SignatureKind::RsaPkcs1 : SignatureKind::Ecdsa;
    return {.kind = kind, .digest = digest};
}

}  // namespace scep::crypto
