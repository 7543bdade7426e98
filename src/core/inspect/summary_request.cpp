// The certification request.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/inspect/summary.hpp"

namespace scep::inspect {

namespace {

std::string extensions_text(const x509::CertificationRequest& request) {
    std::vector<std::string> names;
    for (const x509::Extension& extension : request.requested_extensions())
        names.push_back(asn1::name(extension.oid) + (extension.critical ? " (critical)" : ""));
    return fmt::format("{}", fmt::join(names, ", "));
}

// Whether one is there and its string type; what it is when that was asked for (SECURITY rule S14).
std::string challenge_text(const Reading& reading, bool show) {
    const auto& challenge = reading.request->challenge();
    if (!challenge && reading.request_error &&
        reading.request_error->where.field == "challengePassword")
        return "present, and cannot be read";
    if (!challenge)
        return "none";
    std::string out = fmt::format("present, {}{}",
                                  asn1::tag_name(challenge->string_type),
                                  challenge->nested ? " inside another value" : "");
    if (show)
        out += fmt::format(": {}", as_text(challenge->value));
    return out;
}

std::string signature_text(const x509::CertificationRequest& request) {
    const auto algorithm = request.signature_algorithm();
    return algorithm ? std::string(crypto::name(*algorithm)) : algorithm.error().what;
}

}  // namespace

void summarise_request(const Reading& reading, const Means& means, Summary& out) {
    if (!reading.request)
        return;
    const x509::CertificationRequest& request = *reading.request;
    const std::string subject = request.subject().to_text();
    out.add("subject", "subject", subject.empty() ? "(empty)" : subject);
    for (const x509::GeneralName& name : request.subject_alt_names())
        out.add("subject_alt_name", "subjectAltName", name.to_text());
    if (reading.request_key)
        out.add("key", "key", reading.request_key->describe());
    out.add("csr_signature", "CSR signature", signature_text(request));
    out.add("requested_extensions", "extensions", extensions_text(request));
    out.add("challenge", "challengePassword", challenge_text(reading, means.show_secrets));
}

}  // namespace scep::inspect
