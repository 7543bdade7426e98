// BER to DER for one value. Used inside this room only.
#pragma once

#include "core/asn1/reader.hpp"
#include "core/asn1/writer.hpp"

namespace scep::cms {

// The SET OF whose members stand in `set` (SET or [n] IMPLICIT), as the DER of a SET: definite
// lengths, OCTET STRINGs in one piece, sets sorted. `set` comes from a Reader. Der when nested too
// deep.
Result<Buffer> canonical_set(const asn1::Element& set);

}  // namespace scep::cms
