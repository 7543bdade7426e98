#include "core/x509/security_identifier.hpp"

#include <charconv>

#include <fmt/format.h>

#include "core/asn1/reader.hpp"
#include "core/base/escape.hpp"

namespace scep::x509 {

namespace {

constexpr std::string_view kField = "szOID_NTDS_CA_SECURITY_EXT";
constexpr std::string_view kRevision = "S-1-";
constexpr std::size_t kMaxSubAuthorities = 15;  // MS-DTYP section 2.4.2

Error bad(std::size_t offset, std::string what) {
    return {.code = Errc::Der,
            .what = std::move(what),
            .where = {.offset = offset, .field = std::string(kField)},
            .cite = "MS-WCCE section 2.2.2.7.7.4"};
}

// 0 to 2^32-1, without leading zeros
bool is_number(std::string_view text) noexcept {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() &&
           (text.size() == 1 || text.front() != '0');
}

}  // namespace

bool is_security_identifier(std::string_view text) noexcept {
    if (!text.starts_with(kRevision))
        return false;
    text.remove_prefix(kRevision.size());
    std::size_t numbers = 0;  // the authority and its sub-authorities
    for (;; ++numbers) {
        const std::size_t hyphen = text.find('-');
        if (!is_number(text.substr(0, hyphen)))
            return false;
        if (hyphen == std::string_view::npos)
            return numbers != 0 && numbers <= kMaxSubAuthorities;
        text.remove_prefix(hyphen + 1);
    }
}

Result<std::string> parse_security_identifier(Bytes value, std::size_t base_offset) {
    // SEQUENCE OF GeneralName, of which one is used
    asn1::Reader outer(value, asn1::Rules::Ber, base_offset);
    SCEP_TRY(names, outer.expect_into(asn1::kSequence, kField));
    SCEP_CHECK(outer.finish(kField));
    // otherName [0] IMPLICIT SEQUENCE { type-id szOID_NTDS_OBJECTSID, value [0] EXPLICIT }
    SCEP_TRY(other, names.expect_into(asn1::context(0), kField));
    SCEP_CHECK(names.finish(kField));
    SCEP_TRY(type_element, other.expect(asn1::kObjectIdentifier, kField));
    SCEP_TRY(type, asn1::object_identifier(type_element, kField));
    if (type != oid::kNtdsObjectSid)
        return fail(bad(type_element.offset,
                        fmt::format("got {}, want szOID_NTDS_OBJECTSID", type.dotted())));
    SCEP_TRY(wrapped, other.expect_into(asn1::context(0), kField));
    SCEP_CHECK(other.finish(kField));
    // OCTET STRING, the characters
    SCEP_TRY(element, wrapped.expect(asn1::kOctetString, kField));
    SCEP_CHECK(wrapped.finish(kField));
    asn1::Joined joined;
    SCEP_TRY(octets, asn1::octets(element, joined, kField));
    std::string text = to_string(octets);
    if (!is_security_identifier(text))
        return fail(bad(element.offset,
                        fmt::format("\"{}\" is no security identifier", escape_text(text))));
    return text;
}

void write_security_identifier(asn1::Writer& out, std::string_view text) {
    out.sequence([&] {
        out.constructed(asn1::context(0), [&] {
            out.oid(oid::kNtdsObjectSid);
            out.explicit_tag(0, [&] { out.octet_string(as_bytes(text)); });
        });
    });
}

}  // namespace scep::x509
