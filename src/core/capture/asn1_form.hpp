// BER and DER as a capture holds them: where a message ends, whether it is whole, and what must not
// be shown at all.
#pragma once

#include <optional>

#include "core/capture/collection.hpp"

namespace scep::capture {

struct Extent {
    std::size_t octets = 0;   // of the outermost value, by its own length; as far as known if cut
    bool complete = false;    // all of them are here
    bool indefinite = false;  // BER's length form without a length
};

// Of a SEQUENCE, which every message of this field is; nullopt for anything else. Linear in what it
// reads, however deep the nesting.
std::optional<Extent> extent_of(Bytes in) noexcept;

// Begins like a SEQUENCE whose length is plausible: whole, or cut in an input of this size.
bool looks_like_asn1(Bytes in) noexcept;

// Takes what `in` holds: one message, several one behind the other, or the beginning of one.
// `frame` says where it was found; the form and the damage are added to it. Keys are refused.
void add_asn1(Collection& out, const Captured& frame, Bytes in);

// A remark on a size that buffers on the way have: "4096 octets are exactly 4 KiB: ...".
std::string cut_where(std::size_t octets);

}  // namespace scep::capture
