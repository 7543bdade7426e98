// The error codes of Windows that NDES puts into its refusals (attribute 1.3.6.1.4.1.311.21.33), in
// words. Used inside this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scep::inspect {

struct Hresult {
    std::uint32_t code;
    std::string_view name;     // as winerror.h has it
    std::string_view meaning;  // what it says here, lower case
    std::string_view hint;     // what to do on the Windows side
};

// null when it is none of those that a certification authority gives.
const Hresult* find_hresult(std::uint32_t code) noexcept;

// "0x80094012 CERTSRV_E_TEMPLATE_DENIED: ..."
std::string hresult_text(std::uint32_t code);

}  // namespace scep::inspect
