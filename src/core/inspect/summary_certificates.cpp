// Certificates, CRLs, and what a GetCACaps reply names.
#include <array>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/inspect/summary.hpp"
#include "core/scep/capabilities.hpp"

namespace scep::inspect {

namespace {

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 7> kUsages{
    std::pair{x509::kDigitalSignature, std::string_view("digitalSignature")},
    std::pair{x509::kNonRepudiation, std::string_view("nonRepudiation")},
    std::pair{x509::kKeyEncipherment, std::string_view("keyEncipherment")},
    std::pair{x509::kDataEncipherment, std::string_view("dataEncipherment")},
    std::pair{x509::kKeyAgreement, std::string_view("keyAgreement")},
    std::pair{x509::kKeyCertSign, std::string_view("keyCertSign")},
    std::pair{x509::kCrlSign, std::string_view("cRLSign")}};

std::string usage_text(const x509::Certificate& certificate) {
    if (!certificate.key_usage())
        return "no keyUsage";
    std::string out;
    for (const auto& [bit, name] : kUsages)
        if ((*certificate.key_usage() & bit) != 0)
            out += (out.empty() ? "" : " ") + std::string(name);
    return out;
}

std::string full_text(const x509::Certificate& certificate) {
    return fmt::format("{}, {}{}, {}, until {}",
                       certificate_text(certificate),
                       key_text(certificate),
                       certificate.is_ca() ? ", CA" : "",
                       usage_text(certificate),
                       to_rfc3339(certificate.not_after()));
}

void add_all(const std::vector<x509::Certificate>& certificates,
             std::string_view key,
             std::string_view label,
             Summary& out) {
    for (const x509::Certificate& certificate : certificates) {
        out.add(key, label, full_text(certificate));
        out.add("fingerprint_sha256", "  SHA-256", to_hex_colons(certificate.fingerprint()));
    }
}

}  // namespace

void summarise_certificates(const Reading& reading, Summary& out) {
    if (reading.kind == Kind::PkiMessage) {
        for (const x509::Certificate& certificate : reading.certificates)
            if (!reading.signer || !(certificate == *reading.signer))
                out.add("certificate", "carries", certificate_text(certificate));
    } else if (reading.kind != Kind::NextCaCertificates) {
        add_all(reading.certificates, "certificate", "certificate", out);
    }
    add_all(reading.issued,
            reading.kind == Kind::NextCaCertificates ? "next_ca" : "issued",
            reading.kind == Kind::NextCaCertificates ? "next CA" : "holds",
            out);
    if (reading.inner && !reading.inner->data.crls.empty())
        out.add("crls", "CRLs", fmt::format("{}", reading.inner->data.crls.size()));
}

void summarise_capabilities(const Reading& reading, Summary& out) {
    if (reading.kind != Kind::Capabilities)
        return;
    const Capabilities caps = parse_capabilities(reading.captured->bytes);
    const auto judge = [&](bool named, std::string_view keyword, std::string_view meaning) {
        if (named)
            out.add("capability", "capability", fmt::format("{}: {}", keyword, meaning));
    };
    judge(caps.scep_standard, "SCEPStandard", "all of RFC 8894: AES, SHA-256, POST");
    judge(caps.post_pki_operation, "POSTPKIOperation", "requests come by POST");
    judge(caps.aes, "AES", "AES-128-CBC, good");
    judge(caps.des3, "DES3", "triple DES, old");
    judge(caps.sha512, "SHA-512", "good");
    judge(caps.sha384, "SHA-384", "not registered; strongSwan takes it for a sign of AES");
    judge(caps.sha256, "SHA-256", "good");
    judge(caps.sha1, "SHA-1", "old");
    judge(caps.renewal, "Renewal", "RenewalReq is taken");
    judge(caps.get_next_ca_cert, "GetNextCACert", "rollover is announced");
    for (const std::string& unknown : caps.unknown)
        out.add("capability", "capability", fmt::format("{}: not registered", unknown));
    if (write_capabilities(caps).empty() && caps.unknown.empty())
        out.add("capability", "capability", "none");
}

}  // namespace scep::inspect
