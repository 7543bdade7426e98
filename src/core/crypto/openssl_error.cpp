#include <array>

#include <openssl/err.h>

#include "core/crypto/ossl.hpp"

namespace scep::crypto {

Error openssl_error(std::string what) {
    Error error{.code = Errc::Crypto, .what = std::move(what)};
    while (const unsigned long code = ERR_get_error()) {
        std::array<char, 256> text{};
        ERR_error_string_n(code, text.data(), text.size());
        error.during.emplace_back(text.data());
    }
    return error;
}

}  // namespace scep::crypto
