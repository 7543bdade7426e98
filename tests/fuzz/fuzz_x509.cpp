// Certificates, CSRs and names, which arrive inside messages, and PEM files.
#include "core/asn1/pem.hpp"
#include "core/x509/issue.hpp"
#include "fuzz/target.hpp"

using namespace scep;

namespace {

void read_certificate(Bytes input) {
    const Result<x509::Certificate> certificate = x509::Certificate::parse(input);
    if (!certificate)
        return;
    static_cast<void>(certificate->subject_text());
    static_cast<void>(certificate->subject_alt_names());
    static_cast<void>(certificate->public_key());
    static_cast<void>(x509::issuer_serial_key(certificate->issuer_der(), certificate->serial()));
}

void read_request(Bytes input) {
    const auto request = x509::CertificationRequest::parse(input);
    if (!request)
        return;
    const auto key = request->public_key(crypto::kDecodeKeys);
    if (!key)
        return;
    static_cast<void>(request->verify_signature(crypto::Library::standard(), *key));
    static_cast<void>(x509::apply_profile({}, *request, *key));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    read_certificate(input);
    read_request(input);
    static_cast<void>(asn1::parse_pem(as_text(input), "fuzz"));
    static_cast<void>(x509::Name::from_text(as_text(input)));
    return 0;
}
