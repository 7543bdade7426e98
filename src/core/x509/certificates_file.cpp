// Files of certificates, as operators keep them.
#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/x509/certificate.hpp"

namespace scep::x509 {

namespace {

Error config(std::string_view source, std::size_t line, std::string what, std::string hint = {}) {
    return {.code = Errc::Config,
            .what = std::move(what),
            .where = {.source = std::string(source), .line = line},
            .hint = std::move(hint)};
}

bool is_certificate_label(std::string_view label) noexcept {
    return label == "CERTIFICATE" || label == "X509 CERTIFICATE";
}

Result<Certificate> parse_block(Bytes der, std::string_view source, std::size_t line) {
    Result<Certificate> certificate = Certificate::parse(der);
    if (certificate)
        return certificate;
    Error error = std::move(certificate).error();
    error.code = Errc::Config;
    error.where.source = source;
    error.where.line = line;
    return during(std::move(error), "not a certificate");
}

}  // namespace

Result<std::vector<Certificate>> parse_certificates(Bytes file,
                                                    std::string_view source,
                                                    bool refuse_keys) {
    std::vector<Certificate> out;
    if (!asn1::looks_like_pem(as_text(file))) {
        if (file.empty())
            return fail(config(source, 0, "the file is empty, want certificates"));
        SCEP_TRY(certificate, parse_block(file, source, 0));
        out.push_back(std::move(certificate));
        return out;
    }
    SCEP_TRY(blocks, asn1::parse_pem(as_text(file), source));
    for (const asn1::PemBlock& block : blocks) {
        if (refuse_keys && block.label.ends_with("PRIVATE KEY"))
            return fail(config(source,
                               block.line,
                               "a private key lies among the certificates",
                               "keep the key in a file of its own, readable by its owner alone"));
        if (!is_certificate_label(block.label))
            continue;
        SCEP_TRY(certificate, parse_block(block.content, source, block.line));
        out.push_back(std::move(certificate));
    }
    if (out.empty())
        return fail(config(source,
                           blocks.empty() ? 0 : blocks.front().line,
                           blocks.empty()
                               ? "no PEM block, want CERTIFICATE"
                               : fmt::format("got {}, want CERTIFICATE", blocks.front().label)));
    return out;
}

}  // namespace scep::x509
