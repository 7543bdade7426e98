#include "core/x509/certificate.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/asn1/pem.hpp"
#include "core/base/encoding.hpp"
#include "core/x509/extensions.hpp"

namespace scep::x509 {

namespace {

using asn1::Element;
using asn1::Reader;

// RFC 5280 knows v3(2) as the last; OpenSCEP wrote 3, taking it for the number of v3.
constexpr std::uint32_t kLastVersion = 3;

Error der_error(std::string_view field, std::size_t offset, std::string what, std::string cite) {
    return {.code = Errc::Der,
            .what = std::move(what),
            .where = {.offset = offset, .field = std::string(field)},
            .cite = std::move(cite)};
}

Status skip_optional(Reader& in, asn1::Tag tag, std::string_view field) {
    return in.optional(tag, field).map([](const std::optional<Element>&) {});
}

// A Reader before the value of an extension.
Reader value_of(const Extension& extension) noexcept {
    return Reader(extension.value, asn1::Rules::Ber, extension.offset);
}

// KeyUsage ::= BIT STRING
Result<std::uint32_t> read_key_usage(const Extension& extension) {
    constexpr std::string_view kField = "keyUsage";
    constexpr std::size_t kBits = 9;
    Reader in = value_of(extension);
    SCEP_TRY(element, in.expect(asn1::kBitString, kField));
    SCEP_CHECK(in.finish(kField));
    SCEP_TRY(bits, asn1::bit_string(element, kField));
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < kBits; ++i)
        out |= bits.bit(i) ? 1U << i : 0U;
    return out;
}

// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }
Result<BasicConstraints> read_basic_constraints(const Extension& extension) {
    constexpr std::string_view kField = "basicConstraints";
    Reader outer = value_of(extension);
    SCEP_TRY(in, outer.expect_into(asn1::kSequence, kField));
    SCEP_CHECK(outer.finish(kField));
    BasicConstraints out;
    SCEP_TRY(ca, in.optional(asn1::kBoolean, kField));
    if (ca) {
        SCEP_TRY(value, asn1::boolean(*ca, kField));
        out.ca = value;
    }
    SCEP_TRY(path_length, in.optional(asn1::kInteger, kField));
    if (path_length) {
        SCEP_TRY(value, asn1::small_integer(*path_length, kField));
        out.path_length = value;
    }
    SCEP_CHECK(in.finish(kField));
    return out;
}

// ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER
Result<std::vector<asn1::Oid>> read_ekus(const Extension& extension) {
    constexpr std::string_view kField = "extKeyUsage";
    Reader outer = value_of(extension);
    SCEP_TRY(in, outer.expect_into(asn1::kSequence, kField));
    SCEP_CHECK(outer.finish(kField));
    std::vector<asn1::Oid> out;
    do {
        if (out.size() == limits::kMaxEkus)
            return fail(der_error(kField,
                                  in.offset(),
                                  fmt::format("more than {} key purposes", limits::kMaxEkus),
                                  "RFC 5280 section 4.2.1.12"));
        SCEP_TRY(element, in.expect(asn1::kObjectIdentifier, kField));
        SCEP_TRY(eku, asn1::object_identifier(element, kField));
        out.push_back(eku);
    } while (!in.at_end());
    return out;
}

// SubjectKeyIdentifier ::= OCTET STRING
Result<Bytes> read_ski(const Extension& extension) {
    constexpr std::string_view kField = "subjectKeyIdentifier";
    Reader in = value_of(extension);
    SCEP_TRY(element, in.expect(asn1::kOctetString, kField));
    SCEP_CHECK(in.finish(kField));
    if (element.constructed)
        return fail(der_error(
            kField, element.offset, "constructed OCTET STRING", "RFC 5280 section 4.2.1.2"));
    return element.content;
}

// AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, authorityCertIssuer [1]
//                                       OPTIONAL, authorityCertSerialNumber [2] OPTIONAL }
Result<Bytes> read_aki(const Extension& extension) {
    constexpr std::string_view kField = "authorityKeyIdentifier";
    Reader outer = value_of(extension);
    SCEP_TRY(in, outer.expect_into(asn1::kSequence, kField));
    SCEP_CHECK(outer.finish(kField));
    SCEP_TRY(identifier, in.optional(asn1::context(0), kField));
    SCEP_CHECK(skip_optional(in, asn1::context(1), kField));
    SCEP_CHECK(skip_optional(in, asn1::context(2), kField));
    SCEP_CHECK(in.finish(kField));
    if (identifier && identifier->constructed)
        return fail(der_error(
            kField, identifier->offset, "constructed OCTET STRING", "RFC 5280 section 4.2.1.1"));
    return identifier ? identifier->content : Bytes{};
}

std::string name_text(const Result<Name>& name) {
    if (!name)
        return "(malformed)";
    return name->empty() ? "(empty)" : name->to_text();
}

}  // namespace

