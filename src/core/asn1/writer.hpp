// Writes canonical DER into one buffer.
//
//   Writer out;
//   out.constructed(kSequence, [&] {
//       out.oid(oid::kData);
//       out.explicit_tag(0, [&] { out.octet_string(content); });
//   });
//   Buffer der = std::move(out).take();
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/asn1/reader.hpp"

namespace scep::asn1 {

class Writer {
  public:
    explicit Writer(std::size_t expected_size = 256) { out_.reserve(expected_size); }

    // Tag, then what `body` writes, then the length fixed up.
    template <class Body>
    void constructed(Tag tag, Body&& body) {
        const std::size_t start = open(tag, true);
        body();
        close(start);
    }

    template <class Body>
    void sequence(Body&& body) {
        constructed(kSequence, body);
    }

    template <class Body>
    void set(Body&& body) {
        constructed(kSet, body);
    }

    // [number] EXPLICIT
    template <class Body>
    void explicit_tag(std::uint32_t number, Body&& body) {
        constructed(context(number), body);
    }

    // An OCTET STRING whose content is DER of its own: extension values.
    template <class Body>
    void octet_string_of(Body&& body) {
        const std::size_t start = open(kOctetString, false);
        body();
        close(start);
    }

    // A BIT STRING whose content is DER of its own: keys, ECDSA signatures.
    template <class Body>
    void bit_string_of(Body&& body) {
        const std::size_t start = open(kBitString, false);
        out_.push_back(0);
        body();
        close(start);
    }

    void primitive(Tag tag, Bytes content);

    void raw(Bytes tlv) { append(out_, tlv); }

    void boolean(bool value);
    void integer(std::uint64_t value);
    void unsigned_integer(Bytes magnitude);  // big-endian; a leading zero is added where needed

    void signed_integer(Bytes content) {
        primitive(kInteger, content);
    }  // contents octets as they are

    void oid(const Oid& oid) { primitive(kObjectIdentifier, oid.content()); }

    void null() { primitive(kNull, {}); }

    void octet_string(Bytes content) { primitive(kOctetString, content); }

    void bit_string(Bytes octets, unsigned unused_bits = 0);
    // Named bits: bit 0 is the highest of the first octet; trailing zero bits removed
    // (X.690 11.2.2).
    void named_bits(std::uint32_t bits);

    void string(Tag tag, std::string_view text) { primitive(tag, as_bytes(text)); }

    // UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5).
    void time(TimePoint time);
    // SET OF, sorted by encoding (X.690 section 11.6), under SET or an implicit tag.
    void set_of(std::vector<Buffer> elements, Tag tag = kSet);

    void algorithm(const Oid& oid, bool with_null);

    const Buffer& bytes() const noexcept { return out_; }

    std::size_t size() const noexcept { return out_.size(); }

    Buffer take() && { return std::move(out_); }

  private:
    std::size_t open(Tag tag, bool constructed);  // returns the offset of the length octet
    void close(std::size_t length_at);
    void header(Tag tag, bool constructed, std::size_t length);
    void tag_octets(Tag tag, bool constructed);

    Buffer out_;
};

// Sorted as X.690 section 11.6 wants: shorter encodings padded with zero octets.
void sort_set_of(std::vector<Buffer>& elements);

// The narrowest common type for text: PrintableString if it fits, else UTF8String.
Tag string_type_for(std::string_view text) noexcept;
bool is_printable_string(std::string_view text) noexcept;

}  // namespace scep::asn1
