#include "serve/auth/renewal.hpp"

#include <fmt/format.h>

#include "core/x509/issue.hpp"

namespace scep::auth {

namespace {

tl::unexpected<Error> refuse(std::string what, std::string hint = {}) {
    return fail({.code = Errc::Policy, .what = std::move(what), .hint = std::move(hint)});
}

bool signed_by(const crypto::Library& library,
               const x509::Certificate& certificate,
               const x509::Certificate& ca) {
    const Result<crypto::PublicKey> key = ca.public_key();
    return key && certificate.verify_signature(library, *key);
}

bool names_issuer(const x509::Certificate& certificate, const x509::Certificate& ca) {
    if (equal(certificate.issuer_der(), ca.subject_der()))
        return true;
    const Result<x509::Name> issuer = certificate.issuer();
    const Result<x509::Name> subject = ca.subject();
    return issuer && subject && issuer->matches(*subject);
}

Status check_dates(const config::Profile& settings,
                   const x509::Certificate& certificate,
                   TimePoint now) {
    if (now < certificate.not_before())
        return refuse("the certificate that signed is not valid yet");
    if (now > certificate.not_after() + settings.renewal_grace)
        return refuse(fmt::format("the certificate that signed expired at {}",
                                  to_rfc3339(certificate.not_after())),
                      "renewal_grace admits late ones; else enrol anew with a challenge");
    if (settings.renewal_window && now < certificate.not_after() - *settings.renewal_window)
        return refuse(fmt::format("too early: the renewal window opens at {}",
                                  to_rfc3339(certificate.not_after() - *settings.renewal_window)),
                      "renewal_window sets how long before the end of a certificate it opens");
    return {};
}

Status check_identity(const x509::Certificate& certificate,
                      const x509::CertificationRequest& request) {
    SCEP_TRY(certified, x509::certified_identity(certificate));
    SCEP_TRY(requested, x509::requested_identity(request));
    if (!certified.subject.matches(requested.subject))
        return refuse(fmt::format("subject \"{}\" is not that of the certificate that signed, "
                                  "\"{}\"",
                                  requested.subject.to_text(),
                                  certified.subject.to_text()),
                      "allow_subject_change admits another");
    if (!x509::same_identity(certified, requested))
        return refuse("the SANs are not those of the certificate that signed",
                      "allow_subject_change admits others");
    return {};
}

}  // namespace

Result<std::optional<store::Issuance>> find_issuance(const crypto::Library& library,
                                                     const store::View& view,
                                                     std::span<const KnownCa> authorities,
                                                     const x509::Certificate& certificate) {
    for (const KnownCa& ca : authorities) {
        if (!names_issuer(certificate, ca.certificate))
            continue;
        SCEP_TRY(issued, view.issuance(ca.issuer_id, certificate.serial_hex()));
        if (issued && issued->fingerprint == certificate.fingerprint() &&
            signed_by(library, certificate, ca.certificate))
            return std::move(issued);
    }
    return std::nullopt;
}

Status check_renewal(const config::Profile& settings,
                     const store::Issuance& issued,
                     const x509::Certificate& certificate,
                     const x509::CertificationRequest& request,
                     TimePoint now) {
    if (issued.revoked_at)
        return refuse("the certificate that signed is revoked");
    if (issued.profile != settings.path_id)
        return refuse(
            fmt::format("the certificate that signed is of profile \"{}\"", issued.profile));
    SCEP_CHECK(check_dates(settings, certificate, now));
    return settings.allow_subject_change ? Status{} : check_identity(certificate, request);
}

}  // namespace scep::auth
