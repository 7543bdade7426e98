#include <array>

#include <openssl/err.h>

#include "core/crypto/algorithms.hpp"

namespace scep::crypto {

namespace {

constexpr std::array kAllDigests{
    Digest::Md5, Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512};
constexpr std::array kAllCiphers{
    Cipher::DesCbc, Cipher::DesEde3Cbc, Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc};

}  // namespace

// Declared so that the fetched objects go first, then the providers, then their context.
struct Library::Fetched {
    LibCtxPtr context{};  // null: OpenSSL's default context
    ProviderPtr default_provider{};
    ProviderPtr legacy_provider{};
    std::array<MdPtr, kAllDigests.size()> digests{};
    std::array<CipherPtr, kAllCiphers.size()> ciphers{};

    void fetch(Digest digest) {
        digests[static_cast<std::size_t>(digest)].reset(
            EVP_MD_fetch(context.get(), info(digest).openssl.data(), nullptr));
    }

    void fetch(Cipher cipher) {
        ciphers[static_cast<std::size_t>(cipher)].reset(
            EVP_CIPHER_fetch(context.get(), info(cipher).openssl.data(), nullptr));
    }
};

Library::Library(std::unique_ptr<Fetched> fetched) noexcept : fetched_(std::move(fetched)) {}

Library::~Library() = default;

const Library& Library::standard() {
    static const Library library = [] {
        auto fetched = std::make_unique<Fetched>();
        for (const Digest digest : kAllDigests)
            if (digest != Digest::Md5)
                fetched->fetch(digest);
        for (const Cipher cipher : kAllCiphers)
            if (cipher != Cipher::DesCbc)
                fetched->fetch(cipher);
        return Library(std::move(fetched));
    }();
    return library;
}

Result<std::unique_ptr<Library>> Library::with_legacy() {
    ERR_clear_error();
    auto fetched = std::make_unique<Fetched>();
    fetched->context.reset(OSSL_LIB_CTX_new());
    if (!fetched->context)
        return fail(openssl_error("cannot make an OpenSSL library context"));
    fetched->default_provider.reset(OSSL_PROVIDER_load(fetched->context.get(), "default"));
    fetched->legacy_provider.reset(OSSL_PROVIDER_load(fetched->context.get(), "legacy"));
    if (!fetched->default_provider || !fetched->legacy_provider) {
        Error error = openssl_error("cannot load OpenSSL's legacy provider, which has single DES");
        error.hint = "install the package that has ossl-modules/legacy.so (Debian: libssl3)";
        return fail(std::move(error));
    }
    for (const Digest digest : kAllDigests)
        fetched->fetch(digest);
    for (const Cipher cipher : kAllCiphers)
        fetched->fetch(cipher);
    return std::unique_ptr<Library>(new Library(std::move(fetched)));
}

const EVP_MD* Library::md(Digest digest) const noexcept {
    return fetched_->digests[static_cast<std::size_t>(digest)].get();
}

const EVP_CIPHER* Library::evp(Cipher cipher) const noexcept {
    return fetched_->ciphers[static_cast<std::size_t>(cipher)].get();
}

}  // namespace scep::crypto
