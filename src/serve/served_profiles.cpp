#include "serve/served_profiles.hpp"

#include <algorithm>
#include <utility>

#include "serve/ca/issuer.hpp"

namespace scep::serve {

namespace {

// An issuer of the configuration, with the CA that takes over from it.
struct Issuers {
    std::shared_ptr<const ca::Issuer> current{};
    std::shared_ptr<const ca::Issuer> next{};  // null without its key
    const check::LoadedIssuer* loaded = nullptr;
};

using AllIssuers = std::vector<Issuers>;

Result<std::shared_ptr<const ca::Issuer>> make_current(const check::LoadedIssuer& loaded,
                                                       const config::Issuer& settings) {
    SCEP_TRY(issuer,
             ca::Issuer::make(loaded.id,
                              *loaded.certificate,
                              loaded.chain,
                              loaded.key,
                              {settings.crl_url, settings.ocsp_url, settings.aia_url}));
    return std::make_shared<const ca::Issuer>(std::move(issuer));
}

// It keeps the id: what it issues now is still revoked and found by that when it has taken over.
Result<std::shared_ptr<const ca::Issuer>> make_next(const check::LoadedIssuer& loaded,
                                                    const config::Issuer& settings) {
    if (loaded.next.empty() || loaded.next_key == nullptr)
        return std::shared_ptr<const ca::Issuer>();
    SCEP_TRY(issuer,
             ca::Issuer::make(loaded.id,
                              loaded.next.front(),
                              {loaded.next.begin() + 1, loaded.next.end()},
                              loaded.next_key,
                              {settings.crl_url, settings.ocsp_url, settings.aia_url},
                              ca::Term::Next));
    return std::make_shared<const ca::Issuer>(std::move(issuer));
}

Result<AllIssuers> make_issuers(const check::Deployment& deployment) {
    AllIssuers out;
    for (const check::LoadedIssuer& loaded : deployment.issuers) {
        const config::Issuer& settings = *deployment.config.issuer(loaded.id);
        SCEP_TRY(current, make_current(loaded, settings));
        SCEP_TRY(next, make_next(loaded, settings));
        out.push_back({std::move(current), std::move(next), &loaded});
    }
    return out;
}

bool is_of_next(const crypto::Library& library,
                const x509::Certificate& ra,
                const Issuers& issuers) {
    return !issuers.loaded->next.empty() &&
           x509::check_issued_by(library, ra, issuers.loaded->next.front()).has_value();
}

// The configured pairs. The next CA opens what is enveloped for it, as a pair of its own.
std::vector<endpoint::Ra> make_ra(const crypto::Library& library,
                                  const check::LoadedProfile& loaded,
                                  const Issuers& issuers) {
    std::vector<endpoint::Ra> out;
    for (const check::LoadedRa& pair : loaded.ra)
        if (!is_of_next(library, *pair.certificate, issuers))
            out.push_back({*pair.certificate, pair.key, pair.key, issuers.current});
        else if (issuers.next != nullptr)
            out.push_back({*pair.certificate, pair.key, pair.key, issuers.next});
    if (issuers.next != nullptr)
        out.push_back({issuers.next->certificate(),
                       issuers.loaded->next_key,
                       issuers.loaded->next_key,
                       issuers.next});
    return out;
}

// The next CA, what is above it, and its RAs: where its own key is EC they are whom to envelop for.
Result<Buffer> announce_next(const crypto::Library& library,
                             const check::LoadedProfile& loaded,
                             const Issuers& issuers) {
    std::vector<x509::Certificate> announced = issuers.loaded->next;
    if (announced.empty())
        return Buffer{};
    for (const check::LoadedRa& pair : loaded.ra)
        if (is_of_next(library, *pair.certificate, issuers))
            announced.push_back(*pair.certificate);
    return issuers.current->announce(library, announced);
}

Result<ServedProfile> make_profile(const crypto::Library& library,
                                   const check::LoadedProfile& loaded,
                                   const Issuers& issuers,
                                   std::int64_t deriving_profiles) {
    SCEP_TRY(next_ca_certificates, announce_next(library, loaded, issuers));
    ServedProfile out{.snapshot = endpoint::make_snapshot(
                          {.settings = loaded.settings,
                           .certificate_profile = loaded.certificate_profile,
                           .issuer = issuers.current,
                           .next_issuer = issuers.next,
                           .former_cas = issuers.loaded->previous,
                           .ra = make_ra(library, loaded, issuers),
                           .next_ca_certificates = std::move(next_ca_certificates),
                           .challenge = loaded.challenge,
                           .deriving_profiles = deriving_profiles})};
    if (loaded.settings.mtls.enabled)
        out.gate = std::make_unique<auth::MtlsGate>(loaded.settings.mtls);
    return out;
}

}  // namespace

Result<ServedProfiles> make_profiles(const check::Deployment& deployment) {
    const crypto::Library& library = crypto::Library::standard();
    SCEP_TRY(issuers, make_issuers(deployment));
    const std::int64_t deriving = std::ranges::count_if(
        deployment.profiles,
        [](const check::LoadedProfile& loaded) { return loaded.settings.password_recipients; });
    ServedProfiles out;
    for (const check::LoadedProfile& loaded : deployment.profiles) {
        SCEP_TRY(profile, make_profile(library, loaded, issuers.at(loaded.issuer), deriving));
        out.emplace(loaded.settings.path_id, std::move(profile));
    }
    return out;
}

}  // namespace scep::serve
