// Rules about client families that were named: what a habit of theirs needs of each profile.
#include <fmt/format.h>

#include "core/check/rule.hpp"

namespace scep::check {

namespace {

// visit(profile, family) for each profile and each named family with the habit.
template <class Visit>
void each_pair(const Facts& facts, Quirk quirk, const Visit& visit) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        for (const ClientFamily* family : facts.clients)
            if (family->has(quirk))
                visit(profile, *family);
}

Where setting(const Facts& facts, const LoadedProfile& profile, std::string_view key) {
    return facts.deployment.config.place_of("scep." + profile.settings.name, key);
}

bool is_allowed(const LoadedProfile& profile, std::string_view algorithm) {
    const auto& allowed = profile.settings.allow_legacy;
    return std::ranges::find(allowed, algorithm) != allowed.end();
}

bool is_printable(const SecretBytes& challenge) {
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 '()+,-./:=?";
    return as_text(challenge).find_first_not_of(kLetters) == std::string_view::npos;
}

const LoadedIssuer* issuer_of(const Facts& facts, const LoadedProfile& profile) {
    const auto& issuers = facts.deployment.issuers;
    return profile.issuer < issuers.size() ? &issuers[profile.issuer] : nullptr;
}

void check_tls_of(const Facts& facts, Quirk quirk, std::string_view what, Reporter& out) {
    for (const ClientFamily* family : facts.clients)
        if (family->has(quirk))
            out.add(kServer,
                    facts.deployment.config.place_of("server", "listen"),
                    fmt::format("{} ({}) {}, and serve speaks TLS 1.3 only",
                                family->name,
                                family->devices,
                                what),
                    "put a reverse proxy in front that speaks to them, and listen on loopback "
                    "behind it");
}

}  // namespace

bool applies_to_old_transports(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_quirk<Quirk::OldTls>(facts, profile) ||
           applies_to_quirk<Quirk::PlainHttp>(facts, profile);
}

bool applies_to_ra_for_strict_clients(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_quirk<Quirk::ReadsKeyUsage>(facts, profile) && applies_to_ra(facts, profile);
}

bool applies_to_ca_for_rsa_clients(const Facts& facts, const LoadedProfile* profile) {
    const LoadedIssuer* issuer = issuer_of(facts, *profile);
    return applies_to_quirk<Quirk::RsaOnly>(facts, profile) && issuer != nullptr &&
           issuer->certificate;
}

bool applies_to_challenge_for_clients(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_quirk<Quirk::PrintableChallenge>(facts, profile) &&
           applies_to_challenge(facts, profile);
}

bool applies_to_reply_for_clients(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_quirk<Quirk::WantsCaInReply>(facts, profile) ||
           applies_to_quirk<Quirk::RefusesCaInReply>(facts, profile);
}

bool applies_to_waiting_clients(const Facts& facts, const LoadedProfile* profile) {
    return profile->settings.approval == config::Approval::Manual &&
           std::ranges::any_of(facts.clients, [](const ClientFamily* family) {
               return family->patience != Seconds::zero();
           });
}

bool applies_to_renewing_clients(const Facts& facts, const LoadedProfile* profile) {
    return applies_to_quirk<Quirk::RenewsBySigner>(facts, profile) ||
           applies_to_quirk<Quirk::RenewsAnew>(facts, profile);
}

// On a loopback address there is a proxy in front already.
void check_client_tls(const Facts& facts, Reporter& out) {
    if (config::is_loopback(facts.deployment.config.server.listen))
        return;
    check_tls_of(facts, Quirk::OldTls, "speaks TLS 1.2 at most", out);
    check_tls_of(facts, Quirk::PlainHttp, "speaks plain HTTP", out);
}

void check_client_algorithms(const Facts& facts, Reporter& out) {
    each_pair(
        facts, Quirk::OldAlgorithms, [&](const LoadedProfile& profile, const ClientFamily& family) {
            if (is_allowed(profile, "sha1") && is_allowed(profile, "3des"))
                return;
            out.add(profile.settings.path_id,
                    setting(facts, profile, "allow_legacy"),
                    fmt::format("{} uses SHA-1 and 3DES, or less, unless it is told otherwise, and "
                                "that is refused here",
                                family.name),
                    "configure SHA-2 and AES on the devices, or set allow_legacy = [\"sha1\", "
                    "\"3des\"] in a profile of their own");
        });
}

void check_client_challenge(const Facts& facts, Reporter& out) {
    each_pair(facts,
              Quirk::PrintableChallenge,
              [&](const LoadedProfile& profile, const ClientFamily& family) {
                  if (!is_printable(profile.challenge))
                      out.add(profile.settings.path_id,
                              setting(facts, profile, "challenge_password_file"),
                              fmt::format("{} can only send a PrintableString, and the challenge "
                                          "is none",
                                          family.name),
                              "use letters and digits");
              });
}

