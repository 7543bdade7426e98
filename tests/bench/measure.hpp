// CPU time of this process, and the yardstick: three RSA-2048 private-key operations.
#pragma once

#include <algorithm>
#include <ctime>
#include <vector>

#include <openssl/rsa.h>

#include "core/crypto/ossl.hpp"
#include "support/pki.hpp"

namespace scep::bench {

inline double cpu_microseconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

inline double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values.at(values.size() / 2);
}

// Two signatures and one decryption as OpenSSL does them on a padded block of its own making, with
// contexts kept: nothing but the private-key operations.
class ThreePrivateOperations {
  public:
    explicit ThreePrivateOperations(const test::Key& key)
        : sign_(EVP_PKEY_CTX_new(&key->evp(), nullptr)),
          decrypt_(EVP_PKEY_CTX_new(&key->evp(), nullptr)) {
        EVP_PKEY_sign_init(sign_.get());
        EVP_PKEY_CTX_set_rsa_padding(sign_.get(), RSA_PKCS1_PADDING);
        EVP_PKEY_CTX_set_signature_md(sign_.get(), EVP_sha256());
        EVP_PKEY_decrypt_init(decrypt_.get());
        EVP_PKEY_CTX_set_rsa_padding(decrypt_.get(), RSA_NO_PADDING);
    }

    void run() {
        const Buffer digest(32, 7);
        const Buffer block(256, 1);
        Buffer out(256);
        for (int i = 0; i < 2; ++i) {
            std::size_t size = out.size();
            EVP_PKEY_sign(sign_.get(), out.data(), &size, digest.data(), digest.size());
        }
        std::size_t size = out.size();
        EVP_PKEY_decrypt(decrypt_.get(), out.data(), &size, block.data(), block.size());
    }

  private:
    crypto::PkeyCtxPtr sign_;
    crypto::PkeyCtxPtr decrypt_;
};

}  // namespace scep::bench
