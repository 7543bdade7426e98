#include <cassert>
#include <new>

#include "core/crypto/keys.hpp"

namespace scep::crypto {

namespace {

// The only way a digest fails is a lack of memory.
void need(bool done) {
    if (!done)
        throw std::bad_alloc();
}

}  // namespace

Buffer digest(const Library& library, Digest algorithm, Bytes data) {
    assert(library.admits(algorithm));
    Buffer out(info(algorithm).size);
    need(EVP_Digest(
             data.data(), data.size(), out.data(), nullptr, library.md(algorithm), nullptr) == 1);
    return out;
}

Buffer digest(const Library& library, Digest algorithm, std::initializer_list<Bytes> pieces) {
    assert(library.admits(algorithm));
    Buffer out(info(algorithm).size);
    const MdCtxPtr context(EVP_MD_CTX_new());
    need(context && EVP_DigestInit_ex2(context.get(), library.md(algorithm), nullptr) == 1);
    for (const Bytes piece : pieces)
        need(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
    need(EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
    return out;
}

std::array<std::uint8_t, 32> sha256(Bytes data) {
    std::array<std::uint8_t, 32> out{};
    need(EVP_Digest(data.data(),
                    data.size(),
                    out.data(),
                    nullptr,
                    Library::standard().md(Digest::Sha256),
                    nullptr) == 1);
    return out;
}

}  // namespace scep::crypto