// Fills one Certificate in the order of RFC 5280 section 4.1.
class CertificateParser {
  public:
    CertificateParser(Bytes der, std::size_t base_offset) {
        out_.der_ = std::make_shared<const Buffer>(der.begin(), der.end());
        out_.base_offset_ = base_offset;
    }

    Result<Certificate> parse() && {
        Reader outer(out_.der(), asn1::Rules::Ber, out_.base_offset_);
        // Certificate ::= SEQUENCE
        SCEP_TRY(in, outer.expect_into(asn1::kSequence, "Certificate"));
        SCEP_CHECK(outer.finish("Certificate"));
        // tbsCertificate TBSCertificate
        SCEP_TRY(tbs, in.expect(asn1::kSequence, "Certificate.tbsCertificate"));
        out_.tbs_ = tbs.tlv;
        SCEP_TRY(tbs_in, in.enter(tbs, "Certificate.tbsCertificate"));
        SCEP_CHECK(parse_tbs(tbs_in));
        // signatureAlgorithm AlgorithmIdentifier
        SCEP_TRY(algorithm, in.expect(asn1::kSequence, "Certificate.signatureAlgorithm"));
        out_.signature_algorithm_ = algorithm.tlv;
        // signatureValue BIT STRING
        SCEP_TRY(signature, in.expect(asn1::kBitString, "Certificate.signatureValue"));
        SCEP_TRY(octets, asn1::bit_string_octets(signature, "Certificate.signatureValue"));
        out_.signature_ = octets;
        SCEP_CHECK(in.finish("Certificate"));
        return std::move(out_);
    }

  private:
    Status parse_tbs(Reader in) {
        SCEP_CHECK(parse_version_and_serial(in));
        // signature AlgorithmIdentifier
        SCEP_TRY(algorithm, in.expect(asn1::kSequence, "tbsCertificate.signature"));
        out_.tbs_signature_algorithm_ = algorithm.tlv;
        // issuer Name
        SCEP_TRY(issuer, in.expect(asn1::kSequence, "tbsCertificate.issuer"));
        out_.issuer_ = issuer.tlv;
        SCEP_CHECK(parse_validity(in));
        // subject Name
        SCEP_TRY(subject, in.expect(asn1::kSequence, "tbsCertificate.subject"));
        out_.subject_ = subject.tlv;
        // subjectPublicKeyInfo SubjectPublicKeyInfo
        SCEP_TRY(spki, in.expect(asn1::kSequence, "tbsCertificate.subjectPublicKeyInfo"));
        out_.spki_ = spki.tlv;
        // issuerUniqueID [1] IMPLICIT OPTIONAL, subjectUniqueID [2] IMPLICIT OPTIONAL
        SCEP_CHECK(skip_optional(in, asn1::context(1), "tbsCertificate.issuerUniqueID"));
        SCEP_CHECK(skip_optional(in, asn1::context(2), "tbsCertificate.subjectUniqueID"));
        // extensions [3] EXPLICIT OPTIONAL
        if (in.next_is(asn1::context(3)))
            SCEP_CHECK(parse_extensions(in));
        return in.finish("tbsCertificate");
    }

