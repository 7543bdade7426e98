// SignerIdentifier and RecipientIdentifier (RFC 5652 sections 5.3, 6.2.1).
#include <algorithm>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/cms/signed_data.hpp"

namespace scep::cms {

namespace {

// Two's complement without redundant sign octets: clients' own serials are often not minimal.
Bytes shortest(Bytes integer) noexcept {
    while (integer.size() > 1 && ((integer[0] == 0x00 && (integer[1] & 0x80U) == 0) ||
                                  (integer[0] == 0xff && (integer[1] & 0x80U) != 0)))
        integer = integer.subspan(1);
    return integer;
}

// The octets first: nearly every client copies the name as it stands. A hostile one would have it
// normalised anew for each certificate of the message.
bool same_name(Bytes a, Bytes b) {
    if (equal(a, b))
        return true;
    if (std::max(a.size(), b.size()) > limits::kMaxNameOctets)
        return false;
    const Result<x509::Name> left = x509::Name::parse(a, "issuer");
    const Result<x509::Name> right = x509::Name::parse(b, "issuer");
    return left && right && left->matches(*right);
}

bool same_certificate(const IssuerAndSerial& id, const x509::Certificate& certificate) {
    return equal(shortest(id.serial), shortest(certificate.serial())) &&
           same_name(id.issuer, certificate.issuer_der());
}

std::string name_text(Bytes name) {
    if (name.size() > limits::kMaxNameOctets)
        return fmt::format("a name of {} octets", name.size());
    const Result<x509::Name> parsed = x509::Name::parse(name, "issuer");
    return parsed ? parsed->to_text() : "(malformed)";
}

}  // namespace

bool identifies(const Identifier& identifier, const x509::Certificate& certificate) {
    if (const auto* id = std::get_if<IssuerAndSerial>(&identifier))
        return same_certificate(*id, certificate);
    const Bytes value = std::get<KeyIdentifier>(identifier).value;
    return !value.empty() && equal(value, certificate.subject_key_identifier());
}

std::string to_text(const Identifier& identifier) {
    if (const auto* key = std::get_if<KeyIdentifier>(&identifier))
        return fmt::format("subjectKeyIdentifier {}", to_hex(key->value));
    const auto& id = std::get<IssuerAndSerial>(identifier);
    return fmt::format("serial {} of {}", to_hex(id.serial), name_text(id.issuer));
}

Result<Identifier> read_identifier(asn1::Reader& in, asn1::Joined& joined, std::string_view field) {
    // subjectKeyIdentifier [0] IMPLICIT OCTET STRING
    SCEP_TRY(key, in.optional(asn1::context(0), field));
    if (key) {
        SCEP_TRY(value, asn1::octets(*key, joined, field));
        return KeyIdentifier{value};
    }
    // issuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }
    SCEP_TRY(body, in.expect_into(asn1::kSequence, field));
    SCEP_TRY(issuer, body.expect(asn1::kSequence, field));
    SCEP_TRY(number, body.expect(asn1::kInteger, field));
    SCEP_CHECK(body.finish(field));
    SCEP_TRY(serial, asn1::integer(number, field));
    if (serial.size() > limits::kMaxSerialOctets)
        return fail({.code = Errc::Der,
                     .what = "serial number is longer than this program takes",
                     .where = {.offset = number.offset, .field = std::string(field)}});
    return IssuerAndSerial{issuer.tlv, serial};
}

}  // namespace scep::cms
