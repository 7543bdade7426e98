#include "serve/net/tls.hpp"

#include <algorithm>
#include <array>

#include <openssl/core_names.h>
#include <openssl/err.h>

namespace scep::net {
namespace {

constexpr int kMaxExponentBits = 32;                    // limits::kMaxRsaExponent
constexpr std::string_view kProtocol = "\x08http/1.1";  // RFC 7301 section 3.1, one name

Error config_error(std::string what) {
    Error error = crypto::openssl_error(std::move(what));
    error.code = Errc::Config;
    return error;
}

// RFC 7301 section 3.2. A client that names other protocols only is left without an answer and may
// find out: some devices list what they do not mean.
int select_protocol(SSL* /*ssl*/,
                    const unsigned char** out,
                    unsigned char* out_length,
                    const unsigned char* offered,
                    unsigned offered_length,
                    void* /*context*/) {
    const std::string_view names(reinterpret_cast<const char*>(offered), offered_length);
    for (std::size_t at = 0; at < names.size(); at += 1U + static_cast<unsigned char>(names[at])) {
        if (!names.substr(at).starts_with(kProtocol))
            continue;
        *out = offered + at + 1;
        *out_length = static_cast<unsigned char>(kProtocol.size() - 1);
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

Result<crypto::X509Ptr> to_x509(const x509::Certificate& certificate) {
    const unsigned char* at = certificate.der().data();
    crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));
    if (!out)
        return fail(config_error("OpenSSL cannot read the TLS certificate"));
    return out;
}

Status use_identity(SSL_CTX& context, const TlsIdentity& identity) {
    if (identity.chain.empty() || !identity.key)
        return fail(Errc::Config, "no TLS certificate or no TLS key");
    SCEP_TRY(leaf, to_x509(identity.chain.front()));
    if (SSL_CTX_use_certificate(&context, leaf.get()) != 1)
        return fail(config_error("TLS does not accept the certificate"));
    for (std::size_t i = 1; i < identity.chain.size(); ++i) {
        SCEP_TRY(above, to_x509(identity.chain[i]));
        if (SSL_CTX_add1_chain_cert(&context, above.get()) != 1)
            return fail(config_error("TLS does not accept the certificate chain"));
    }
    if (SSL_CTX_use_PrivateKey(&context, &identity.key->evp()) != 1 ||
        SSL_CTX_check_private_key(&context) != 1)
        return fail(config_error("the TLS key does not belong to the TLS certificate"));
    return {};
}

// The verdict is given per request, against the bundle of the profile that is asked for. Only a key
// with which checking the client's signature would cost much ends the handshake (SECURITY rule
// S05).
int accept_any(X509_STORE_CTX* context, void* /*argument*/) {
    EVP_PKEY* key = X509_get0_pubkey(X509_STORE_CTX_get0_cert(context));
    BIGNUM* exponent = nullptr;
    if (key == nullptr || EVP_PKEY_is_a(key, "RSA") != 1 ||
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
        return 1;
    const crypto::BnPtr owner(exponent);
    const bool cheap = EVP_PKEY_get_bits(key) <= static_cast<int>(limits::kMaxRsaBits) &&
                       BN_num_bits(exponent) <= kMaxExponentBits;
    return cheap ? 1 : 0;
}

void ask_for_certificate(SSL_CTX& context) {
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(&context, accept_any, nullptr);
    SSL_CTX_set_max_cert_list(&context, limits::kMaxClientChain);
}

Result<x509::Certificate> from_x509(X509* certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    if (size <= 0)
        return fail(Errc::Crypto, "OpenSSL cannot write the certificate");
    const crypto::OpensslBytes owner(der);
    return x509::Certificate::parse(Bytes(der, static_cast<std::size_t>(size)));
}

}  // namespace

void read_certificates(const SSL& ssl, Peer& peer) {
    X509* leaf = SSL_get0_peer_certificate(&ssl);
    if (leaf == nullptr)
        return;
    Result<x509::Certificate> certificate = from_x509(leaf);
    peer.unreadable_certificate = !certificate;
    if (!certificate)
        return;
    peer.certificates.push_back(*std::move(certificate));
    // A server's chain is without the leaf. What our reader refuses proves nothing, so it is left
    // out.
    STACK_OF(X509)* above = SSL_get_peer_cert_chain(&ssl);
    const int count =
        std::min(above == nullptr ? 0 : sk_X509_num(above), static_cast<int>(limits::kMaxChain));
    for (int i = 0; i < count; ++i)
        if (auto parsed = from_x509(sk_X509_value(above, i)))
            peer.certificates.push_back(*std::move(parsed));
}

Result<SslCtxPtr> make_tls_context(const TlsIdentity& identity, ClientCertificates clients) {
    ERR_clear_error();
    SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context)
        return fail(config_error("cannot make a TLS context"));
    // An end of input without close_notify is told from a clean one by what was expected, so it
    // need not be an error here.
    SSL_CTX_set_options(context.get(),
                        SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                         SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context.get(), 1);  // one read per record instead of two
    SSL_CTX_set_alpn_select_cb(context.get(), select_protocol, nullptr);
    if (SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(context.get(), 0) != 1 ||
        SSL_CTX_set_max_early_data(context.get(), 0) != 1 ||
        SSL_CTX_set1_groups_list(context.get(), "X25519:P-256") != 1)
        return fail(config_error("cannot set up TLS 1.3"));
    SCEP_CHECK(use_identity(*context, identity));
    if (clients == ClientCertificates::Asked)
        ask_for_certificate(*context);
    return context;
}

}  // namespace scep::net
