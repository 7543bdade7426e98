#include "core/x509/extensions.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace scep::x509 {

namespace {

Error bad(std::string_view field, std::size_t offset, std::string what) {
    return {.code = Errc::Der,
            .what = std::move(what),
            .where = {.offset = offset, .field = std::string(field)},
            .cite = "RFC 5280 section 4.2"};
}

// Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE,
//                          extnValue OCTET STRING }
Result<Extension> read_extension(asn1::Reader in, std::string_view field) {
    Extension out;
    SCEP_TRY(oid_element, in.expect(asn1::kObjectIdentifier, field));
    SCEP_TRY(oid, asn1::object_identifier(oid_element, field));
    out.oid = oid;
    SCEP_TRY(critical, in.optional(asn1::kBoolean, field));
    if (critical) {
        SCEP_TRY(value, asn1::boolean(*critical, field));
        out.critical = value;
    }
    SCEP_TRY(value, in.expect(asn1::kOctetString, field));
    if (value.constructed)
        return fail(bad(field, value.offset, "constructed extnValue"));
    out.value = value.content;
    out.offset = value.content_offset();
    SCEP_CHECK(in.finish(field));
    return out;
}

}  // namespace

Status read_extensions(const asn1::Reader& around,
                       const asn1::Element& list,
                       std::string_view field,
                       std::vector<Extension>& out) {
    SCEP_TRY(in, around.enter(list, field));
    while (!in.at_end()) {
        const std::size_t offset = in.offset();
        SCEP_TRY(body, in.expect_into(asn1::kSequence, field));
        SCEP_TRY(extension, read_extension(body, field));
        if (find_extension(out, extension.oid) != nullptr)
            return fail(bad(
                field, offset, fmt::format("extension {} is there twice", name(extension.oid))));
        if (out.size() == limits::kMaxExtensions)
            return fail(
                bad(field, offset, fmt::format("more than {} extensions", limits::kMaxExtensions)));
        out.push_back(extension);
    }
    return {};
}

const Extension* find_extension(const std::vector<Extension>& extensions,
                                const asn1::Oid& oid) noexcept {
    const auto found = std::ranges::find(extensions, oid, &Extension::oid);
    return found == extensions.end() ? nullptr : &*found;
}

}  // namespace scep::x509
