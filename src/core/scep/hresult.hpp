// What NDES says beside failInfo: the HRESULT of Windows (szOID_ENROLL_SCEP_ERROR).
#pragma once

#include <cstdint>
#include <string>

namespace scep {

// "0x80070056 (the challenge is wrong, used or expired)"; the number alone when it is not known.
std::string hresult_text(std::uint32_t hresult);

}  // namespace scep