    // version [0] EXPLICIT INTEGER DEFAULT v1, serialNumber INTEGER
    Status parse_version_and_serial(Reader& in) {
        if (in.next_is(asn1::context(0))) {
            SCEP_TRY(wrapped, in.expect_into(asn1::context(0), "tbsCertificate.version"));
            SCEP_TRY(element, wrapped.expect(asn1::kInteger, "tbsCertificate.version"));
            SCEP_CHECK(wrapped.finish("tbsCertificate.version"));
            SCEP_TRY(version, asn1::small_integer(element, "tbsCertificate.version"));
            if (version > kLastVersion)
                return fail(der_error("tbsCertificate.version",
                                      element.offset,
                                      fmt::format("got v{}, want v1 to v3", version + 1ULL),
                                      "RFC 5280 section 4.1.2.1"));
        }
        SCEP_TRY(serial, in.expect(asn1::kInteger, "tbsCertificate.serialNumber"));
        SCEP_TRY(content, asn1::integer(serial, "tbsCertificate.serialNumber"));
        if (content.size() > limits::kMaxSerialOctets)
            return fail(der_error("tbsCertificate.serialNumber",
                                  serial.offset,
                                  fmt::format("serial has {} octets, the limit is {}",
                                              content.size(),
                                              limits::kMaxSerialOctets),
                                  "RFC 5280 section 4.1.2.2"));
        out_.serial_ = content;
        return {};
    }

    // validity SEQUENCE { notBefore Time, notAfter Time }
    Status parse_validity(Reader& in) {
        SCEP_TRY(validity, in.expect_into(asn1::kSequence, "tbsCertificate.validity"));
        SCEP_TRY(first, validity.next("tbsCertificate.validity.notBefore"));
        SCEP_TRY(not_before, asn1::time(first, "tbsCertificate.validity.notBefore"));
        SCEP_TRY(last, validity.next("tbsCertificate.validity.notAfter"));
        SCEP_TRY(not_after, asn1::time(last, "tbsCertificate.validity.notAfter"));
        out_.not_before_ = not_before;
        out_.not_after_ = not_after;
        return validity.finish("tbsCertificate.validity");
    }

    Status parse_extensions(Reader& in) {
        constexpr std::string_view kField = "tbsCertificate.extensions";
        SCEP_TRY(wrapped, in.expect_into(asn1::context(3), kField));
        SCEP_TRY(list, wrapped.expect(asn1::kSequence, kField));
        SCEP_CHECK(wrapped.finish(kField));
        SCEP_CHECK(read_extensions(wrapped, list, kField, out_.extensions_));
        for (const Extension& extension : out_.extensions_)
            SCEP_CHECK(take_known(extension));
        return {};
    }

    // Extensions of clients' own certificates may be of any kind and criticality: only those this
    // program acts upon are looked into, and none is refused for being critical.
    Status take_known(const Extension& extension) {
        if (extension.oid == oid::kKeyUsage) {
            SCEP_TRY(value, read_key_usage(extension));
            out_.key_usage_ = value;
        } else if (extension.oid == oid::kBasicConstraints) {
            SCEP_TRY(value, read_basic_constraints(extension));
            out_.basic_constraints_ = value;
        } else if (extension.oid == oid::kExtendedKeyUsage) {
            SCEP_TRY(value, read_ekus(extension));
            out_.ekus_ = std::move(value);
        } else if (extension.oid == oid::kSubjectKeyIdentifier) {
            SCEP_TRY(value, read_ski(extension));
            out_.ski_ = value;
        } else if (extension.oid == oid::kAuthorityKeyIdentifier) {
            SCEP_TRY(value, read_aki(extension));
            out_.aki_ = value;
        }
        return {};
    }

    Certificate out_;
};

Result<Certificate> Certificate::parse(Bytes der,
                                       std::string_view source,
                                       std::size_t base_offset) {
    Result<Certificate> out = CertificateParser(der, base_offset).parse();
    if (!out && out.error().where.source.empty())
        out.error().where.source = source;
    return out;
}

