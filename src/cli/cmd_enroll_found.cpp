#include "cli/cmd_enroll_found.hpp"

#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/input_files.hpp"
#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned kPublic = 0644;
constexpr std::string_view kCrlLabel = "X509 CRL";

struct Words {
    EnrollOperation operation;
    std::string_view word;
    std::string_view stem;  // of the file
};

constexpr Words kWords[] = {{EnrollOperation::GetCaCaps, "get-ca-caps", "capabilities"},
                            {EnrollOperation::GetCaCert, "get-ca-cert", "ca"},
                            {EnrollOperation::GetNextCaCert, "get-next-ca-cert", "next-ca"},
                            {EnrollOperation::GetCert, "get-cert", "cert"},
                            {EnrollOperation::GetCrl, "get-crl", "crl"}};

const Words& words_of(EnrollOperation operation) {
    return *std::ranges::find(kWords, operation, &Words::operation);
}

bool is_crl(const EnrollPlan& plan) {
    return plan.operation == EnrollOperation::GetCrl;
}

bool is_der(const EnrollPlan& plan) {
    return plan.files.form == OutForm::Der && plan.operation != EnrollOperation::GetCaCaps;
}

std::string pem_text(const EnrollPlan& plan, const Found& found) {
    if (is_crl(plan))
        return asn1::to_pem(kCrlLabel, found.crl.der);
    std::string out;
    for (const x509::Certificate& certificate : found.certificates)
        out += x509::to_pem(certificate);
    for (const auto* names : {&found.capabilities, &found.unknown_capabilities})
        for (const std::string& name : *names)
            out += escape_text(name) + "\n";
    return out;
}

Buffer der_of(const EnrollPlan& plan, const Found& found) {
    if (is_crl(plan))
        return found.crl.der;
    if (found.certificates.size() == 1)
        return to_buffer(found.certificates.front().der());
    std::vector<Bytes> all;
    all.reserve(found.certificates.size());
    for (const x509::Certificate& certificate : found.certificates)
        all.push_back(certificate.der());
    return cms::build_certs_only(all);
}

std::string_view extension_of(const EnrollPlan& plan, const Found& found) {
    if (plan.operation == EnrollOperation::GetCaCaps)
        return "txt";
    if (!is_der(plan))
        return "pem";
    return found.certificates.size() > 1 ? "p7b" : "der";
}

Json certificate_json(const x509::Certificate& certificate) {
    return {{"subject", certificate.subject_text()},
            {"issuer", certificate.issuer_text()},
            {"serial", certificate.serial_hex()},
            {"not_before", to_rfc3339(certificate.not_before())},
            {"not_after", to_rfc3339(certificate.not_after())},
            {"ca", certificate.is_ca()},
            {"sha256", to_hex(certificate.fingerprint())},
            {"pem", x509::to_pem(certificate)}};
}

Json crl_json(const x509::Crl& crl) {
    return {{"issuer", crl.issuer},
            {"this_update", to_rfc3339(crl.this_update)},
            {"next_update", crl.next_update ? Json(to_rfc3339(*crl.next_update)) : Json()},
            {"pem", asn1::to_pem(kCrlLabel, crl.der)}};
}

Json document(const EnrollPlan& plan, const Found& found, const std::string& file) {
    Json out{{"schema", "certctl-scep/enroll/1"},
             {"operation", words_of(plan.operation).word},
             {"url", plan.url.to_text()}};
    if (plan.operation == EnrollOperation::GetCaCaps) {
        out["capabilities"] = found.capabilities;
        out["unknown"] = found.unknown_capabilities;
    } else {
        out["trusted_by"] = found.trusted_by.empty() ? Json() : Json(found.trusted_by);
    }
    if (is_crl(plan))
        out["crl"] = crl_json(found.crl);
    for (const x509::Certificate& certificate : found.certificates)
        out["certificates"].push_back(certificate_json(certificate));
    if (!file.empty())
        out["file"] = file;
    return out;
}

void tell_of_certificates(const Found& found, Io& io) {
    for (const x509::Certificate& certificate : found.certificates)
        note(io,
             fmt::format("{}{}, SHA-256 {}, until {}",
                         certificate.is_ca() ? "CA " : "",
                         certificate.subject_text(),
                         to_hex(certificate.fingerprint()),
                         to_rfc3339(certificate.not_after())));
}

Status write_file(const std::filesystem::path& path,
                  const EnrollPlan& plan,
                  const std::string& pem,
                  const Buffer& der) {
    const EnrollOptions& options = plan.options;
    SCEP_CHECK(check_inputs_apart({{"--cert", options.cert},
                                   {"--cert-key", options.cert_key},
                                   {"--p12-pass-file", options.p12_pass_file},
                                   {"--tls-ca", options.tls_ca},
                                   {"--tls-client-cert", options.tls_client_cert},
                                   {"--tls-client-key", options.tls_client_key}},
                                  {path}));
    SCEP_TRY(directory, files::NewDirectory::make(plan.files.directory, 0777));
    Status written = files::write_atomic(
        path, is_der(plan) ? Bytes(der) : as_bytes(pem), kPublic, plan.files.overwrite);
    if (!written)
        directory.undo();
    return written;
}

}  // namespace

Status give_found(const EnrollPlan& plan, const Found& found, Io& io) {
    const std::string pem = pem_text(plan, found);
    const Buffer der = is_der(plan) ? der_of(plan, found) : Buffer{};
    std::filesystem::path path;
    if (!plan.files.directory.empty()) {
        path = plan.files.directory /
               fmt::format("{}.{}", words_of(plan.operation).stem, extension_of(plan, found));
        SCEP_CHECK(write_file(path, plan, pem, der));
    }
    if (!plan.quiet)
        tell_of_certificates(found, io);
    if (plan.json)
        io.out << document(plan, found, path.string())
                      .dump(2, ' ', true, Json::error_handler_t::replace)
               << '\n';
    else if (!path.empty())
        io.out << fmt::format("{:<12} {}\n", "file", escape_text(path.string()));
    else
        io.out << (is_der(plan) ? as_text(der) : pem);
    return {};
}

}  // namespace scep::cli
