// The TLS of the listener: handles and the one context.
#pragma once

#include <openssl/ssl.h>

#include "core/crypto/ossl.hpp"
#include "serve/net/front.hpp"

namespace scep::net {

using SslCtxPtr = crypto::Handle<SSL_CTX, SSL_CTX_free>;
using SslPtr = crypto::Handle<SSL, SSL_free>;

// TLS 1.3 only, no tickets, no cache, no early data (SECURITY rule S16), X25519 and P-256. Config
// when OpenSSL does not take the certificate or the key.
Result<SslCtxPtr> make_tls_context(const TlsIdentity& identity);

}  // namespace scep::net
