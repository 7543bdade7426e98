// Rules about RA pairs: what signs the replies and opens the requests.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/check/rule.hpp"
#include "core/check/validity.hpp"
#include "core/check/weakness.hpp"

namespace scep::check {

namespace {

// visit(profile, paths, pair) for each RA pair of each profile.
template <class Visit>
void each_ra(const Facts& facts, const Visit& visit) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        for (std::size_t i = 0; i < profile.ra.size(); ++i)
            visit(profile, profile.settings.ra[i], profile.ra[i]);
}

// The same for those whose certificate was loaded.
template <class Visit>
void each_ra_certificate(const Facts& facts, const Visit& visit) {
    each_ra(facts,
            [&](const LoadedProfile& profile, const config::RaPair& paths, const LoadedRa& ra) {
                if (ra.certificate)
                    visit(profile, paths, *ra.certificate);
            });
}

Where at(const std::filesystem::path& path) {
    return {.source = path.string()};
}

const LoadedIssuer* issuer_of(const Facts& facts, const LoadedProfile& profile) {
    const auto& issuers = facts.deployment.issuers;
    return profile.issuer < issuers.size() ? &issuers[profile.issuer] : nullptr;
}

bool is_under(const x509::Certificate& ra, const x509::Certificate& ca) {
    return ra == ca || x509::check_issued_by(crypto::Library::standard(), ra, ca);
}

// "EC P-256"; empty for an RSA key, and one that cannot be used.
std::string ec_key_of(const x509::Certificate& certificate) {
    const Result<crypto::PublicKey> key = certificate.public_key();
    return key && key->type() == crypto::KeyType::Ec ? key->describe() : "";
}

bool has_rsa_key(const LoadedRa& ra) {
    if (!ra.certificate)
        return false;
    const Result<crypto::PublicKey> key = ra.certificate->public_key();
    return key && key->type() == crypto::KeyType::Rsa;
}

// The named clients, or all that are known.
std::string family_names(const Facts& facts) {
    std::vector<std::string_view> names;
    for (const ClientFamily* family : facts.clients)
        names.push_back(family->name);
    if (names.empty())
        for (const ClientFamily& family : client_families())
            names.push_back(family.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

bool is_of_next_ca(const x509::Certificate& ra, const LoadedIssuer& issuer) {
    return !issuer.next.empty() && is_under(ra, issuer.next.front());
}

// Most clients encrypt to the CA where there is no RA; to an EC key hardly any can.
std::string remark_on_ca(const Facts& facts, const LoadedProfile& profile) {
    const LoadedIssuer* issuer = issuer_of(facts, profile);
    const std::string key =
        issuer != nullptr && issuer->certificate ? ec_key_of(*issuer->certificate) : "";
    return key.empty() ? ""
                       : fmt::format(", and the CA's own key is {}: an RSA pair it must be", key);
}

}  // namespace

bool applies_to_several_ra(const Facts& /*facts*/, const LoadedProfile* profile) {
    return profile->ra.size() > 1;
}

void check_ra_present(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles)
        if (profile.ra.empty())
            out.add(
                profile.settings.path_id,
                facts.deployment.config.place_of("scep." + profile.settings.name, "ra_cert_path"),
                fmt::format("no RA pair is configured{}", remark_on_ca(facts, profile)),
                hint_of_variable(facts.deployment.config,
                                 fmt::format("scep.{}.ra_cert_path", profile.settings.name),
                                 profile.settings.line,
                                 "ra-present"));
}

void check_ra_match(const Facts& facts, Reporter& out) {
    each_ra(
        facts, [&](const LoadedProfile& profile, const config::RaPair& paths, const LoadedRa& ra) {
            if (!ra.certificate || !ra.key)
                return;
            const Result<crypto::PublicKey> key = ra.certificate->public_key();
            if (key && !(*key == ra.key->public_key()))
                out.add(profile.settings.path_id,
                        at(paths.key_path),
                        fmt::format("does not match the certificate {}", paths.cert_path.string()),
                        "name the key that the certificate was made with");
        });
}

void check_ra_valid(const Facts& facts, Reporter& out) {
    each_ra_certificate(
        facts, [&](const LoadedProfile& profile, const auto& paths, const auto& certificate) {
            if (auto why = invalidity(certificate, facts.now))
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        *std::move(why),
                        "certctl-scep ra-gen makes a new pair");
        });
}

void check_ra_expiry(const Facts& facts, Reporter& out) {
    each_ra_certificate(
        facts, [&](const LoadedProfile& profile, const auto& paths, const auto& certificate) {
            if (auto why = nearing_expiry(certificate, facts))
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        *std::move(why),
                        "certctl-scep ra-gen makes a new pair; serve both for a while with "
                        "[[scep.NAME.ra]]");
        });
}

