#include "serve/served_profiles.hpp"

#include <utility>

#include "serve/ca/issuer.hpp"

namespace scep::serve {

namespace {

using Issuers = std::vector<std::shared_ptr<const ca::Issuer>>;

Result<Issuers> make_issuers(const check::Deployment& deployment) {
    Issuers out;
    for (const check::LoadedIssuer& loaded : deployment.issuers) {
        const config::Issuer& settings = *deployment.config.issuer(loaded.id);
        SCEP_TRY(issuer,
                 ca::Issuer::make(loaded.id,
                                  *loaded.certificate,
                                  loaded.chain,
                                  loaded.key,
                                  {settings.crl_url, settings.ocsp_url, settings.aia_url}));
        out.push_back(std::make_shared<const ca::Issuer>(std::move(issuer)));
    }
    return out;
}

ServedProfile make_profile(const check::LoadedProfile& loaded, const Issuers& issuers) {
    std::vector<endpoint::Ra> ra;
    for (const check::LoadedRa& pair : loaded.ra)
        ra.push_back({*pair.certificate, pair.key});
    ServedProfile out{
        .snapshot = endpoint::make_snapshot({.settings = loaded.settings,
                                             .certificate_profile = loaded.certificate_profile,
                                             .issuer = issuers.at(loaded.issuer),
                                             .ra = std::move(ra),
                                             .challenge = loaded.challenge})};
    if (loaded.settings.mtls.enabled)
        out.gate = std::make_unique<auth::MtlsGate>(loaded.settings.mtls);
    return out;
}

}  // namespace

Result<ServedProfiles> make_profiles(const check::Deployment& deployment) {
    SCEP_TRY(issuers, make_issuers(deployment));
    ServedProfiles out;
    for (const check::LoadedProfile& loaded : deployment.profiles)
        out.emplace(loaded.settings.path_id, make_profile(loaded, issuers));
    return out;
}

}  // namespace scep::serve
