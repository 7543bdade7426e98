// Microsoft's security identifier of an account, "S-1-5-21-...", in the certificate extension that
// a domain controller maps by (szOID_NTDS_CA_SECURITY_EXT, MS-WCCE section 2.2.2.7.7.4).
#pragma once

#include <string>
#include <string_view>

#include "core/asn1/writer.hpp"

namespace scep::x509 {

// Its text form of MS-DTYP section 2.4.2.1, each number in its shortest decimal.
bool is_security_identifier(std::string_view text) noexcept;

// The text in the value of the extension. Der, also when it is no security identifier.
Result<std::string> parse_security_identifier(Bytes value, std::size_t base_offset = 0);

// The value of the extension.
void write_security_identifier(asn1::Writer& out, std::string_view text);

}  // namespace scep::x509
