#include "serve/ca/crl.hpp"

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/x509/build_crl.hpp"

namespace scep::ca {

namespace {

Result<std::vector<x509::RevokedCertificate>> entries(
    std::span<const store::Revocation> revocations) {
    std::vector<x509::RevokedCertificate> out;
    out.reserve(revocations.size());
    for (const store::Revocation& revocation : revocations) {
        std::optional<Buffer> serial = from_hex(revocation.serial);
        if (!serial || serial->empty())
            return fail(Errc::Internal,
                        fmt::format("\"{}\" is no serial number", revocation.serial));
        out.push_back({.serial = *std::move(serial),
                       .revoked_at = revocation.revoked_at,
                       .reason = static_cast<std::uint8_t>(revocation.reason)});
    }
    return out;
}

Status check_may_sign(const x509::Certificate& ca) {
    if (ca.allows_usage(x509::kCrlSign))
        return {};
    return fail({.code = Errc::Policy,
                 .what = fmt::format("the key usage of {} lacks cRLSign", ca.subject_text()),
                 .cite = "RFC 5280 section 4.2.1.3",
                 .hint = "have the CA certificate made with keyUsage keyCertSign and cRLSign"});
}

}  // namespace

std::string crl_key(const Issuer& issuer) {
    return fmt::format("{}/{}", issuer.id(), to_hex(crypto::sha256(issuer.certificate().spki())));
}

Result<store::CrlRecord> make_crl(const Issuer& issuer,
                                  std::span<const store::Revocation> revocations,
                                  std::int64_t number,
                                  TimePoint now,
                                  Seconds lifetime) {
    SCEP_CHECK(check_may_sign(issuer.certificate_));
    if (number < 0)
        return fail(Errc::Internal, fmt::format("{} is no CRL number", number));
    SCEP_TRY(revoked, entries(revocations));
    const x509::CrlFields fields{.issuer = issuer.name_,
                                 .authority_key_identifier = issuer.key_identifier(),
                                 .number = static_cast<std::uint64_t>(number),
                                 .this_update = now,
                                 .next_update = now + lifetime,
                                 .revoked = std::move(revoked)};
    SCEP_TRY(der, x509::sign_crl(fields, *issuer.key_, crypto::Digest::Sha256));
    return store::CrlRecord{.issuer_id = crl_key(issuer),
                            .number = number,
                            .this_update = fields.this_update,
                            .next_update = fields.next_update,
                            .der = std::move(der)};
}

}  // namespace scep::ca
