// What fixtures/make.sh made with the openssl command line, and OpenSSL as the referee.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <openssl/x509v3.h>

#include "core/asn1/pem.hpp"
#include "core/crypto/ossl.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/request.hpp"
#include "support/pki.hpp"

namespace scep::test {

// After the day the fixtures were made.
inline const TimePoint kLater = kNow + std::chrono::hours(24 * 30);

inline Buffer read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline Buffer fixture(const std::string& name) {
    return read_file(std::string(X509_FIXTURES "/") + name);
}

inline Buffer fixture_der(const std::string& name) {
    const Buffer file = fixture(name);
    return to_buffer(must(asn1::parse_pem(as_text(file), name)).at(0).content);
}

inline x509::Certificate certificate(const std::string& name) {
    return must(x509::Certificate::parse(fixture_der(name + ".pem"), name));
}

inline x509::CertificationRequest request(const std::string& name) {
    return must(x509::CertificationRequest::parse(fixture_der(name + ".csr")));
}

using X509ReqPtr = crypto::Handle<X509_REQ, X509_REQ_free>;

// null when OpenSSL cannot read it, or not to its end
inline crypto::X509Ptr referee_certificate(Bytes der) {
    const unsigned char* at = der.data();
    crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    return at == der.data() + der.size() ? std::move(out) : nullptr;
}

inline X509ReqPtr referee_request(Bytes der) {
    const unsigned char* at = der.data();
    X509ReqPtr out(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
    return at == der.data() + der.size() ? std::move(out) : nullptr;
}

// "keyUsage" and so on as `openssl x509 -text` shows the extension; empty when absent.
inline std::string referee_extension(X509& certificate, int nid) {
    const int index = X509_get_ext_by_NID(&certificate, nid, -1);
    if (index < 0)
        return {};
    const crypto::BioPtr out(BIO_new(BIO_s_mem()));
    X509_EXTENSION* extension = X509_get_ext(&certificate, index);
    X509V3_EXT_print(out.get(), extension, 0, 0);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return (X509_EXTENSION_get_critical(extension) == 1 ? "critical: " : "") +
           std::string(text, static_cast<std::size_t>(size));
}

}  // namespace scep::test
