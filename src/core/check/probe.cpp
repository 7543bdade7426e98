#include "core/check/probe.hpp"

#include <fmt/format.h>

namespace scep::check {

namespace {

Fact of_certificate(std::string_view name, const x509::Certificate& certificate) {
    const auto key = certificate.public_key(crypto::kDecodeKeys);
    return {.name = std::string(name),
            .value = fmt::format("{}, {}",
                                 certificate.subject_text(),
                                 key ? key->describe() : "a key that cannot be used"),
            .not_after = certificate.not_after()};
}

std::string words(const Capabilities& capabilities) {
    std::string out = write_capabilities(capabilities);
    for (char& c : out)
        if (c == '\n')
            c = ' ';
    for (const std::string& other : capabilities.unknown)
        out += other + ' ';
    if (!out.empty())
        out.pop_back();
    return out;
}

std::string status_text(int status) {
    return status == 0 ? "no reply" : fmt::format("HTTP {}", status);
}

}  // namespace

bool is_for_certificates_only(const Probe& probe) noexcept {
    constexpr int kUnauthorized = 401, kForbidden = 403;
    return probe.status == kForbidden && probe.mtls_status == kUnauthorized;
}

std::vector<Fact> facts_of(const Probe& probe) {
    std::vector<Fact> out;
    if (!probe.tls_version.empty())
        out.push_back({"tls_version", probe.tls_version});
    for (const x509::Certificate& certificate : probe.tls_chain)
        out.push_back(of_certificate("tls_certificate", certificate));
    if (probe.capabilities)
        out.push_back({"capabilities", words(*probe.capabilities)});
    for (const x509::Certificate& certificate : probe.certificates)
        out.push_back(
            of_certificate(certificate.is_ca() ? "ca_certificate" : "ra_certificate", certificate));
    if (probe.mtls_status)
        out.push_back({"mtls_route", status_text(*probe.mtls_status)});
    return out;
}

}  // namespace scep::check
