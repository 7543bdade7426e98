#include "core/http/client_tls.hpp"

#include <arpa/inet.h>

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "core/base/escape.hpp"
#include "core/crypto/keys.hpp"
#include "core/files/files.hpp"
#include "core/x509/certificate.hpp"

namespace scep::http {

namespace {

Result<crypto::X509Ptr> to_openssl(const x509::Certificate& certificate) {
    ERR_clear_error();
    const Bytes der = certificate.der();
    const unsigned char* cursor = der.data();
    crypto::X509Ptr out(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
    if (!out)
        return fail(crypto::openssl_error(
            fmt::format("OpenSSL cannot read the certificate {}", certificate.subject_text())));
    return out;
}

Status trust(SSL_CTX& context, const std::filesystem::path& path) {
    SCEP_TRY(file, files::load(path));
    SCEP_TRY(certificates, x509::parse_certificates(file, path.string()));
    X509_STORE* const store = SSL_CTX_get_cert_store(&context);
    for (const x509::Certificate& certificate : certificates) {
        SCEP_TRY(anchor, to_openssl(certificate));
        if (X509_STORE_add_cert(store, anchor.get()) != 1)
            return fail(crypto::openssl_error("cannot add a trust anchor"));
    }
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(&context), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
    return {};
}

Status check_match(const x509::Certificate& certificate,
                   const crypto::PrivateKey& key,
                   const TransportOptions& options) {
    SCEP_TRY(public_key, certificate.public_key());
    if (public_key == key.public_key())
        return {};
    return fail({.code = Errc::Config,
                 .what = fmt::format("is not the key of {}", options.tls_client_cert.string()),
                 .where = {.source = options.tls_client_key.string()}});
}

// The file's first certificate is the client's, the others are its chain.
Status identify(SSL_CTX& context, const TransportOptions& options) {
    SCEP_TRY(file, files::load(options.tls_client_cert));
    SCEP_TRY(certificates, x509::parse_certificates(file, options.tls_client_cert.string()));
    SCEP_TRY(secret, files::load_secret(options.tls_client_key, options.credentials_directory));
    SCEP_TRY(key, crypto::PrivateKey::parse(secret, options.tls_client_key.string()));
    SCEP_CHECK(check_match(certificates.front(), *key, options));
    ERR_clear_error();
    SCEP_TRY(leaf, to_openssl(certificates.front()));
    bool good = SSL_CTX_use_certificate(&context, leaf.get()) == 1 &&
                SSL_CTX_use_PrivateKey(&context, &key->evp()) == 1;
    for (std::size_t i = 1; good && i < certificates.size(); ++i) {
        SCEP_TRY(above, to_openssl(certificates[i]));
        good = SSL_CTX_add1_chain_cert(&context, above.get()) == 1;
    }
    if (!good)
        return fail(crypto::openssl_error(fmt::format("cannot use {} as a TLS client certificate",
                                                      options.tls_client_cert.string())));
    return {};
}

bool is_address(const std::string& host) noexcept {
    std::array<unsigned char, sizeof(in6_addr)> octets{};
    return inet_pton(AF_INET, host.c_str(), octets.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), octets.data()) == 1;
}

// The certificate that a server showed, even one that does not verify.
Result<x509::Certificate> server_certificate(const SSL& ssl) {
    const STACK_OF(X509)* const chain = SSL_get0_verified_chain(&ssl);
    const X509* const leaf = chain == nullptr ? nullptr : sk_X509_value(chain, 0);
    std::uint8_t* raw = nullptr;
    const int size = leaf == nullptr ? 0 : i2d_X509(leaf, &raw);
    if (size <= 0)
        return fail(Errc::Network, "no certificate");
    const crypto::OpensslBytes owner(raw);
    return x509::Certificate::parse(Bytes(raw, static_cast<std::size_t>(size)));
}

// ", it is for dns:a, ip:192.0.2.1"
std::string names_of_server(const SSL& ssl) {
    constexpr std::size_t kShown = 8;
    const auto certificate = server_certificate(ssl);
    const auto names = certificate ? certificate->subject_alt_names() : fail(certificate.error());
    if (!names)
        return {};
    std::vector<std::string> texts;
    for (const x509::GeneralName& name : *names)
        if (texts.size() < kShown)
            texts.push_back(escape_text(name.to_text()));
    if (names->size() > kShown)
        texts.emplace_back("...");
    return texts.empty() ? ", it has no subjectAltName"
                         : fmt::format(", it is for {}", fmt::join(texts, ", "));
}

}  // namespace

Result<SslCtxPtr> make_client_tls(const TransportOptions& options) {
    ERR_clear_error();
    SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
        return fail(crypto::openssl_error("cannot make a TLS context"));
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    if (!options.tls_ca.empty())
        SCEP_CHECK(trust(*context, options.tls_ca));
    if (!options.tls_client_cert.empty())
        SCEP_CHECK(identify(*context, options));
    return context;
}

TlsFacts tls_facts(const SSL& ssl) {
    TlsFacts out{.version = SSL_get_version(&ssl)};
    const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(&ssl);
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
        std::uint8_t* raw = nullptr;
        const int size = i2d_X509(sk_X509_value(chain, i), &raw);
        const crypto::OpensslBytes owner(raw);
        if (size <= 0)
            continue;
        if (auto read = x509::Certificate::parse(Bytes(raw, static_cast<std::size_t>(size))))
            out.chain.push_back(*std::move(read));
    }
    return out;
}

Status expect_host(SSL& ssl, const std::string& host) {
    ERR_clear_error();
    if (is_address(host)) {
        if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&ssl), host.c_str()) != 1)
            return fail(crypto::openssl_error("cannot expect the address " + host));
        return {};
    }
    // RFC 9525 section 2: a name is a subjectAltName; CN-ID is no longer one.
    SSL_set_hostflags(&ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    // SSL_set_tlsext_host_name, whose macro has a C cast
    constexpr int kControl = SSL_CTRL_SET_TLSEXT_HOSTNAME;
    std::string name = host;
    if (SSL_set1_host(&ssl, host.c_str()) != 1 ||
        SSL_ctrl(&ssl, kControl, TLSEXT_NAMETYPE_host_name, name.data()) != 1)
        return fail(crypto::openssl_error("cannot expect the host name " + host));
    return {};
}

std::string verify_reason(SSL& ssl) {
    const long result = SSL_get_verify_result(&ssl);
    if ((SSL_get_verify_mode(&ssl) & SSL_VERIFY_PEER) == 0 || result == X509_V_OK)
        return {};
    const bool named =
        result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH;
    return X509_verify_cert_error_string(result) + (named ? names_of_server(ssl) : "");
}

}  // namespace scep::http
