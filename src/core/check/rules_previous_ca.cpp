// Rules about the CAs that an issuer had before: previous_ca_cert_path. None of them issues or is
// told to clients; what they issued is recognised when it renews.
#include <algorithm>

#include <fmt/format.h>

#include "core/check/rule.hpp"
#include "core/check/validity.hpp"

namespace scep::check {

namespace {

// visit(settings, issuer, former) for each former CA that was loaded.
template <class Visit>
void each_former(const Facts& facts, const Visit& visit) {
    for (const LoadedIssuer& issuer : facts.deployment.issuers)
        if (const config::Issuer* settings = facts.deployment.config.issuer(issuer.id))
            for (const x509::Certificate& former : issuer.previous)
                visit(*settings, issuer, former);
}

Where at(const config::Issuer& settings) {
    return {.source = settings.previous_ca_cert_path.string()};
}

}  // namespace

bool applies_to_previous_ca_setting(const Facts& facts, const LoadedProfile* /*profile*/) {
    return std::ranges::any_of(facts.deployment.config.issuers, [](const config::Issuer& issuer) {
        return !issuer.previous_ca_cert_path.empty();
    });
}

bool applies_to_previous_ca(const Facts& facts, const LoadedProfile* /*profile*/) {
    return std::ranges::any_of(facts.deployment.issuers,
                               [](const LoadedIssuer& issuer) { return !issuer.previous.empty(); });
}

void check_previous_ca_constraints(const Facts& facts, Reporter& out) {
    each_former(facts, [&](const auto& settings, const auto& /*issuer*/, const auto& former) {
        const std::string name = former.subject_text();
        if (!former.is_ca())
            out.add(kServer,
                    at(settings),
                    fmt::format("is not a CA certificate: {} lacks CA:TRUE", name));
        else if (!former.allows_usage(x509::kKeyCertSign))
            out.add(
                kServer, at(settings), fmt::format("the key usage of {} lacks keyCertSign", name));
        else if (const Result<crypto::PublicKey> key = former.public_key(); !key)
            out.add(kServer,
                    at(settings),
                    fmt::format("the key of {} cannot be used: {}", name, key.error().what));
    });
}

void check_previous_ca_former(const Facts& facts, Reporter& out) {
    each_former(facts, [&](const auto& settings, const auto& issuer, const auto& former) {
        if (issuer.certificate && former == *issuer.certificate)
            out.add(kServer, at(settings), "holds the certificate of ca_cert_path");
        else if (!issuer.next.empty() && former == issuer.next.front())
            out.add(kServer, at(settings), "holds the certificate of next_ca_cert_path");
    });
}

// No certificate that this program issues outlives its CA.
void check_previous_ca_expired(const Facts& facts, Reporter& out) {
    each_former(facts, [&](const auto& settings, const auto& /*issuer*/, const auto& former) {
        if (former.not_after() < facts.now)
            out.add(kServer, at(settings), *invalidity(former, facts.now));
    });
}

}  // namespace scep::check
