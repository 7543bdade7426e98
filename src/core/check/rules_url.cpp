// Rules about a live server, by what it shows to any client.
#include <fmt/format.h>

#include "core/check/host_match.hpp"
#include "core/check/rule.hpp"
#include "core/check/validity.hpp"
#include "core/check/weakness.hpp"

namespace scep::check {

namespace {

constexpr int kUnauthorized = 401, kNotFound = 404, kOk = 200, kHungUp = 0;

Where at(const Facts& facts) {
    return {.source = facts.probe->url};
}

Where at(const Facts& facts, const x509::Certificate& certificate) {
    return {.source = facts.probe->url, .subject = certificate.subject_text()};
}

void add(const Facts& facts, Reporter& out, std::string message, std::string hint = {}) {
    out.add(kServer, at(facts), std::move(message), std::move(hint));
}

// A finding for each certificate that `judge` has something to say of.
template <class Judge>
void each(const Facts& facts,
          const std::vector<x509::Certificate>& certificates,
          const Judge& judge,
          Reporter& out) {
    for (const x509::Certificate& certificate : certificates)
        if (std::optional<std::string> why = judge(certificate))
            out.add(kServer, at(facts, certificate), *std::move(why));
}

std::optional<std::string> weak_unless_root(const x509::Certificate& certificate) {
    return certificate.self_issued() ? std::nullopt : weak_signature(certificate);
}

void want(const Facts& facts, bool there, std::string_view what, std::string why, Reporter& out) {
    if (facts.probe->capabilities && !there)
        add(facts,
            out,
            fmt::format("GetCACaps lacks {}: {}", what, why),
            "have the server name what it does");
}

// What clients can encrypt requests to: by key usage, an RA before a CA.
bool can_encrypt(const x509::Certificate& certificate) {
    const Result<crypto::PublicKey> key = certificate.public_key(crypto::kDecodeKeys);
    return key && key->type() == crypto::KeyType::Rsa &&
           certificate.allows_usage(x509::kKeyEncipherment);
}

bool says_encipherment(const x509::Certificate& certificate) {
    return can_encrypt(certificate) && certificate.key_usage();
}

}  // namespace

bool applies_to_tls_url(const Facts& facts, const LoadedProfile* /*profile*/) {
    return facts.probe->tls && !facts.probe->unreachable;
}

bool applies_to_tls_trust(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_tls_url(facts, profile) && facts.probe->trust_known;
}

bool applies_to_tls_chain(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.probe->tls_chain.empty();
}

bool applies_to_reachable(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.probe->unreachable;
}

bool applies_to_open_route(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_reachable(facts, profile) && !is_for_certificates_only(*facts.probe);
}

bool applies_to_capabilities(const Facts& facts, const LoadedProfile* /*profile*/) {
    return facts.probe->capabilities.has_value();
}

bool applies_to_ca_reply(const Facts& facts, const LoadedProfile* /*profile*/) {
    return !facts.probe->certificates.empty();
}

bool applies_to_mtls_url(const Facts& facts, const LoadedProfile* /*profile*/) {
    return facts.probe->mtls_status && *facts.probe->mtls_status != kNotFound;
}

void check_url_reachable(const Facts& facts, Reporter& out) {
    if (!facts.probe->unreachable)
        return;
    const Error& error = *facts.probe->unreachable;
    Finding& finding = out.add(
        kServer,
        error.where.source.empty() ? at(facts) : error.where,
        error.what,
        error.hint.empty() ? "is the server running, and is this its address?" : error.hint);
    finding.code = error.code;
    finding.forbidden = true;
}

void check_url_tls_version(const Facts& facts, Reporter& out) {
    if (applies_to_tls_url(facts, nullptr) && facts.probe->tls_version != "TLSv1.3")
        add(facts,
            out,
            fmt::format("the server chose {}, although TLS 1.3 was offered",
                        facts.probe->tls_version),
            "enable TLS 1.3 there");
}

void check_url_tls_trust(const Facts& facts, Reporter& out) {
    if (facts.probe->untrusted)
        add(facts,
            out,
            facts.probe->untrusted->what,
            "give devices the CA that issued the server's TLS certificate");
}

void check_url_tls_host(const Facts& facts, Reporter& out) {
    const Probe& probe = *facts.probe;
    if (!probe.tls_chain.empty() && !is_for_host(probe.tls_chain.front(), probe.host))
        out.add(kServer,
                at(facts, probe.tls_chain.front()),
                fmt::format("the TLS certificate is not for {}", probe.host),
                "use a name that is in it, or have it issued anew with this one");
}

void check_url_tls_valid(const Facts& facts, Reporter& out) {
    each(
        facts,
        facts.probe->tls_chain,
        [&](const auto& certificate) { return invalidity(certificate, facts.now); },
        out);
}

void check_url_tls_expiry(const Facts& facts, Reporter& out) {
    each(
        facts,
        facts.probe->tls_chain,
        [&](const auto& certificate) { return nearing_expiry(certificate, facts); },
        out);
}

void check_url_tls_signature(const Facts& facts, Reporter& out) {
    each(facts, facts.probe->tls_chain, weak_unless_root, out);
}

void check_url_capabilities(const Facts& facts, Reporter& out) {
    if (applies_to_open_route(facts, nullptr) && !facts.probe->capabilities)
        add(facts,
            out,
            fmt::format("GetCACaps: {}", facts.probe->capabilities_refusal),
            "old clients fall back to MD5 and DES without it");
}

void check_url_caps_post(const Facts& facts, Reporter& out) {
    const auto& caps = facts.probe->capabilities;
    want(facts,
         caps && caps->post(),
         "POSTPKIOperation",
         "clients send requests by GET, which proxies cut and log",
         out);
}

void check_url_caps_aes(const Facts& facts, Reporter& out) {
    const auto& caps = facts.probe->capabilities;
    want(facts,
         caps && (caps->aes || caps->scep_standard),
         "AES",
         "clients encrypt with 3DES or DES",
         out);
}

void check_url_caps_sha256(const Facts& facts, Reporter& out) {
    const auto& caps = facts.probe->capabilities;
    want(facts,
         caps && (caps->sha256 || caps->sha512 || caps->scep_standard),
         "SHA-256",
         "clients sign with SHA-1 or MD5",
         out);
}

void check_url_caps_standard(const Facts& facts, Reporter& out) {
    const auto& caps = facts.probe->capabilities;
    want(facts,
         caps && caps->scep_standard,
         "SCEPStandard",
         "clients cannot know that it follows RFC 8894",
         out);
}

void check_url_caps_weak(const Facts& facts, Reporter& out) {
    const auto& caps = facts.probe->capabilities;
    if (!caps || (!caps->sha1 && !caps->des3))
        return;
    add(facts,
        out,
        fmt::format("GetCACaps names {}{}{}",
                    caps->sha1 ? "SHA-1" : "",
                    caps->sha1 && caps->des3 ? " and " : "",
                    caps->des3 ? "DES3" : ""),
        "switch them off once no device needs them");
}

void check_url_certificates(const Facts& facts, Reporter& out) {
    if (applies_to_open_route(facts, nullptr) && facts.probe->certificates.empty())
        add(facts,
            out,
            fmt::format("GetCACert: {}", facts.probe->certificates_refusal),
            "no client can enrol without it");
}

void check_url_ra_encrypts(const Facts& facts, Reporter& out) {
    const auto& certificates = facts.probe->certificates;
    if (certificates.empty() || std::ranges::any_of(certificates, says_encipherment))
        return;
    const bool some = std::ranges::any_of(certificates, can_encrypt);
    add(facts,
        out,
        some ? "no certificate of GetCACert says keyEncipherment: Windows and others find no RA"
             : "no certificate of GetCACert can be encrypted to: no RSA key with keyEncipherment",
        "certctl-scep ra-gen makes an RA pair with digitalSignature and keyEncipherment");
}

void check_url_ra_signs(const Facts& facts, Reporter& out) {
    const auto& certificates = facts.probe->certificates;
    if (!certificates.empty() && std::ranges::none_of(certificates, [](const auto& certificate) {
            return certificate.allows_usage(x509::kDigitalSignature);
        }))
        add(facts,
            out,
            "no certificate of GetCACert may sign: careful clients trust no reply",
            "certctl-scep ra-gen makes an RA pair with digitalSignature and keyEncipherment");
}

void check_url_valid(const Facts& facts, Reporter& out) {
    each(
        facts,
        facts.probe->certificates,
        [&](const auto& certificate) { return invalidity(certificate, facts.now); },
        out);
}

void check_url_expiry(const Facts& facts, Reporter& out) {
    each(
        facts,
        facts.probe->certificates,
        [&](const auto& certificate) { return nearing_expiry(certificate, facts); },
        out);
}

void check_url_signature(const Facts& facts, Reporter& out) {
    each(facts, facts.probe->certificates, weak_unless_root, out);
}

// Each certificate was issued by another of the reply, or is a CA itself.
void check_url_chain(const Facts& facts, Reporter& out) {
    const auto& certificates = facts.probe->certificates;
    for (const x509::Certificate& certificate : certificates) {
        const bool issued = std::ranges::any_of(certificates, [&](const auto& issuer) {
            return !(issuer == certificate) &&
                   x509::check_issued_by(crypto::Library::standard(), certificate, issuer);
        });
        if (!issued && !certificate.is_ca())
            out.add(kServer,
                    at(facts, certificate),
                    "chains to no CA certificate of GetCACert: clients cannot trust it",
                    "put the CA that issued the RA into the reply");
    }
}

void check_url_mtls_only(const Facts& facts, Reporter& out) {
    if (is_for_certificates_only(*facts.probe))
        add(facts,
            out,
            fmt::format("is closed (HTTP 403), and {} asks for a client certificate: what it tells "
                        "clients was not judged",
                        facts.probe->mtls_url));
}

void check_url_mtls(const Facts& facts, Reporter& out) {
    const Probe& probe = *facts.probe;
    if (!applies_to_mtls_url(facts, nullptr) || *probe.mtls_status == kUnauthorized)
        return;
    const int status = *probe.mtls_status;
    std::string what =
        fmt::format("answers HTTP {} without a client certificate, want 401", status);
    if (status == kOk)
        what = "answers without a client certificate, want 401: the gate is open";
    else if (status == kHungUp)
        what = "ends the connection without a client certificate, want 401";
    out.add(kServer,
            {.source = probe.mtls_url},
            std::move(what),
            "whatever is in front of the server must leave the verdict to it");
}

}  // namespace scep::check
