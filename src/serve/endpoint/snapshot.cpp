#include "serve/endpoint/snapshot.hpp"

#include <utility>

#include "core/cms/signed_data.hpp"
#include "core/scep/capabilities.hpp"
#include "core/scep/operation.hpp"

namespace scep::endpoint {

namespace {

// Only what the profile really does (RFC 8894 section 3.5.2).
std::string capabilities_of(const AlgorithmPolicy& policy) {
    return write_capabilities({.post_pki_operation = true,
                               .sha1 = policy.sha1,
                               .sha256 = true,
                               .sha384 = true,
                               .sha512 = true,
                               .aes = true,
                               .des3 = policy.des3,
                               .scep_standard = true});
}

// RA certificates first: many clients take the first that fits (RFC 8894 section 4.2.1).
std::vector<Bytes> served_certificates(const ProfileSnapshot& profile) {
    std::vector<Bytes> out;
    for (const Ra& ra : profile.ra)
        if (!(ra.certificate == profile.issuer->certificate()))
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

void fill_issued_chain(ProfileSnapshot& profile) {
    if (profile.settings.chain == config::Chain::None)
        return;
    profile.issued_chain.push_back(profile.issuer->certificate().der());
    if (profile.settings.chain == config::Chain::Full)
        for (const x509::Certificate& above : profile.issuer->chain())
            profile.issued_chain.push_back(above.der());
}

}  // namespace

ProfileSnapshot make_snapshot(SnapshotParts parts) {
    ProfileSnapshot out{.settings = std::move(parts.settings),
                        .certificate_profile = std::move(parts.certificate_profile),
                        .issuer = std::move(parts.issuer),
                        .ra = std::move(parts.ra),
                        .challenge = std::make_shared<auth::StaticChallenge>(parts.challenge)};
    out.settings.challenge_password.clear();
    out.algorithms = algorithm_policy(out.settings);
    out.capabilities = capabilities_of(out.algorithms);
    fill_ca_certificates(out);
    fill_issued_chain(out);
    return out;
}

}  // namespace scep::endpoint
