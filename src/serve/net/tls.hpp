// The TLS of the listener: handles and the one context.
#pragma once

#include "core/crypto/ossl_tls.hpp"
#include "serve/net/front.hpp"

namespace scep::net {

using crypto::SslCtxPtr;
using crypto::SslPtr;

// TLS 1.3 only, no tickets, no cache, no early data (SECURITY rule S16), X25519 and P-256. Config
// when OpenSSL does not take the certificate or the key.
Result<SslCtxPtr> make_tls_context(const TlsIdentity& identity, ClientCertificates clients);

// After the handshake: what the client showed, into `peer`.
void read_certificates(const SSL& ssl, Peer& peer);

}  // namespace scep::net
