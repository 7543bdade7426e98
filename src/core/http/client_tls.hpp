// The client's TLS context: trust anchors, its own certificate, versions.
#pragma once

#include "core/crypto/ossl_tls.hpp"
#include "core/http/client.hpp"

namespace scep::http {

using crypto::SslCtxPtr;

// TLS 1.2 and 1.3. Only options.tls_ca is trusted, each certificate of it as it stands, never the
// system's store; without it no server is authenticated. Io, Config (names the file).
Result<SslCtxPtr> make_client_tls(const TransportOptions& options);

// Says which server is meant (SNI) and, where the context authenticates, insists that its
// certificate is for that host name or IP address. Crypto.
Status expect_host(SSL& ssl, const std::string& host);

// After the handshake. Certificates that cannot be read are left out.
TlsFacts tls_facts(const SSL& ssl);

// Why the peer's certificate was refused; empty when that was not the trouble.
std::string verify_reason(SSL& ssl);

}  // namespace scep::http
