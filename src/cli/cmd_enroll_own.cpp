// enroll: the certificate that signs a renewal or a query.
#include <fmt/format.h>

#include "cli/cmd_enroll_plan.hpp"
#include "cli/cmd_enroll_state.hpp"
#include "cli/config_path.hpp"
#include "cli/input_files.hpp"
#include "core/base/encoding.hpp"
#include "core/x509/pkcs12.hpp"

namespace scep::cli {

namespace {

constexpr std::size_t kMaxSerial = 20;  // octets, RFC 5280 section 4.1.2.2

Error missing(std::string_view option, std::string_view what) {
    return {.code = Errc::Usage,
            .what = "is missing",
            .where = {.source = std::string(option)},
            .hint = std::string(what)};
}

Status check_pair(const OwnCertificate& own, const EnrollOptions& options) {
    SCEP_TRY(key, own.certificate.public_key());
    if (key == own.key->public_key())
        return {};
    Error error{.code = Errc::Config,
                .what = fmt::format("is not the key of {}", options.cert),
                .where = {.source = options.cert_key}};
    const EnrollFiles files = plan_files(options);
    if (!options.out_dir.empty() && has_state(files.request))  // killed between two renames
        error.hint = "a run is unfinished there, which this goes on with: " + resume_command(files);
    return fail(std::move(error));
}

}  // namespace

Result<std::shared_ptr<crypto::PrivateKey>> load_key(EnrollPlan& plan, const std::string& path) {
    SCEP_TRY(file, files::load_secret(path, credentials_directory(), limits::kMaxFile));
    if (x509::looks_like_pkcs12(file)) {
        SCEP_TRY(password, p12_password(plan));
        SCEP_TRY(pfx, x509::parse_pkcs12(file, password, path));
        return std::shared_ptr<crypto::PrivateKey>(std::move(pfx.key));
    }
    SCEP_TRY(key, crypto::PrivateKey::parse(file, path).map_error(about_setting));
    return std::shared_ptr<crypto::PrivateKey>(std::move(key));
}

Result<OwnCertificate> load_own_certificate(EnrollPlan& plan) {
    const EnrollOptions& options = plan.options;
    if (options.cert.empty())
        return fail(missing("--cert", "--cert FILE is the certificate that signs the request"));
    OwnCertificate out;
    SCEP_TRY(file, files::load(options.cert));
    if (x509::looks_like_pkcs12(file) && options.cert_key.empty()) {
        SCEP_TRY(password, p12_password(plan));
        SCEP_TRY(pfx, x509::parse_pkcs12(file, password, options.cert));
        out.certificate = pfx.certificates.front();
        out.key = std::move(pfx.key);
        return out;
    }
    if (options.cert_key.empty())
        return fail(missing("--cert-key", "--cert-key FILE is the private key of --cert"));
    SCEP_TRY(certificates, x509::parse_certificates(file, options.cert));
    out.certificate = certificates.front();
    SCEP_TRY(key, load_key(plan, options.cert_key));
    out.key = std::move(key);
    SCEP_CHECK(check_pair(out, options));
    return out;
}

Status take_names(EnrollPlan& plan, const OwnCertificate& own) {
    if (plan.options.subject.empty()) {
        SCEP_TRY(subject, own.certificate.subject());
        plan.subject = std::move(subject);
    }
    if (plan.sans.empty()) {
        SCEP_TRY(names, own.certificate.subject_alt_names());
        plan.sans = std::move(names);
    }
    return {};
}

Result<Buffer> parse_serial(const std::string& text) {
    if (text.empty())
        return fail(missing("--serial", "--serial HEX is the serial number of the certificate"));
    auto octets =
        from_hex(text.size() % 2 == 0 || text.find(':') != std::string::npos ? text : "0" + text);
    if (!octets || octets->empty() || octets->size() > kMaxSerial)
        return fail(wrong_value("--serial", text, "a serial number of 1 to 20 octets in hex"));
    const auto significant = std::ranges::find_if(*octets, [](auto octet) { return octet != 0; });
    octets->erase(octets->begin(), significant);
    if (octets->empty() || (octets->front() & 0x80U) != 0)  // a positive INTEGER
        octets->insert(octets->begin(), 0);
    return *std::move(octets);
}

}  // namespace scep::cli
