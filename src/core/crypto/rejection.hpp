// What a peer gets instead of a key that its ciphertext does not hold (SECURITY rule S02).
#pragma once

#include <initializer_list>

#include "core/base/secret.hpp"
#include "core/crypto/ossl.hpp"

namespace scep::crypto {

// A secret of its own, made when the object is. Not for two threads at the same time.
class Rejection {
  public:
    Rejection();

    // `key_size` octets, a pseudo-random function of the ciphertext and the secret. The pieces are
    // what the peer sent; the same octets in other pieces count as the same ciphertext.
    SecretBytes key(std::initializer_list<Bytes> ciphertext, std::size_t key_size);

  private:
    SecretBytes secret_;
    MacCtxPtr mac_;
};

}  // namespace scep::crypto
