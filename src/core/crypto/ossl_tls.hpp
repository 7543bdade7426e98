// Owners of OpenSSL's TLS objects, apart from ossl.hpp so that only those who speak TLS see libssl.
#pragma once

#include <openssl/ssl.h>

#include "core/crypto/ossl.hpp"

namespace scep::crypto {

using SslCtxPtr = Handle<SSL_CTX, SSL_CTX_free>;
using SslPtr = Handle<SSL, SSL_free>;

}  // namespace scep::crypto
