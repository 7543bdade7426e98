// Rules about issuers.
#include <algorithm>

#include <fmt/format.h>

#include "core/check/rule.hpp"
#include "core/check/validity.hpp"
#include "core/check/weakness.hpp"

namespace scep::check {

namespace {

// visit(settings, issuer) for each issuer whose certificate was loaded.
template <class Visit>
void each_ca(const Facts& facts, const Visit& visit) {
    for (const LoadedIssuer& issuer : facts.deployment.issuers)
        if (const config::Issuer* settings = facts.deployment.config.issuer(issuer.id);
            settings != nullptr && issuer.certificate)
            visit(*settings, issuer);
}

Where at(const std::filesystem::path& path) {
    return {.source = path.string()};
}

}  // namespace

void check_ca_match(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        const Result<crypto::PublicKey> key = issuer.certificate->public_key();
        if (!key)
            out.add(kServer,
                    at(settings.ca_cert_path),
                    fmt::format("the key cannot be used: {}", key.error().what));
        else if (issuer.key && !(*key == issuer.key->public_key()))
            out.add(
                kServer,
                at(settings.ca_key_path),
                fmt::format("does not match the certificate {}", settings.ca_cert_path.string()),
                "name the key that the certificate was made with");
    });
}

void check_ca_basic_constraints(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        if (!issuer.certificate->is_ca())
            out.add(kServer,
                    at(settings.ca_cert_path),
                    fmt::format("is not a CA certificate: {} lacks CA:TRUE",
                                issuer.certificate->subject_text()));
    });
}

void check_ca_key_usage(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        if (!issuer.certificate->allows_usage(x509::kKeyCertSign))
            out.add(kServer, at(settings.ca_cert_path), "the key usage lacks keyCertSign");
    });
}

// GetCRL and the published list need it; everything else goes without.
void check_ca_crl_sign(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        if (!issuer.certificate->allows_usage(x509::kCrlSign))
            out.add(kServer, at(settings.ca_cert_path), "the key usage lacks cRLSign");
    });
}

void check_ca_valid(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        if (auto why = invalidity(*issuer.certificate, facts.now))
            out.add(kServer, at(settings.ca_cert_path), *std::move(why));
    });
}

void check_ca_expiry(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        if (auto why = nearing_expiry(*issuer.certificate, facts))
            out.add(kServer, at(settings.ca_cert_path), *std::move(why));
    });
}

// Each certificate of chain_path above the one before it; the last may be any of them, a root or an
// intermediate that clients have. A chain file that repeats the CA itself is common and harmless.
void check_ca_chain(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        const auto issues = [](const x509::Certificate& above, const x509::Certificate& below) {
            return x509::check_issued_by(crypto::Library::standard(), below, above).has_value();
        };
        const x509::Certificate* below = issuer.certificate.get();
        for (const x509::Certificate& above : issuer.chain) {
            if (above == *issuer.certificate)
                continue;
            if (!issues(above, *below)) {
                out.add(kServer,
                        {.source = settings.chain_path.string(), .subject = above.subject_text()},
                        fmt::format("did not issue {}", below->subject_text()),
                        "list the certificates above the CA in order, its issuer first");
                return;
            }
            if (auto why = invalidity(above, facts.now))
                out.add(kServer,
                        {.source = settings.chain_path.string(), .subject = above.subject_text()},
                        *std::move(why));
            below = &above;
        }
    });
}

// RFC 5280 section 4.2.1.9: how many CAs may stand between this one and the device. What issued
// our CA has one there, what issued that has two.
void check_ca_path_length(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        std::uint32_t below = 0;
        const x509::Certificate* issued = issuer.certificate.get();
        for (const x509::Certificate& above : issuer.chain) {
            if (above == *issuer.certificate)
                continue;
            if (++below; !x509::check_issued_by(crypto::Library::standard(), *issued, above))
                return;  // no chain at all: ca-chain says so
            issued = &above;
            const auto constraints = above.basic_constraints();
            if (constraints && constraints->path_length.value_or(below) < below)
                out.add(kServer,
                        {.source = settings.chain_path.string(), .subject = above.subject_text()},
                        fmt::format("its path length is {}, and {} below it: clients refuse what "
                                    "the CA issues",
                                    *constraints->path_length,
                                    below == 1 ? std::string("one CA stands")
                                               : fmt::format("{} CAs stand", below)),
                        "have the CA certified by one that may have CAs below it");
        }
    });
}

void check_ca_signature(const Facts& facts, Reporter& out) {
    each_ca(facts, [&](const config::Issuer& settings, const LoadedIssuer& issuer) {
        const auto judge = [&](const x509::Certificate& certificate,
                               const std::filesystem::path& path) {
            if (auto why = weak_signature(certificate); why && !certificate.self_issued())
                out.add(kServer,
                        {.source = path.string(), .subject = certificate.subject_text()},
                        *std::move(why),
                        "have it issued anew with SHA-256");
        };
        judge(*issuer.certificate, settings.ca_cert_path);
        for (const x509::Certificate& above : issuer.chain)
            if (!(above == *issuer.certificate))
                judge(above, settings.chain_path);
    });
}

void check_ca_outlived(const Facts& facts, Reporter& out) {
    for (const LoadedProfile& profile : facts.deployment.profiles) {
        if (profile.issuer >= facts.deployment.issuers.size())
            continue;
        const LoadedIssuer& issuer = facts.deployment.issuers[profile.issuer];
        if (!issuer.certificate || !issuer.certificate->valid_at(facts.now) ||
            facts.now + profile.certificate_profile.max_ttl <= issuer.certificate->not_after())
            continue;
        out.add(profile.settings.path_id,
                facts.deployment.config.place_of("scep." + profile.settings.name, "profile_id"),
                fmt::format("max_ttl reaches beyond the CA of issuer {}, which ends {}: "
                            "certificates are cut short to that",
                            issuer.id,
                            to_rfc3339(issuer.certificate->not_after())),
                "shorten max_ttl or renew the CA");
    }
}

}  // namespace scep::check
