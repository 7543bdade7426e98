// Writes and signs certificates: RFC 5280 section 4. No OpenSSL X509 object is made on the way,
// which would encode and decode the key again (a sixth of an enrolment's time).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/x509/issue.hpp"
#include "core/x509/security_identifier.hpp"

namespace scep::x509 {

namespace {

constexpr std::size_t kSerialOctets = 16;
constexpr std::size_t kMaxIssuedSerial = 20;  // RFC 5280 section 4.1.2.2
constexpr std::size_t kExpectedSize = 2048;   // of a usual TBSCertificate, octets
constexpr std::uint64_t kStatusRequest = 5;   // RFC 6066 section 8, for RFC 7633

// SECURITY rule S11: extended key usages that make a device one of the PKI's own.
constexpr std::array kForbiddenEkus{
    oid::kAnyExtendedKeyUsage, oid::kOcspSigning, oid::kCmcRa, oid::kCertificateRequestAgent};

template <class Value>
void write_extension(asn1::Writer& out, const asn1::Oid& oid, bool critical, Value&& value) {
    out.sequence([&] {
        out.oid(oid);
        if (critical)
            out.boolean(true);
        out.octet_string_of(value);
    });
}

void write_identifiers(asn1::Writer& out, const CertificateFields& fields) {
    if (fields.subject_key_identifier)
        write_extension(out, oid::kSubjectKeyIdentifier, false, [&] {
            out.octet_string(fields.key.key_identifier());
        });
    if (!fields.authority_key_identifier.empty())
        write_extension(out, oid::kAuthorityKeyIdentifier, false, [&] {
            out.sequence([&] { out.primitive(asn1::context(0), fields.authority_key_identifier); });
        });
}

void write_basic_constraints(asn1::Writer& out, const BasicConstraints& constraints) {
    write_extension(out, oid::kBasicConstraints, true, [&] {
        out.sequence([&] {
            if (constraints.ca)
                out.boolean(true);
            if (constraints.ca && constraints.path_length)
                out.integer(*constraints.path_length);
        });
    });
}

void write_usages(asn1::Writer& out, const CertificateFields& fields) {
    if (fields.basic_constraints)
        write_basic_constraints(out, *fields.basic_constraints);
    if (fields.key_usage != 0)
        write_extension(out, oid::kKeyUsage, true, [&] { out.named_bits(fields.key_usage); });
    if (!fields.ekus.empty())
        write_extension(out, oid::kExtendedKeyUsage, false, [&] {
            out.sequence([&] {
                for (const asn1::Oid& eku : fields.ekus)
                    out.oid(eku);
            });
        });
}

// RFC 5280 section 4.2.1.13: one DistributionPoint with a fullName.
void write_crl_url(asn1::Writer& out, const std::string& url) {
    write_extension(out, oid::kCrlDistributionPoints, false, [&] {
        out.sequence([&] {
            out.sequence([&] {
                out.explicit_tag(
                    0, [&] { out.explicit_tag(0, [&] { out.string(asn1::context(6), url); }); });
            });
        });
    });
}

// RFC 5280 section 4.2.2.1
void write_authority_information(asn1::Writer& out, const CertificateFields& fields) {
    const auto access = [&](const asn1::Oid& method, const std::string& url) {
        if (url.empty())
            return;
        out.sequence([&] {
            out.oid(method);
            out.string(asn1::context(6), url);
        });
    };
    write_extension(out, oid::kAuthorityInfoAccess, false, [&] {
        out.sequence([&] {
            access(oid::kAdOcsp, fields.ocsp_url);
            access(oid::kAdCaIssuers, fields.aia_url);
        });
    });
}

void write_extensions(asn1::Writer& out, const CertificateFields& fields) {
    write_usages(out, fields);
    write_identifiers(out, fields);
    if (!fields.subject_alt_names.empty())
        write_extension(out, oid::kSubjectAltName, fields.subject.empty(), [&] {
            write_general_names(out, fields.subject_alt_names);
        });
    if (!fields.security_identifier.empty())
        write_extension(out, oid::kMicrosoftSid, false, [&] {
            write_security_identifier(out, fields.security_identifier);
        });
    if (!fields.crl_url.empty())
        write_crl_url(out, fields.crl_url);
    if (!fields.ocsp_url.empty() || !fields.aia_url.empty())
        write_authority_information(out, fields);
    if (fields.must_staple)
        write_extension(out, oid::kTlsFeature, false, [&] {
            out.sequence([&] { out.integer(kStatusRequest); });
        });
}

bool has_extensions(const CertificateFields& fields) noexcept {
    return fields.subject_key_identifier || !fields.authority_key_identifier.empty() ||
           fields.basic_constraints || fields.key_usage != 0 || !fields.ekus.empty() ||
           !fields.subject_alt_names.empty() || !fields.security_identifier.empty() ||
           !fields.crl_url.empty() || !fields.ocsp_url.empty() || !fields.aia_url.empty() ||
           fields.must_staple;
}

void write_tbs(asn1::Writer& out,
               const CertificateFields& fields,
               const crypto::SignatureAlgorithm& algorithm) {
    out.sequence([&] {
        out.explicit_tag(0, [&] { out.integer(2); });  // v3
        out.unsigned_integer(fields.serial);
        crypto::write_signature_algorithm(out, algorithm, crypto::SignatureSpelling::Certificate);
        out.raw(fields.issuer.der());
        out.sequence([&] {
            out.time(fields.not_before);
            out.time(fields.not_after);
        });
        out.raw(fields.subject.der());
        out.raw(fields.key.spki());
        if (has_extensions(fields))
            out.explicit_tag(3, [&] { out.sequence([&] { write_extensions(out, fields); }); });
    });
}

Status check_serial(Bytes serial) {
    const auto first = std::ranges::find_if(serial, [](std::uint8_t octet) { return octet != 0; });
    const auto size = static_cast<std::size_t>(serial.end() - first);
    const bool padded = size != 0 && (*first & 0x80U) != 0;
    if (size == 0 || size + (padded ? 1 : 0) > kMaxIssuedSerial)
        return fail(
            {.code = Errc::Internal,
             .what = fmt::format("serial of {} octets, want 1 to {}", size, kMaxIssuedSerial),
             .cite = "RFC 5280 section 4.1.2.2"});
    return {};
}

Result<Buffer> sign_certificate(const CertificateFields& fields,
                                crypto::Signer& ca,
                                crypto::Digest digest) {
    SCEP_CHECK(check_serial(fields.serial));
    const crypto::SignatureAlgorithm algorithm = crypto::default_signature(ca.public_key(), digest);
    asn1::Writer tbs(kExpectedSize);
    write_tbs(tbs, fields, algorithm);
    SCEP_TRY(signature, ca.sign(algorithm, tbs.bytes()));
    asn1::Writer out(tbs.size() + signature.size() + 64);
    out.sequence([&] {
        out.raw(tbs.bytes());
        crypto::write_signature_algorithm(out, algorithm, crypto::SignatureSpelling::Certificate);
        out.bit_string(signature);
    });
    return std::move(out).take();
}

tl::unexpected<Error> refuse(std::string what) {
    return fail({.code = Errc::Policy,
                 .what = fmt::format("an enrolled certificate may not have {}", what)});
}

Status check_enrolled(const CertificateFields& fields) {
    if (fields.basic_constraints && fields.basic_constraints->ca)
        return refuse("CA:TRUE");
    if ((fields.key_usage & kKeyCertSign) != 0)
        return refuse("keyCertSign");
    if ((fields.key_usage & kCrlSign) != 0)
        return refuse("cRLSign");
    for (const asn1::Oid& eku : fields.ekus)
        if (std::ranges::find(kForbiddenEkus, eku) != kForbiddenEkus.end())
            return refuse(asn1::name(eku));
    return {};
}

}  // namespace

Buffer random_serial(Random& random) {
    Buffer serial = random.bytes(kSerialOctets);
    serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3fU) | 0x40U);
    return serial;
}

