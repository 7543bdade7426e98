// A GetCACert reply comes over HTTP and anyone on the way can add to it. What vouches for the CA
// vouches for one certificate; all others must chain to that one. Chaining alone does not make an
// RA: every device of the same CA holds a certificate that chains, and whoever holds one could put
// it into the reply and read the challenge. So the extended key usage decides: no CA puts cmcRA or
// the request agent's into a device's certificate. A certificate without the extension may be that
// of an old RA, and is taken only where no other says that it is an RA.
#include "core/scep/ca_certificates.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/base/limits.hpp"
#include "core/cms/signed_data.hpp"
#include "core/scep/recipient_choice.hpp"

namespace scep {

namespace {

using Certificates = std::vector<x509::Certificate>;

std::string fingerprint_text(const x509::Certificate& certificate) {
    return to_hex(certificate.fingerprint());
}

bool contains(const Certificates& certificates, const x509::Certificate& certificate) {
    return std::ranges::find(certificates, certificate) != certificates.end();
}

Certificates without_duplicates(const Certificates& certificates) {
    Certificates out;
    for (const x509::Certificate& certificate : certificates)
        if (!contains(out, certificate))
            out.push_back(certificate);
    return out;
}

Result<Certificates> parse_pem(Bytes body) {
    auto parsed = x509::parse_certificates(body, "GetCACert", true);
    if (!parsed) {  // written for an operator's own file; here it is the server's fault
        parsed.error().code = Errc::Protocol;
        parsed.error().hint.clear();
        return parsed;
    }
    Certificates& certificates = *parsed;
    if (certificates.size() > limits::kMaxCertificates)
        return fail({.code = Errc::Protocol,
                     .what = fmt::format("more than {} values", limits::kMaxCertificates),
                     .where = {.source = "GetCACert"},
                     .cite = "RFC 8894 section 4.2.1"});
    return certificates;
}

Result<Certificates> parse_certs_only(Bytes body) {
    SCEP_TRY(signed_data, cms::parse_signed_data(body));
    Certificates out;
    for (std::size_t i = 0; i < signed_data.certificates.size(); ++i) {
        SCEP_TRY(certificate,
                 x509::Certificate::parse(
                     signed_data.certificates[i], "GetCACert", signed_data.certificate_offsets[i]));
        out.push_back(certificate);
    }
    if (out.empty())
        return fail(Errc::Protocol, "SignedData without a certificate");
    return out;
}

Certificates authorities_of(const Certificates& reply) {
    if (reply.size() == 1)  // RFC 8894 section 4.2.1.1: a certificate alone is the CA's
        return reply;
    Certificates out;
    std::ranges::copy_if(reply, std::back_inserter(out), [](const auto& certificate) {
        return certificate.is_ca();
    });
    return out;
}

// --- what vouches for the CA (S29) -------------------------------------------------------------

Error unauthenticated(const Certificates& authorities) {
    const std::string print = fingerprint_text(authorities.front());
    return {
        .code = Errc::Usage,
        .what = fmt::format("nothing authenticates the CA {}: SHA-256 fingerprint {}",
                            authorities.front().subject_text(),
                            print),
        .cite = "RFC 8894 section 2.2",
        .hint = fmt::format(
            "compare the fingerprint with what the CA's operator says, then add "
            "--ca-fingerprint {}; or verify the server's TLS certificate with --tls-ca FILE; or "
            "accept it unseen with --trust-on-first-use",
            print)};
}

Buffer sha1_of(const x509::Certificate& certificate) {
    return crypto::digest(crypto::Library::standard(), crypto::Digest::Sha1, certificate.der());
}

bool names_ca(const TrustSettings& settings) {
    return settings.ca_fingerprint || settings.ca_sha1;
}

Error no_such_fingerprint(const Certificates& reply,
                          const Certificates& authorities,
                          const TrustSettings& settings) {
    const bool sha256 = settings.ca_fingerprint.has_value();
    Error error{
        .code = Errc::Policy,
        .what = fmt::format("the CA's fingerprint differs: want {}, got",
                            sha256 ? to_hex(*settings.ca_fingerprint) : to_hex(*settings.ca_sha1)),
        .cite = "RFC 8894 section 2.2"};
    for (const x509::Certificate& authority : authorities)
        error.what += fmt::format(" {} ({})",
                                  sha256 ? fingerprint_text(authority) : to_hex(sha1_of(authority)),
                                  authority.subject_text());
    for (const x509::Certificate& certificate : reply)
        if (fits_fingerprint(settings, certificate))
            error.hint = fmt::format("the fingerprint is that of {}, which is no CA certificate",
                                     certificate.subject_text());
    return error;
}

Result<TrustedBy> what_vouches(const Certificates& authorities,
                               const TrustSettings& settings,
                               bool verified_tls) {
    if (names_ca(settings))
        return TrustedBy::CaFingerprint;
    if (verified_tls)
        return TrustedBy::Tls;
    if (settings.on_first_use)
        return TrustedBy::FirstUse;
    return fail(unauthenticated(authorities));
}

// The certificates that are trusted as they stand, expired ones apart.
Result<Certificates> choose_anchors(const Certificates& reply,
                                    const Certificates& authorities,
                                    const TrustSettings& settings,
                                    TimePoint now) {
    Certificates out;
    for (const x509::Certificate& authority : authorities)
        if (fits_fingerprint(settings, authority))
            out.push_back(authority);
    if (out.empty())
        return fail(no_such_fingerprint(reply, authorities, settings));
    const x509::Certificate first = out.front();
    std::erase_if(out, [now](const auto& anchor) { return !anchor.valid_at(now); });
    if (out.empty())
        return fail({.code = Errc::Policy,
                     .what = fmt::format("the CA certificate is valid from {} to {}, now is {}",
                                         to_rfc3339(first.not_before()),
                                         to_rfc3339(first.not_after()),
                                         to_rfc3339(now)),
                     .where = {.source = "GetCACert", .subject = first.subject_text()}});
    return out;
}

// --- who takes part (S30) ----------------------------------------------------------------------

bool issues_another(const x509::Certificate& authority, const Certificates& authorities) {
    return std::ranges::any_of(authorities, [&](const x509::Certificate& other) {
        return !other.self_issued() && equal(other.issuer_der(), authority.subject_der());
    });
}

// The anchors and what chains to them; the CAs that issue no other CA first.
void add_authorities(AuthenticatedCa& ca, const Certificates& authorities, TimePoint now) {
    for (const x509::Certificate& authority : authorities) {
        if (contains(ca.anchors, authority)) {
            ca.authorities.push_back(authority);
            continue;
        }
        if (const Status chained = x509::verify_chain(authority, authorities, ca.anchors, now))
            ca.authorities.push_back(authority);
        else
            ca.notes.push_back(fmt::format("the CA certificate {} is passed over: {}",
                                           authority.subject_text(),
                                           to_text(chained.error())));
    }
    // The issuing CA first. Nothing is moved before every one has been compared with all others.
    Certificates issuing;
    Certificates above;
    for (const x509::Certificate& authority : ca.authorities)
        (issues_another(authority, ca.authorities) ? above : issuing).push_back(authority);
    ca.authorities = std::move(issuing);
    ca.authorities.insert(ca.authorities.end(), above.begin(), above.end());
}

// The purposes that only RAs have; emailProtection and the like may stand beside them.
bool says_ra(const x509::Certificate& certificate) {
    return certificate.has_eku(oid::kCmcRa) || certificate.has_eku(oid::kCertificateRequestAgent);
}

bool says_nothing(const x509::Certificate& certificate) {
    return certificate.extended_key_usage().empty();
}

// Why the certificate is not taken as RA; empty when it is.
std::string why_no_ra(const x509::Certificate& certificate,
                      const AuthenticatedCa& ca,
                      const TrustSettings& settings,
                      TimePoint now) {
    const bool named = std::ranges::find(settings.ra_fingerprints, certificate.fingerprint()) !=
                       settings.ra_fingerprints.end();
    if (!named && !settings.ra_fingerprints.empty())
        return "no --ra-fingerprint names it";
    if (const Status chained = x509::verify_chain(certificate, ca.authorities, ca.anchors, now);
        !chained)
        return to_text(chained.error());
    if (!named && !says_ra(certificate) && !says_nothing(certificate))
        return fmt::format(
            "its extended key usage has neither cmcRA nor certificateRequestAgent, so it may be a "
            "device's, which only --ra-fingerprint {} admits",
            fingerprint_text(certificate));
    return {};
}

// RAs by their extended key usage come first, and without --ra-fingerprint push out those that have
// none.
void prefer_declared_ras(AuthenticatedCa& ca, const TrustSettings& settings) {
    const auto undeclared = std::stable_partition(ca.ras.begin(), ca.ras.end(), says_ra);
    if (!settings.ra_fingerprints.empty())
        return;
    const bool declared = undeclared != ca.ras.begin();
    for (const x509::Certificate& certificate : Certificates(undeclared, ca.ras.end()))
        ca.notes.push_back(
            declared ? fmt::format("{} is not taken as RA: it has no extended key usage and "
                                   "another RA has; only --ra-fingerprint {} admits it",
                                   certificate.subject_text(),
                                   fingerprint_text(certificate))
                     : fmt::format("{} is taken as RA although it has no extended key usage, like "
                                   "some devices' certificates; --ra-fingerprint {} makes sure",
                                   certificate.subject_text(),
                                   fingerprint_text(certificate)));
    if (declared)
        ca.ras.erase(undeclared, ca.ras.end());
}

Status add_ras(AuthenticatedCa& ca,
               const Certificates& reply,
               const Certificates& authorities,
               const TrustSettings& settings,
               TimePoint now) {
    for (const Fingerprint& named : settings.ra_fingerprints)
        if (std::ranges::none_of(
                reply, [&](const auto& certificate) { return certificate.fingerprint() == named; }))
            return fail(Errc::Policy,
                        fmt::format("no certificate of GetCACert has the RA fingerprint {}",
                                    to_hex(named)));
    for (const x509::Certificate& certificate : reply) {
        if (contains(authorities, certificate))
            continue;
        if (const std::string why = why_no_ra(certificate, ca, settings, now); why.empty())
            ca.ras.push_back(certificate);
        else
            ca.notes.push_back(
                fmt::format("{} is not taken as RA: {}", certificate.subject_text(), why));
    }
    prefer_declared_ras(ca, settings);
    return {};
}

}  // namespace

bool fits_fingerprint(const TrustSettings& settings, const x509::Certificate& certificate) {
    return (!settings.ca_fingerprint || certificate.fingerprint() == *settings.ca_fingerprint) &&
           (!settings.ca_sha1 || equal(sha1_of(certificate), *settings.ca_sha1));
}

std::string_view to_text(TrustedBy by) noexcept {
    switch (by) {
        case TrustedBy::CaFingerprint:
            return "fingerprint";
        case TrustedBy::Tls:
            return "tls";
        case TrustedBy::FirstUse:
            return "first use";
    }
    return "";
}

std::vector<x509::Certificate> AuthenticatedCa::signers() const {
    Certificates out = ras;
    out.insert(out.end(), authorities.begin(), authorities.end());
    return out;
}

Result<std::vector<x509::Certificate>> parse_ca_certificates(Bytes body) {
    if (asn1::looks_like_pem(as_text(body))) {
        SCEP_TRY(certificates, parse_pem(body));
        return without_duplicates(certificates);
    }
    if (auto certificate = x509::Certificate::parse(body, "GetCACert"))
        return Certificates{std::move(*certificate)};
    auto out = parse_certs_only(body);
    if (!out)
        return fail(
            {.code = Errc::Protocol,
             .what = "neither a certificate nor certs-only SignedData: " + to_text(out.error()),
             .cite = "RFC 8894 section 4.2.1"});
    return without_duplicates(*out);
}

Result<AuthenticatedCa> authenticate_ca(const std::vector<x509::Certificate>& reply,
                                        const TrustSettings& settings,
                                        bool verified_tls,
                                        TimePoint now,
                                        RecipientSetting recipient,
                                        Bytes challenge) {
    const Certificates authorities = authorities_of(reply);
    if (authorities.empty())
        return fail({.code = Errc::Protocol,
                     .what = "the reply to GetCACert holds no CA certificate",
                     .cite = "RFC 8894 section 4.2.1"});
    AuthenticatedCa ca;
    SCEP_TRY(by, what_vouches(authorities, settings, verified_tls));
    ca.trusted_by = by;
    SCEP_TRY(anchors, choose_anchors(reply, authorities, settings, now));
    ca.anchors = anchors;
    add_authorities(ca, authorities, now);
    SCEP_CHECK(add_ras(ca, reply, authorities, settings, now));
    SCEP_CHECK(choose_recipient(ca, reply, recipient, challenge));
    return ca;
}

}  // namespace scep
