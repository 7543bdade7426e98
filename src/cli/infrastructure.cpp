#include "cli/infrastructure.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/x509/issue.hpp"

namespace scep::cli {

namespace {

constexpr std::ptrdiff_t kMaxCommonName = 64;  // characters, RFC 5280 ub-common-name

// The strength of the digest follows the key's.
crypto::Digest digest_for(const crypto::PublicKey& key) {
    if (key.type() != crypto::KeyType::Ec || key.curve() == crypto::Curve::P256)
        return crypto::Digest::Sha256;
    return key.curve() == crypto::Curve::P384 ? crypto::Digest::Sha384 : crypto::Digest::Sha512;
}

Buffer key_identifier(const crypto::PublicKey& key) {
    return to_buffer(key.key_identifier());
}

Result<x509::Certificate> sign(const x509::CertificateFields& fields, crypto::Signer& key) {
    SCEP_TRY(der, x509::sign_infrastructure_certificate(fields, key, digest_for(key.public_key())));
    return x509::Certificate::parse(der);
}

// What every certificate under `ca` has in common.
Result<x509::CertificateFields> fields_under(const Authority& ca,
                                             const x509::Name& subject,
                                             const crypto::PublicKey& key,
                                             TimePoint now,
                                             Seconds lifetime,
                                             Random& random) {
    SCEP_TRY(issuer, ca.certificate.subject());
    const Bytes named = ca.certificate.subject_key_identifier();
    return x509::CertificateFields{
        .serial = x509::random_serial(random),
        .issuer = issuer,
        .subject = subject,
        .not_before = std::max(now - limits::kClockLag, ca.certificate.not_before()),
        .not_after = std::min(now + lifetime, ca.certificate.not_after()),
        .key = key,
        .key_usage = x509::device_key_usage(key),
        .authority_key_identifier =
            named.empty() ? key_identifier(ca.key.public_key()) : to_buffer(named)};
}

}  // namespace

bool fits_common_name(std::string_view text) {
    const auto characters = std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
    return !text.empty() && characters <= kMaxCommonName;
}

bool has_control_characters(std::string_view text) noexcept {
    std::uint8_t before = 0;
    for (const std::uint8_t c : as_bytes(text)) {
        const bool c1 = before == 0xc2 && c >= 0x80 && c < 0xa0;  // U+0080 to U+009F in UTF-8
        if (c < 0x20 || c == 0x7f || c1)
            return true;
        before = c;
    }
    return false;
}

Result<x509::Name> common_name(std::string_view text) {
    if (!fits_common_name(text))
        return fail(Errc::Usage,
                    fmt::format("a common name has 1 to {} characters", kMaxCommonName));
    if (has_control_characters(text))
        return fail(Errc::Usage, "a common name has no control characters");
    if (!asn1::text({.tag = asn1::kUtf8String, .content = as_bytes(text)}, {}))
        return fail(Errc::Usage, "a common name is typed in UTF-8, this is not");
    std::string escaped = "CN=";
    for (const char c : text) {
        if (std::string_view(" #\"+,;<>=\\").find(c) != std::string_view::npos)
            escaped += '\\';
        escaped += c;
    }
    return x509::Name::from_text(escaped);
}

Result<x509::Certificate> issue_ra_certificate(const Authority& ca,
                                               const x509::Name& subject,
                                               const crypto::PublicKey& key,
                                               TimePoint now,
                                               Seconds lifetime,
                                               Random& random) {
    SCEP_TRY(fields, fields_under(ca, subject, key, now, lifetime, random));
    fields.ekus = {oid::kCmcRa, oid::kEmailProtection};
    // What an EC pair opens comes by key agreement (RFC 5480 section 3).
    if (key.type() == crypto::KeyType::Ec)
        fields.key_usage |= x509::kKeyAgreement;
    return sign(fields, ca.key);
}

Result<x509::Certificate> issue_tls_certificate(const Authority& ca,
                                                const x509::Name& subject,
                                                const std::vector<x509::GeneralName>& names,
                                                const crypto::PublicKey& key,
                                                TimePoint now,
                                                Seconds lifetime,
                                                Random& random) {
    SCEP_TRY(fields, fields_under(ca, subject, key, now, lifetime, random));
    fields.ekus = {oid::kServerAuth};
    fields.subject_alt_names = names;
    return sign(fields, ca.key);
}

Result<x509::Certificate> make_ca_certificate(const x509::Name& subject,
                                              crypto::Signer& key,
                                              TimePoint now,
                                              Seconds lifetime,
                                              Random& random) {
    return sign({.serial = x509::random_serial(random),
                 .issuer = subject,
                 .subject = subject,
                 .not_before = now - limits::kClockLag,
                 .not_after = now + lifetime,
                 .key = key.public_key(),
                 // RFC 8894 section 2.1.2; GetNextCACert is what it signs.
                 .key_usage = x509::kDigitalSignature | x509::kKeyCertSign | x509::kCrlSign,
                 .basic_constraints = x509::BasicConstraints{.ca = true, .path_length = 0},
                 .authority_key_identifier = key_identifier(key.public_key())},
                key);
}

}  // namespace scep::cli
