// The error codes of Windows that NDES puts beside failInfo into its refusals (attribute
// szOID_ENROLL_SCEP_ERROR, 1.3.6.1.4.1.311.21.33), in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/asn1/reader.hpp"

namespace scep {

struct Hresult {
    std::uint32_t code;
    std::string_view name;     // as winerror.h has it
    std::string_view meaning;  // what it says here, lower case
    std::string_view hint;     // what to do on the Windows side
};

// A signed decimal number in a PrintableString, as NDES writes it; "0x8..." too, and an INTEGER or
// its octets. nullopt: something else.
std::optional<std::uint32_t> parse_hresult(const asn1::Element& value);

// null when it is none of those that a certification authority gives.
const Hresult* find_hresult(std::uint32_t code) noexcept;

// "0x80094012 CERTSRV_E_TEMPLATE_DENIED: ..."; the number alone when it is not known.
std::string hresult_text(std::uint32_t code);

}  // namespace scep