// RFC 8894 section 3.1 knows two ways round an EC key, and hardly a client knows either.
void check_ra_key_type(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles) {
        if (profile.ra.empty() || std::ranges::any_of(profile.ra, has_rsa_key))
            continue;
        const auto& certificate = profile.ra.front().certificate;
        const std::string key = certificate ? ec_key_of(*certificate) : "";
        if (!key.empty())
            out.add(profile.settings.path_id,
                    at(profile.settings.ra.front().cert_path),
                    fmt::format("the key is {}: it takes a client that {}, and of {} none is known "
                                "to",
                                key,
                                profile.settings.password_recipients
                                    ? "does key agreement or encrypts to the challenge"
                                    : "does key agreement",
                                family_names(facts)));
    }
}

// A pair that differs in its certificate alone is no second one to an attacker.
void check_ra_duplicate(const Facts& facts, Reporter& out) {
    each_ra(facts,
            [&](const LoadedProfile& profile, const config::RaPair& paths, const LoadedRa& ra) {
                for (const LoadedRa& other : profile.ra) {
                    if (&other == &ra)
                        return;
                    if (!ra.certificate || !other.certificate ||
                        !equal(ra.certificate->spki(), other.certificate->spki()))
                        continue;
                    const auto index = static_cast<std::size_t>(&other - profile.ra.data());
                    out.add(profile.settings.path_id,
                            at(paths.cert_path),
                            fmt::format("has the same key as {}",
                                        profile.settings.ra[index].cert_path.string()));
                    return;
                }
            });
}

void check_ra_key_size(const Facts& facts, Reporter& out) {
    each_ra_certificate(
        facts, [&](const LoadedProfile& profile, const auto& paths, const auto& certificate) {
            const Result<crypto::PublicKey> key = certificate.public_key();
            if (!key)
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        fmt::format("the key cannot be used: {}", key.error().what),
                        "certctl-scep ra-gen --key rsa:2048");
        });
}

void check_ra_key_usage(const Facts& facts, Reporter& out) {
    each_ra_certificate(
        facts, [&](const LoadedProfile& profile, const auto& paths, const auto& certificate) {
            const Result<crypto::PublicKey> key = certificate.public_key();
            const bool rsa = !key || key->type() == crypto::KeyType::Rsa;
            const std::uint32_t wanted =
                x509::kDigitalSignature | (rsa ? std::uint32_t{x509::kKeyEncipherment} : 0U);
            if (!certificate.allows_usage(wanted))
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        fmt::format("the key usage lacks digitalSignature{}",
                                    rsa ? " or keyEncipherment" : ""),
                        "certctl-scep ra-gen writes both");
        });
}

void check_ra_eku(const Facts& facts, Reporter& out) {
    each_ra_certificate(
        facts, [&](const LoadedProfile& profile, const auto& paths, const auto& certificate) {
            if (certificate.has_eku(oid::kClientAuth) && !certificate.has_eku(oid::kCmcRa) &&
                !certificate.has_eku(oid::kCertificateRequestAgent))
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        "the certificate looks like a device's: EKU clientAuth without cmcRA, so "
                        "careful clients do not take it as an RA",
                        "certctl-scep ra-gen writes cmcRA and emailProtection");
        });
}

// A pair of the next CA is good for what is enveloped for that one, but not to answer by default.
void check_ra_chain(const Facts& facts, Reporter& out) {
    each_ra(
        facts, [&](const LoadedProfile& profile, const config::RaPair& paths, const LoadedRa& ra) {
            const LoadedIssuer* issuer = issuer_of(facts, profile);
            if (!ra.certificate || issuer == nullptr || !issuer->certificate ||
                is_under(*ra.certificate, *issuer->certificate))
                return;
            if (!is_of_next_ca(*ra.certificate, *issuer))
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        fmt::format("does not chain to the CA of issuer {} ({}): clients would "
                                    "not trust the replies",
                                    issuer->id,
                                    issuer->certificate->subject_text()),
                        "certctl-scep ra-gen --ca-cert FILE --ca-key FILE with that CA");
            else if (&ra == &profile.ra.front())
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        "is issued by the next CA: clients of today would not trust the replies",
                        "name a pair of the current CA in ra_cert_path and ra_key_path, and "
                        "this one in [[scep.NAME.ra]]");
            else if (!issuer->next_key)
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        "is issued by the next CA, which cannot issue without its key",
                        "set next_ca_key_path, or remove the pair until then");
        });
}

void check_ra_signature(const Facts& facts, Reporter& out) {
    each_ra_certificate(
        facts, [&](const LoadedProfile& profile, const auto& paths, const auto& certificate) {
            if (auto why = weak_signature(certificate))
                out.add(profile.settings.path_id,
                        at(paths.cert_path),
                        *std::move(why),
                        "certctl-scep ra-gen makes a new pair");
        });
}

void check_ra_is_ca(const Facts& facts, Reporter& out) {
    each_ra(facts,
            [&](const LoadedProfile& profile, const config::RaPair& paths, const LoadedRa& ra) {
                const LoadedIssuer* issuer = issuer_of(facts, profile);
                if (ra.key && issuer != nullptr && issuer->key &&
                    ra.key->public_key() == issuer->key->public_key())
                    out.add(profile.settings.path_id,
                            at(paths.key_path),
                            "is the key of the CA: messages of strangers would be opened with it",
                            "certctl-scep ra-gen makes a pair of its own");
            });
}

}  // namespace scep::check
