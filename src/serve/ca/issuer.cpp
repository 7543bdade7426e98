#include "serve/ca/issuer.hpp"

#include <algorithm>
#include <utility>

#include "core/base/limits.hpp"
#include "core/cms/signed_data.hpp"

namespace scep::ca {

Result<Issuer> Issuer::make(std::string id,
                            x509::Certificate certificate,
                            std::vector<x509::Certificate> chain,
                            std::shared_ptr<crypto::Signer> key,
                            Urls urls,
                            Term term) {
    SCEP_TRY(name, certificate.subject());
    return Issuer(std::move(id),
                  std::move(certificate),
                  std::move(name),
                  std::move(chain),
                  std::move(key),
                  std::move(urls),
                  term);
}

Issuer::Issuer(std::string id,
               x509::Certificate certificate,
               x509::Name name,
               std::vector<x509::Certificate> chain,
               std::shared_ptr<crypto::Signer> key,
               Urls urls,
               Term term)
    : id_(std::move(id)),
      certificate_(std::move(certificate)),
      name_(std::move(name)),
      chain_(std::move(chain)),
      key_(std::move(key)),
      urls_(std::move(urls)),
      term_(term) {}

// RFC 5280 section 4.2.1.1 wants it in every certificate below a CA. Where the CA's certificate
// names its key with no identifier, that of section 4.2.1.2 method (1) stands in.
Buffer Issuer::key_identifier() const {
    const Bytes own = certificate_.subject_key_identifier();
    return own.empty() ? to_buffer(key_->public_key().key_identifier()) : to_buffer(own);
}

Result<Issued> Issuer::issue(const x509::Grant& grant,
                             const x509::CertificateProfile& profile,
                             TimePoint now,
                             Random& random) const {
    const TimePoint start = term_ == Term::Next ? std::max(now, certificate_.not_before()) : now;
    if (!certificate_.valid_at(start))
        return fail(Errc::Policy, "the CA certificate is not valid now");
    Issued out{.serial = x509::random_serial(random),
               .not_before = std::max(start - limits::kClockLag, certificate_.not_before()),
               .not_after = std::min(start + profile.max_ttl, certificate_.not_after())};
    const x509::CertificateFields fields{.serial = out.serial,
                                         .issuer = name_,
                                         .subject = grant.subject,
                                         .not_before = out.not_before,
                                         .not_after = out.not_after,
                                         .key = grant.key,
                                         .key_usage = x509::device_key_usage(grant.key),
                                         .ekus = profile.allowed_ekus,
                                         .subject_alt_names = grant.subject_alt_names,
                                         .security_identifier = grant.security_identifier,
                                         .must_staple = profile.must_staple,
                                         .authority_key_identifier = key_identifier(),
                                         .crl_url = urls_.crl,
                                         .ocsp_url = urls_.ocsp,
                                         .aia_url = urls_.aia};
    SCEP_TRY(der, x509::sign_enrolled_certificate(fields, *key_, crypto::Digest::Sha256));
    out.der = std::move(der);
    return out;
}

// The outer message carries its signer, and the new certificates once more: jscep's server puts
// them there alone, and its client looks for them nowhere else.
Result<Buffer> Issuer::announce(const crypto::Library& library,
                                std::span<const x509::Certificate> next) const {
    std::vector<Bytes> announced;
    for (const x509::Certificate& certificate : next)
        announced.push_back(certificate.der());
    const Buffer content = cms::build_certs_only(announced);
    announced.insert(announced.begin(), certificate_.der());
    return cms::build_signed_data(
        library,
        {.content = content,
         .certificates = std::move(announced),
         .signer = &certificate_,
         .algorithm = crypto::default_signature(key_->public_key(), crypto::Digest::Sha256)},
        *key_);
}

}  // namespace scep::ca
