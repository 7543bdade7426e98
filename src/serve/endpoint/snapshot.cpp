#include "serve/endpoint/snapshot.hpp"

#include <utility>

#include "core/cms/signed_data.hpp"
#include "core/scep/capabilities.hpp"
#include "core/scep/operation.hpp"

namespace scep::endpoint {

namespace {

// Only what the profile really does (RFC 8894 section 3.5.2).
std::string capabilities_of(const ProfileSnapshot& profile) {
    return write_capabilities({.post_pki_operation = true,
                               .sha1 = profile.algorithms.sha1,
                               .sha256 = true,
                               .sha384 = true,
                               .sha512 = true,
                               .aes = true,
                               .des3 = profile.algorithms.des3,
                               .scep_standard = true,
                               .renewal = true,
                               .get_next_ca_cert = !profile.next_ca_certificates.empty()});
}

// RA certificates first: many clients take the first that fits (RFC 8894 section 4.2.1). Those of
// the next CA are not listed: they do not chain to this one.
std::vector<Bytes> served_certificates(const ProfileSnapshot& profile) {
    std::vector<Bytes> out;
    for (const Ra& ra : profile.ra)
        if (ra.issuer == profile.issuer && !(ra.certificate == profile.issuer->certificate()))
            out.push_back(ra.certificate.der());
    out.push_back(profile.issuer->certificate().der());
    for (const x509::Certificate& above : profile.issuer->chain())
        out.push_back(above.der());
    return out;
}

void fill_ca_certificates(ProfileSnapshot& profile) {
    const std::vector<Bytes> certificates = served_certificates(profile);
    const bool alone = certificates.size() == 1;
    profile.ca_certificates =
        alone ? to_buffer(certificates.front()) : cms::build_certs_only(certificates);
    profile.ca_certificates_type = alone ? kTypeCaCert : kTypeCaRaCert;
}

std::vector<Bytes> issued_chain(config::Chain chain, const ca::Issuer& issuer) {
    std::vector<Bytes> out;
    if (chain == config::Chain::None)
        return out;
    out.push_back(issuer.certificate().der());
    if (chain == config::Chain::Full)
        for (const x509::Certificate& above : issuer.chain())
            out.push_back(above.der());
    return out;
}

}  // namespace

ProfileSnapshot make_snapshot(SnapshotParts parts) {
    ProfileSnapshot out{.settings = std::move(parts.settings),
                        .certificate_profile = std::move(parts.certificate_profile),
                        .issuer = std::move(parts.issuer),
                        .next_issuer = std::move(parts.next_issuer),
                        .former_cas = std::move(parts.former_cas),
                        .ra = std::move(parts.ra),
                        .challenge = std::make_shared<auth::StaticChallenge>(parts.challenge),
                        .failures = std::make_shared<auth::FailureBudget>(),
                        .next_ca_certificates = std::move(parts.next_ca_certificates)};
    out.settings.challenge_password.clear();
    for (Ra& ra : out.ra)
        if (ra.issuer == nullptr)
            ra.issuer = out.issuer;
    if (out.settings.password_recipients) {
        out.password = std::make_shared<crypto::PasswordDecrypter>(parts.challenge);
        out.derivations = std::make_shared<auth::DerivationBudget>(parts.deriving_profiles);
        out.challenge_secret = std::move(parts.challenge);
    }
    out.algorithms = algorithm_policy(out.settings);
    out.capabilities = capabilities_of(out);
    fill_ca_certificates(out);
    out.issued_chain = issued_chain(out.settings.chain, *out.issuer);
    if (out.next_issuer != nullptr)
        out.next_issued_chain = issued_chain(out.settings.chain, *out.next_issuer);
    return out;
}

}  // namespace scep::endpoint
