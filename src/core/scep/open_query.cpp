#include <fmt/format.h>

#include "core/scep/opened.hpp"
#include "core/scep/pki_message.hpp"

namespace scep {

namespace {

constexpr std::size_t kSerialOctets = 20;  // RFC 5280 section 4.1.2.2

// IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }
Result<IssuerAndSerialNumber> parse(Bytes octets) {
    constexpr std::string_view kField = "IssuerAndSerialNumber";
    asn1::Reader in(octets);
    SCEP_TRY(body, in.expect_into(asn1::kSequence, kField));
    SCEP_TRY(issuer, body.expect(asn1::kSequence, "IssuerAndSerialNumber.issuer"));
    SCEP_TRY(serial, body.expect(asn1::kInteger, "IssuerAndSerialNumber.serialNumber"));
    SCEP_CHECK(body.finish(kField));
    SCEP_CHECK(in.finish(kField));
    // What is free in form is a place where octets of somebody else's message fit.
    if (serial.content.empty() || serial.content.size() > kSerialOctets ||
        (serial.content.size() > 1 && serial.content[0] == 0 && (serial.content[1] & 0x80U) == 0))
        return fail(Errc::Der, fmt::format("serial number of {} octets", serial.content.size()));
    SCEP_TRY(name, x509::Name::parse(issuer.tlv, "IssuerAndSerialNumber.issuer"));
    if (name.empty())
        return fail(Errc::Der, "the issuer has no name");
    return IssuerAndSerialNumber{std::move(name), to_buffer(serial.content)};
}

}  // namespace

// As open_request(): faults behind the envelope are not told apart, nor does one spare the work of
// the next.
Result<IssuerAndSerialNumber> open_issuer_and_serial(const crypto::Library& library,
                                                     const cms::EnvelopedData& envelope,
                                                     const cms::Opening& opening) {
    SCEP_TRY(opened, open_element(library, envelope, opening));
    Result<IssuerAndSerialNumber> found = parse(opened.element);
    if (!opened.whole)
        return fail(Errc::Crypto, "not exactly one IssuerAndSerialNumber and its padding");
    return found;
}

}  // namespace scep