std::string serial_hex(Bytes contents) {
    const bool negative = !contents.empty() && (contents[0] & 0x80U) != 0;
    Buffer magnitude = to_buffer(contents);
    if (negative) {  // two's complement, as openssl prints it: a sign and the magnitude
        for (std::uint8_t& octet : magnitude)
            octet = static_cast<std::uint8_t>(~octet);
        for (std::size_t i = magnitude.size(); i-- > 0 && ++magnitude[i] == 0;) {
        }
    }
    const auto first = std::ranges::find_if(magnitude, [](std::uint8_t c) { return c != 0; });
    std::string out = first == magnitude.end() ? "00" : to_hex({first, magnitude.end()});
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return negative ? "-" + out : out;
}

std::string Certificate::serial_hex() const {
    return x509::serial_hex(serial_);
}

Result<Name> Certificate::issuer() const {
    return Name::parse(issuer_,
                       "tbsCertificate.issuer",
                       base_offset_ + static_cast<std::size_t>(issuer_.data() - der().data()));
}

Result<Name> Certificate::subject() const {
    return Name::parse(subject_,
                       "tbsCertificate.subject",
                       base_offset_ + static_cast<std::size_t>(subject_.data() - der().data()));
}

std::string Certificate::subject_text() const {
    return name_text(subject());
}

std::string Certificate::issuer_text() const {
    return name_text(issuer());
}

std::size_t Certificate::spki_offset() const noexcept {
    return base_offset_ + static_cast<std::size_t>(spki_.data() - der().data());
}

Result<crypto::PublicKey> Certificate::public_key(const crypto::KeyRules& rules) const {
    return crypto::parse_public_key(spki_, rules, spki_offset());
}

const Extension* Certificate::extension(const asn1::Oid& oid) const noexcept {
    return find_extension(extensions_, oid);
}

bool Certificate::allows_usage(std::uint32_t bits) const noexcept {
    return !key_usage_ || (*key_usage_ & bits) == bits;
}

bool Certificate::has_eku(const asn1::Oid& eku) const noexcept {
    return std::ranges::find(ekus_, eku) != ekus_.end();
}

Result<std::vector<GeneralName>> Certificate::subject_alt_names() const {
    const Extension* found = extension(oid::kSubjectAltName);
    if (found == nullptr)
        return std::vector<GeneralName>{};
    return parse_general_names(found->value, found->offset);
}

std::array<std::uint8_t, 32> Certificate::fingerprint() const {
    return crypto::sha256(der());
}

Result<crypto::SignatureAlgorithm> Certificate::signature_algorithm() const {
    if (!equal(signature_algorithm_, tbs_signature_algorithm_))
        return fail({.code = Errc::Crypto,
                     .what = "the signed and the unsigned signature algorithm differ",
                     .where = {.subject = subject_text()},
                     .cite = "RFC 5280 section 4.1.1.2"});
    Reader in(signature_algorithm_,
              asn1::Rules::Ber,
              base_offset_ + static_cast<std::size_t>(signature_algorithm_.data() - der().data()));
    SCEP_TRY(identifier, asn1::algorithm_identifier(in, "Certificate.signatureAlgorithm"));
    return crypto::signature_algorithm(identifier, std::nullopt);
}

Status Certificate::verify_signature(const crypto::Library& library,
                                     const crypto::PublicKey& issuer_key) const {
    SCEP_TRY(algorithm, signature_algorithm());
    Status good = crypto::verify(library, issuer_key, algorithm, tbs_, signature_);
    if (!good)
        good.error().where.subject = subject_text();
    return good;
}

std::string to_pem(const Certificate& certificate) {
    return asn1::to_pem("CERTIFICATE", certificate.der());
}

// For issuers that a client spelt anew (BMPString for UTF8String) and serials whose leading zero it
// lost: about 1 us, so compare the octets first where most are equal.
std::string issuer_serial_key(Bytes issuer_der, Bytes serial) {
    while (serial.size() > 1 && serial.front() == 0)
        serial = serial.subspan(1);
    const Result<Name> issuer = Name::parse(issuer_der, "issuer");
    std::string out = issuer ? issuer->match_key() : "?" + to_string(issuer_der);
    out += '\0';
    out += as_text(serial);
    return out;
}

}  // namespace scep::x509