std::uint32_t device_key_usage(const crypto::PublicKey& key) noexcept {
    return key.type() == crypto::KeyType::Rsa ? kDigitalSignature | kKeyEncipherment
                                              : kDigitalSignature;
}

Result<Buffer> sign_enrolled_certificate(const CertificateFields& fields,
                                         crypto::Signer& ca,
                                         crypto::Digest digest) {
    SCEP_CHECK(check_enrolled(fields));
    return sign_certificate(fields, ca, digest);
}

Result<Buffer> sign_infrastructure_certificate(const CertificateFields& fields,
                                               crypto::Signer& ca,
                                               crypto::Digest digest) {
    return sign_certificate(fields, ca, digest);
}

Result<Buffer> self_signed_certificate(const Name& subject,
                                       crypto::Signer& key,
                                       TimePoint not_before,
                                       TimePoint not_after,
                                       Random& random) {
    const std::uint32_t for_reply =
        key.public_key().type() == crypto::KeyType::Ec ? std::uint32_t{kKeyAgreement} : 0U;
    const CertificateFields fields{.serial = random_serial(random),
                                   .issuer = subject,
                                   .subject = subject,
                                   .not_before = not_before,
                                   .not_after = not_after,
                                   .key = key.public_key(),
                                   .key_usage = device_key_usage(key.public_key()) | for_reply};
    return sign_certificate(fields, key, crypto::Digest::Sha256);
}

}  // namespace scep::x509
