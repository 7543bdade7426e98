#include "core/scep/request_signer.hpp"

#include "core/x509/issue.hpp"

namespace scep {

namespace {

constexpr unsigned kTransientRsaBits = 2048;
constexpr Seconds kBackdate = std::chrono::hours(24);       // for servers whose clock is behind
constexpr Seconds kValidity = std::chrono::hours(24 * 30);  // an approval by hand takes days

}  // namespace

SignerKey best_signer_key(const crypto::PublicKey& csr_key, cms::RecipientKind request) noexcept {
    const bool stranger =
        csr_key.type() == crypto::KeyType::Ec && request == cms::RecipientKind::KeyTransport;
    return stranger ? SignerKey::Transient : SignerKey::Own;
}

Result<RequestSigner> make_request_signer(crypto::PrivateKey& csr_key,
                                          SignerKey which,
                                          const x509::Name& subject,
                                          TimePoint now,
                                          Random& random) {
    RequestSigner out{.key = &csr_key};
    if (which == SignerKey::Transient) {
        SCEP_TRY(transient, crypto::PrivateKey::generate_rsa(kTransientRsaBits));
        out.transient = std::move(transient);
        out.key = out.transient.get();
    }
    SCEP_TRY(
        der,
        x509::self_signed_certificate(subject, *out.key, now - kBackdate, now + kValidity, random));
    SCEP_TRY(certificate, x509::Certificate::parse(der, "the request's own signer certificate"));
    out.certificate = std::move(certificate);
    return out;
}

}  // namespace scep
