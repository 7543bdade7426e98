// signingTime (RFC 5652 section 11.3) as clients write it. Used inside this room only.
#pragma once

#include "core/asn1/reader.hpp"

namespace scep {

// As asn1::time(), and also BER's forms: no seconds, and a zone ("160531073014-0400") instead of Z.
Result<TimePoint> signing_time(const asn1::Element& element);

}  // namespace scep