void check_client_signer_key(const Facts& facts, Reporter& out) {
    each_pair(
        facts, Quirk::ForeignSigner, [&](const LoadedProfile& profile, const ClientFamily& family) {
            if (profile.settings.require_signer_key)
                out.add(profile.settings.path_id,
                        setting(facts, profile, "require_signer_key"),
                        fmt::format("{} signs requests with another key than the one it wants "
                                    "certified: every one would be refused",
                                    family.name),
                        "require_signer_key = false for these devices");
        });
}

void check_client_reply_chain(const Facts& facts, Reporter& out) {
    const auto complain = [&](const LoadedProfile& profile, std::string what, std::string hint) {
        out.add(profile.settings.path_id,
                setting(facts, profile, "chain"),
                std::move(what),
                std::move(hint));
    };
    each_pair(facts,
              Quirk::WantsCaInReply,
              [&](const LoadedProfile& profile, const ClientFamily& family) {
                  if (profile.settings.chain == config::Chain::None)
                      complain(profile,
                               fmt::format("{} wants the CA certificate in the reply", family.name),
                               R"(chain = "ca")");
              });
    each_pair(facts,
              Quirk::RefusesCaInReply,
              [&](const LoadedProfile& profile, const ClientFamily& family) {
                  if (profile.settings.chain != config::Chain::None)
                      complain(
                          profile,
                          fmt::format("{} takes no reply with a CA certificate in it", family.name),
                          R"(chain = "none", in a profile of its own)");
              });
}

void check_client_ra_key_usage(const Facts& facts, Reporter& out) {
    each_pair(
        facts, Quirk::ReadsKeyUsage, [&](const LoadedProfile& profile, const ClientFamily& family) {
            for (std::size_t i = 0; i < profile.ra.size(); ++i)
                if (profile.ra[i].certificate && !profile.ra[i].certificate->key_usage())
                    out.add(profile.settings.path_id,
                            {.source = profile.settings.ra[i].cert_path.string()},
                            fmt::format("{} finds the RA by its key usage, and this certificate "
                                        "has none",
                                        family.name),
                            "certctl-scep ra-gen writes digitalSignature and keyEncipherment");
        });
}

void check_client_ca_key(const Facts& facts, Reporter& out) {
    each_pair(facts, Quirk::RsaOnly, [&](const LoadedProfile& profile, const ClientFamily& family) {
        const LoadedIssuer* issuer = issuer_of(facts, profile);
        if (issuer == nullptr || !issuer->certificate)
            return;
        const Result<crypto::PublicKey> key = issuer->certificate->public_key();
        if (key && key->type() != crypto::KeyType::Rsa)
            out.add(profile.settings.path_id,
                    setting(facts, profile, "issuer_id"),
                    fmt::format("{} cannot verify what a CA with a key of {} signed",
                                family.name,
                                key->describe()),
                    "an issuer with an RSA key for these devices");
    });
}

void check_client_root_path(const Facts& facts, Reporter& out) {
    const auto& profiles = facts.deployment.profiles;
    if (std::ranges::any_of(profiles, [](const auto& p) { return p.settings.path_id.empty(); }))
        return;
    for (const ClientFamily* family : facts.clients)
        if (family->has(Quirk::RootPath))
            out.add(kServer,
                    {.source = facts.deployment.config.path.string()},
                    fmt::format("{} asks for /cgi-bin/pkiclient.exe when its configuration names "
                                "no path, and no profile is at the root",
                                family->name),
                    "write /scep/NAME into the device's enrolment URL, or set path_id = \"\"");
}

void check_client_polling(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        for (const ClientFamily* family : facts.clients)
            if (profile.settings.approval == config::Approval::Manual &&
                family->patience != Seconds::zero() &&
                family->patience < profile.settings.pending_ttl)
                out.add(profile.settings.path_id,
                        setting(facts, profile, "approval"),
                        fmt::format("{} gives up {} after it was told to wait, unless it is told "
                                    "otherwise: who approves later approves for nobody",
                                    family->name,
                                    duration_text(family->patience)));
}

void check_client_renewal(const Facts& facts, Reporter& out) {
    each_pair(facts,
              Quirk::RenewsBySigner,
              [&](const LoadedProfile& profile, const ClientFamily& family) {
                  if (profile.settings.renewal_requires_challenge)
                      out.add(
                          profile.settings.path_id,
                          setting(facts, profile, "renewal_requires_challenge"),
                          fmt::format("{} renews by its certificate alone: every renewal would be "
                                      "refused",
                                      family.name),
                          "renewal_requires_challenge = false for these devices");
              });
    each_pair(
        facts, Quirk::RenewsAnew, [&](const LoadedProfile& profile, const ClientFamily& family) {
            if (profile.settings.approval == config::Approval::Manual)
                out.add(profile.settings.path_id,
                        setting(facts, profile, "approval"),
                        fmt::format("{} renews by a new request, which waits for an operator each "
                                    "time",
                                    family.name),
                        "approval = \"automatic\", with one-time challenges");
        });
}

}  // namespace scep::check
