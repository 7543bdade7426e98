// ContentInfo (RFC 5652 section 3) and what the content types inside it share. Used inside this
// room only.
#pragma once

#include <vector>

#include "core/asn1/reader.hpp"
#include "core/cms/signed_data.hpp"

namespace scep::cms {

// An Error of code Protocol with the place and the section that binds.
Error protocol_error(std::string what,
                     std::string_view field,
                     std::size_t offset,
                     std::string_view cite);

// A Reader inside the SEQUENCE that a ContentInfo of type `type` holds. Nothing may follow in any
// of the three layers (S04). `field` names that SEQUENCE. Der, Protocol.
Result<asn1::Reader> enter_content_info(Bytes message,
                                        std::size_t base_offset,
                                        const asn1::Oid& type,
                                        std::string_view field);

// version CMSVersion
Result<std::uint32_t> read_version(asn1::Reader& in, std::string_view field);

// The next element, an OBJECT IDENTIFIER.
Result<asn1::Oid> read_oid(asn1::Reader& in, std::string_view field);

// SET OF Attribute: no type twice, exactly one value each (S04), at most kMaxAttributes. `set` is
// tagged SET or [n] IMPLICIT; `in` is the Reader it came from. Der, Protocol.
Result<std::vector<Attribute>> read_attributes(const asn1::Reader& in,
                                               const asn1::Element& set,
                                               std::string_view field);

}  // namespace scep::cms
