#include "core/scep/issued.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/cms/signed_data.hpp"

namespace scep {

namespace {

using Certificates = std::vector<x509::Certificate>;

constexpr Seconds kClockSkew = std::chrono::minutes(10);  // a server's clock may run ahead of ours
constexpr std::string_view kCite = "RFC 8894 section 3.3.2.1";

Error refused(std::string what) {
    return {.code = Errc::Policy, .what = std::move(what), .cite = std::string(kCite)};
}

Result<Certificates> parse_certificates(Bytes message_data) {
    SCEP_TRY(signed_data, cms::parse_signed_data(message_data));
    Certificates out;
    for (const Bytes der : signed_data.certificates) {
        SCEP_TRY(certificate, x509::Certificate::parse(der, "the reply"));
        out.push_back(std::move(certificate));
    }
    return out;
}

Result<Certificates> open_certificates(Bytes message_data) {
    auto out = parse_certificates(message_data);
    if (!out)
        return during(std::move(out).error(), "reading what the reply's envelope holds");
    return out;
}

Error none_of(const Certificates& certificates, std::string_view wanted) {
    std::vector<std::string> subjects;
    for (const x509::Certificate& certificate : certificates)
        subjects.push_back(certificate.subject_text());
    return refused(subjects.empty() ? std::string("the reply holds no certificate")
                                    : fmt::format("the reply holds no certificate {}, but: {}",
                                                  wanted,
                                                  fmt::join(subjects, ", ")));
}

// Issuers of `leaf` upwards, as far as `pool` has them.
Certificates chain_above(const crypto::Library& library,
                         const x509::Certificate& leaf,
                         const Certificates& pool) {
    Certificates out;
    x509::Certificate top = leaf;
    while (out.size() < limits::kMaxChain && !top.self_issued()) {
        const auto issuer = std::ranges::find_if(pool, [&](const auto& candidate) {
            return x509::check_issued_by(library, top, candidate).has_value();
        });
        if (issuer == pool.end() || std::ranges::find(out, *issuer) != out.end())
            break;
        out.push_back(*issuer);
        top = *issuer;
    }
    return out;
}

// At `now`, or at the certificate's notBefore where the server's clock runs a little ahead.
TimePoint time_for(const x509::Certificate& certificate, TimePoint now) {
    const bool ahead =
        certificate.not_before() > now && certificate.not_before() - now <= kClockSkew;
    return ahead ? certificate.not_before() : now;
}

Result<IssuedCertificate> with_chain(const crypto::Library& library,
                                     x509::Certificate certificate,
                                     const Certificates& enclosed,
                                     const AuthenticatedCa& ca,
                                     TimePoint at) {
    Certificates pool = ca.authorities;
    pool.insert(pool.end(), enclosed.begin(), enclosed.end());
    const Status chained = ca.store ? ca.store->verify(certificate, pool, at)
                                    : x509::verify_chain(certificate, pool, ca.anchors, at);
    if (!chained)
        return during(chained.error(),
                      "the issued certificate does not chain to the authenticated CA");
    IssuedCertificate out{.chain = chain_above(library, certificate, pool)};
    out.certificate = std::move(certificate);
    return out;
}

}  // namespace

Result<IssuedCertificate> take_issued(const crypto::Library& library,
                                      Bytes message_data,
                                      const crypto::PublicKey& key,
                                      const AuthenticatedCa& ca,
                                      TimePoint now) {
    SCEP_TRY(certificates, open_certificates(message_data));
    for (const x509::Certificate& certificate : certificates)
        if (const auto its = certificate.public_key(); its && *its == key)
            return with_chain(library, certificate, certificates, ca, time_for(certificate, now));
    return fail(none_of(certificates, "for our key"));
}

Result<IssuedCertificate> take_known(const crypto::Library& library,
                                     Bytes message_data,
                                     const x509::Name& issuer,
                                     Bytes serial,
                                     const AuthenticatedCa& ca) {
    SCEP_TRY(certificates, open_certificates(message_data));
    for (const x509::Certificate& certificate : certificates)
        if (const auto its = certificate.issuer();
            its && its->matches(issuer) && equal(certificate.serial(), serial))
            return with_chain(library, certificate, certificates, ca, certificate.not_before());
    return fail(
        none_of(certificates, fmt::format("{} of {}", x509::serial_hex(serial), issuer.to_text())));
}

Result<x509::Crl> take_crl(Bytes message_data, const AuthenticatedCa& ca) {
    SCEP_TRY(signed_data, cms::parse_signed_data(message_data));
    if (signed_data.crls.size() != 1)
        return fail(
            {.code = Errc::Protocol,
             .what = fmt::format("the reply holds {} CRLs, want one", signed_data.crls.size()),
             .cite = std::string(kCite)});
    SCEP_TRY(crls, x509::parse_crls(signed_data.crls.front(), "the reply"));
    Status by = fail(refused("no CA of the authenticated GetCACert issues CRLs"));
    for (const x509::Certificate& authority : ca.authorities)
        if (by = x509::check_crl_issued_by(crls.front(), authority); by)
            return std::move(crls.front());
    return during(std::move(by).error(), "the CRL is not the authenticated CA's");
}

}  // namespace scep
