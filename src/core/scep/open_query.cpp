#include <fmt/format.h>

#include "core/scep/opened.hpp"
#include "core/scep/pki_message.hpp"

namespace scep {

namespace {

// IssuerAndSerialNumber ::= SEQUENCE { issuer Name, serialNumber INTEGER }
Result<IssuerAndSerialNumber> parse(Bytes octets) {
    constexpr std::string_view kField = "IssuerAndSerialNumber";
    asn1::Reader in(octets);
    SCEP_TRY(body, in.expect_into(asn1::kSequence, kField));
    SCEP_TRY(issuer, body.expect(asn1::kSequence, "IssuerAndSerialNumber.issuer"));
    SCEP_TRY(serial, body.expect(asn1::kInteger, "IssuerAndSerialNumber.serialNumber"));
    SCEP_CHECK(body.finish(kField));
    SCEP_CHECK(in.finish(kField));
    if (serial.content.empty() || serial.content.size() > limits::kMaxSerialOctets)
        return fail(Errc::Der, fmt::format("serial number of {} octets", serial.content.size()));
    SCEP_TRY(name, x509::Name::parse(issuer.tlv, "IssuerAndSerialNumber.issuer"));
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
