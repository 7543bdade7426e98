#include <array>
#include <mutex>

#include <openssl/err.h>

#include "core/crypto/algorithms.hpp"

namespace scep::crypto {

namespace {

constexpr std::array kAllDigests{
    Digest::Md5, Digest::Sha1, Digest::Sha224, Digest::Sha256, Digest::Sha384, Digest::Sha512};
constexpr std::array kAllCiphers{
    Cipher::DesCbc, Cipher::DesEde3Cbc, Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc};

struct Rc2 {
    unsigned bits;
    const char* openssl;
};

constexpr std::array kRc2{Rc2{40, "RC2-40-CBC"}, Rc2{64, "RC2-64-CBC"}, Rc2{128, "RC2-CBC"}};

}  // namespace

// Declared so that the fetched objects go first, then the providers, then their context.
struct Library::Fetched {
    LibCtxPtr context{};  // null: OpenSSL's default context
    ProviderPtr default_provider{};
    ProviderPtr legacy_provider{};
    std::array<MdPtr, kAllDigests.size()> digests{};
    bool legacy = false;
    // On first use: who only verifies has no use for them, and the first one takes a millisecond.
    mutable std::once_flag ciphers_fetched{};
    mutable std::array<CipherPtr, kAllCiphers.size()> ciphers{};
    mutable std::array<CipherPtr, kRc2.size()> rc2{};

    void fetch(Digest digest) {
        digests[static_cast<std::size_t>(digest)].reset(
            EVP_MD_fetch(context.get(), info(digest).openssl.data(), nullptr));
    }

    void fetch(Cipher cipher) const {
        ciphers[static_cast<std::size_t>(cipher)].reset(
            EVP_CIPHER_fetch(context.get(), info(cipher).openssl.data(), nullptr));
    }

    void want_ciphers() const {
        std::call_once(ciphers_fetched, [this] {
            for (const Cipher cipher : kAllCiphers)
                if (legacy || cipher != Cipher::DesCbc)
                    fetch(cipher);
            for (std::size_t i = 0; legacy && i < kRc2.size(); ++i)
                rc2.at(i).reset(EVP_CIPHER_fetch(context.get(), kRc2.at(i).openssl, nullptr));
        });
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
    fetched->legacy = true;
    return std::unique_ptr<Library>(new Library(std::move(fetched)));
}

const EVP_MD* Library::md(Digest digest) const noexcept {
    return fetched_->digests[static_cast<std::size_t>(digest)].get();
}

const EVP_CIPHER* Library::evp(Cipher cipher) const noexcept {
    fetched_->want_ciphers();
    return fetched_->ciphers[static_cast<std::size_t>(cipher)].get();
}

const EVP_CIPHER* Library::rc2(unsigned bits) const noexcept {
    fetched_->want_ciphers();
    for (std::size_t i = 0; i < kRc2.size(); ++i)
        if (kRc2.at(i).bits == bits)
            return fetched_->rc2.at(i).get();
    return nullptr;
}

}  // namespace scep::crypto
