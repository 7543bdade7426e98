// Reading what is left of a value whose end is missing: for who explains damaged messages, never
// for who takes them.
#pragma once

#include <optional>

#include "core/asn1/reader.hpp"

namespace scep::asn1 {

// The first value of `in`; where its length goes beyond the end, or an indefinite one has no
// end-of-contents, all that is there. nullopt where not even tag and length can be read. `base` is
// the offset of in[0].
std::optional<Element> first_clipped(Bytes in, std::size_t base);

// One value after the other.
class ClippedReader {
  public:
    ClippedReader(Bytes in, std::size_t base) noexcept : in_(in), base_(base) {}

    // The content of a constructed value; of a primitive one nothing.
    explicit ClippedReader(const Element& element) noexcept
        : in_(element.constructed ? element.content : Bytes{}), base_(element.content_offset()) {}

    std::optional<Element> next();
    // The next one if it has this tag; else nothing is read.
    std::optional<Element> take(Tag tag);

    Bytes rest() const noexcept { return in_; }

    std::size_t offset() const noexcept { return base_; }

  private:
    Bytes in_;
    std::size_t base_;
};

// The octets of an OCTET STRING, its pieces joined, as far as they go.
Bytes clipped_octets(const Element& element, Joined& joined);

}  // namespace scep::asn1
