// Extensions ::= SEQUENCE OF Extension, as certificates and CSRs both carry them.
#pragma once

#include <string_view>
#include <vector>

#include "core/asn1/reader.hpp"
#include "core/x509/certificate.hpp"

namespace scep::x509 {

// The extensions of `list`, a SEQUENCE, appended to `out`; their values alias it. Der when one is
// malformed, there are more than kMaxExtensions, or one is there twice (RFC 5280 section 4.2).
Status read_extensions(const asn1::Reader& around,
                       const asn1::Element& list,
                       std::string_view field,
                       std::vector<Extension>& out);

// null when absent
const Extension* find_extension(const std::vector<Extension>& extensions,
                                const asn1::Oid& oid) noexcept;

}  // namespace scep::x509
