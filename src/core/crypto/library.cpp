#include <algorithm>
#include <array>
#include <mutex>

#include <openssl/err.h>

#include "core/crypto/algorithms.hpp"

namespace scep::crypto {

namespace {

constexpr std::size_t kDigests = static_cast<std::size_t>(Digest::Sha512) + 1;
constexpr std::size_t kCiphers = static_cast<std::size_t>(Cipher::Aes256Cbc) + 1;

struct Rc2 {
    unsigned bits;
    const char* openssl;
};

constexpr std::array kRc2{Rc2{40, "RC2-40-CBC"}, Rc2{64, "RC2-64-CBC"}, Rc2{128, "RC2-CBC"}};

// Looked up on first use, which takes 100 us or more each, and kept.
template <typename Object>
struct Fetched {
    std::once_flag done{};
    Object object{};

    template <typename Fetch>
    auto get(const Fetch& fetch) {
        std::call_once(done, [&] { object.reset(fetch()); });
        return object.get();
    }
};

}  // namespace

// Declared so that the fetched objects go first, then the provider, then its context.
struct Library::State {
    bool legacy = false;
    LibCtxPtr context{};  // null: OpenSSL's default context
    ProviderPtr legacy_provider{};
    std::array<Fetched<MdPtr>, kDigests> digests{};
    std::array<Fetched<CipherPtr>, kCiphers> ciphers{};
    std::array<Fetched<CipherPtr>, kRc2.size()> rc2{};

    EVP_CIPHER* fetch(const char* cipher) const {
        const bool can = !legacy || legacy_provider;
        return can ? EVP_CIPHER_fetch(context.get(), cipher, nullptr) : nullptr;
    }
};

Library::Library(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Library::~Library() = default;

const Library& Library::standard() {
    static const Library library(std::make_unique<State>());
    return library;
}

Result<std::unique_ptr<Library>> Library::with_legacy() {
    std::unique_ptr<Library> out = with_legacy_later();
    SCEP_CHECK(out->load());
    return out;
}

std::unique_ptr<Library> Library::with_legacy_later() {
    std::unique_ptr<Library> out(new Library(std::make_unique<State>()));
    out->state_->legacy = true;
    return out;
}

Status Library::load() {
    if (!state_->legacy || state_->legacy_provider)
        return {};
    ERR_clear_error();
    LibCtxPtr context(OSSL_LIB_CTX_new());
    if (!context)
        return fail(openssl_error("cannot make an OpenSSL library context"));
    state_->legacy_provider.reset(OSSL_PROVIDER_load(context.get(), "legacy"));
    if (!state_->legacy_provider) {
        Error error = openssl_error("cannot load OpenSSL's legacy provider, which has single DES");
        error.code = Errc::Config;
        error.hint = "install the package that has ossl-modules/legacy.so (Debian: libssl3)";
        return fail(std::move(error));
    }
    state_->context = std::move(context);
    return {};
}

bool Library::admits(Digest digest) const noexcept {
    return md(digest) != nullptr;
}

bool Library::admits(Cipher cipher) const noexcept {
    return cipher == Cipher::DesCbc ? state_->legacy : standard().evp(cipher) != nullptr;
}

// What is not weak is the standard library's, which most of the process has looked up already.
const EVP_MD* Library::md(Digest digest) const noexcept {
    const bool weak = digest == Digest::Md5;
    if (weak != state_->legacy)
        return weak ? nullptr : standard().md(digest);
    return state_->digests[static_cast<std::size_t>(digest)].get(
        [&] { return EVP_MD_fetch(nullptr, info(digest).openssl.data(), nullptr); });
}

const EVP_CIPHER* Library::evp(Cipher cipher) const noexcept {
    const bool weak = cipher == Cipher::DesCbc;
    if (weak != state_->legacy)
        return weak ? nullptr : standard().evp(cipher);
    return state_->ciphers[static_cast<std::size_t>(cipher)].get(
        [&] { return state_->fetch(info(cipher).openssl.data()); });
}

const EVP_CIPHER* Library::rc2(unsigned bits) const noexcept {
    const auto found = std::ranges::find(kRc2, bits, &Rc2::bits);
    if (!state_->legacy || found == kRc2.end())
        return nullptr;
    return state_->rc2.at(static_cast<std::size_t>(found - kRc2.begin())).get([&] {
        return state_->fetch(found->openssl);
    });
}

}  // namespace scep::crypto
