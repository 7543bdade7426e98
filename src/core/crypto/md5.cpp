#include "core/crypto/md5.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

namespace scep::crypto {

Buffer md5_name(Bytes octets) {
    Buffer out(EVP_MAX_MD_SIZE);
    std::size_t size = 0;
    if (EVP_Q_digest(nullptr, "MD5", nullptr, octets.data(), octets.size(), out.data(), &size) != 1)
        ERR_clear_error();
    out.resize(size);
    return out;
}

}  // namespace scep::crypto
