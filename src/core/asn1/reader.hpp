// One reader for BER and DER, over borrowed bytes, with absolute offsets in every error.
//
// A Reader stands before the next element of one constructed value. BER's freedom of form is taken
// (indefinite lengths, long lengths, constructed strings); Rules::Der refuses all of it. Content
// rules are the same under both. Nothing is copied but constructed strings, see octets().
//
//   Reader in(message);
//   SCEP_TRY(seq, in.expect(kSequence, "ContentInfo"));
//   SCEP_CHECK(in.finish("ContentInfo"));                 // nothing after it
//   SCEP_TRY(body, in.enter(seq));
//
// After an error the Reader stands where it stood before the call.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/asn1/oid.hpp"
#include "core/base/bytes.hpp"
#include "core/base/clock.hpp"
#include "core/base/limits.hpp"
#include "core/base/result.hpp"

namespace scep::asn1 {

enum class Class : std::uint8_t { Universal = 0, Application = 1, Context = 2, Private = 3 };

struct Tag {
    Class tag_class = Class::Universal;
    std::uint32_t number = 0;

    friend constexpr bool operator==(const Tag&, const Tag&) = default;
};

inline constexpr Tag kEndOfContents{Class::Universal, 0};
inline constexpr Tag kBoolean{Class::Universal, 1};
inline constexpr Tag kInteger{Class::Universal, 2};
inline constexpr Tag kBitString{Class::Universal, 3};
inline constexpr Tag kOctetString{Class::Universal, 4};
inline constexpr Tag kNull{Class::Universal, 5};
inline constexpr Tag kObjectIdentifier{Class::Universal, 6};
inline constexpr Tag kEnumerated{Class::Universal, 10};
inline constexpr Tag kUtf8String{Class::Universal, 12};
inline constexpr Tag kSequence{Class::Universal, 16};
inline constexpr Tag kSet{Class::Universal, 17};
inline constexpr Tag kNumericString{Class::Universal, 18};
inline constexpr Tag kPrintableString{Class::Universal, 19};
inline constexpr Tag kTeletexString{Class::Universal, 20};
inline constexpr Tag kIa5String{Class::Universal, 22};
inline constexpr Tag kUtcTime{Class::Universal, 23};
inline constexpr Tag kGeneralizedTime{Class::Universal, 24};
inline constexpr Tag kVisibleString{Class::Universal, 26};
inline constexpr Tag kUniversalString{Class::Universal, 28};
inline constexpr Tag kBmpString{Class::Universal, 30};

constexpr Tag context(std::uint32_t number) noexcept {
    return {Class::Context, number};
}

// "SEQUENCE", "[0]", "PrintableString"
std::string tag_name(Tag tag);

struct Element {
    Tag tag{};
    bool constructed = false;
    bool indefinite = false;      // BER indefinite length
    bool minimal = true;          // tag and length in their shortest form
    std::size_t offset = 0;       // of the tag, from the start of the outermost value
    std::size_t header_size = 0;  // octets of tag and length
    Bytes tlv{};                  // header, content and, if indefinite, end-of-contents
    Bytes content{};              // without end-of-contents

    std::size_t content_offset() const noexcept { return offset + header_size; }
};

enum class Rules : std::uint8_t { Ber, Der };

class Reader {
  public:
    // `in` must outlive the Reader and every Element. `base` is the offset of in[0] in the
    // outermost value; `depth` counts the values around it.
    explicit Reader(Bytes in,
                    Rules rules = Rules::Ber,
                    std::size_t base = 0,
                    std::size_t depth = 0) noexcept
        : in_(in), base_(base), depth_(depth), rules_(rules) {}

    bool at_end() const noexcept { return in_.empty(); }

    std::size_t offset() const noexcept { return base_; }

    Bytes rest() const noexcept { return in_; }

    // True when the next element has this tag. False at the end and on a malformed tag.
    bool next_is(Tag tag) const noexcept;

    // The next element, whatever it is. `field` names it in errors.
    Result<Element> next(std::string_view field);

    // The next element, which must have this tag.
    Result<Element> expect(Tag tag, std::string_view field);

    // The next element if it has this tag; nullopt otherwise, and at the end.
    Result<std::optional<Element>> optional(Tag tag, std::string_view field);

    // A Reader over the content of a constructed element. Der when it is primitive or too deep.
    Result<Reader> enter(const Element& element, std::string_view field = {}) const;

    // expect() and enter() in one.
    Result<Reader> expect_into(Tag tag, std::string_view field);

    // Der unless everything has been read.
    Status finish(std::string_view field) const;

  private:
    Result<Element> parse(std::string_view field) const;
    void advance(const Element& element) noexcept;
    Error error(std::string_view field, std::string what) const;

    Bytes in_;
    std::size_t base_;
    std::size_t depth_;
    Rules rules_;
};

// Pieces of constructed strings, joined. Addresses stay valid while it lives and when it moves.
using Joined = std::deque<Buffer>;

// --- values of elements; errors carry the element's offset -------------------------------------

// Octets of an OCTET STRING or of an implicitly tagged one. A primitive is returned as it stands;
// a constructed one is joined into `joined`. X.690 section 8.7.
Result<Bytes> octets(const Element& element, Joined& joined, std::string_view field);

Result<Oid> object_identifier(const Element& element, std::string_view field);

// Contents octets of an INTEGER, two's complement, as they stand (DER minimal or not).
Result<Bytes> integer(const Element& element, std::string_view field);

// A non-negative INTEGER that fits; Der otherwise.
Result<std::uint32_t> small_integer(const Element& element, std::string_view field);

// Magnitude of a non-negative INTEGER: leading zero octets removed, zero is empty.
Result<Bytes> unsigned_integer(const Element& element, std::string_view field);

Result<bool> boolean(const Element& element, std::string_view field);

struct BitString {
    Bytes octets{};
    unsigned unused_bits = 0;  // 0 to 7, in the last octet

    // Bit `index` as numbered by ASN.1 named bits: 0 is the first octet's highest.
    bool bit(std::size_t index) const noexcept;
};

// Primitive only: no producer of certificates or CSRs constructs one.
Result<BitString> bit_string(const Element& element, std::string_view field);

// A BIT STRING without unused bits: keys and signatures.
Result<Bytes> bit_string_octets(const Element& element, std::string_view field);

// Any of the character string types as UTF-8. T61 is read as Latin-1, as everybody does.
// Der for other tags, odd BMPString lengths, bad UTF-8, more than kMaxStringOctets.
Result<std::string> text(const Element& element, std::string_view field);

// True for the tags that text() takes.
bool is_text(Tag tag) noexcept;

// UTCTime (RFC 5280 section 4.1.2.5.1) or GeneralizedTime, ending in Z, with seconds.
Result<TimePoint> time(const Element& element, std::string_view field);

// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
struct AlgorithmIdentifier {
    Oid algorithm{};
    std::optional<Element> parameters{};  // absent and NULL are told apart; borrowed
    std::size_t offset = 0;
};

Result<AlgorithmIdentifier> algorithm_identifier(Reader& in, std::string_view field);
// The same from an element already read, SEQUENCE or implicitly tagged.
Result<AlgorithmIdentifier> algorithm_identifier(const Element& element, std::string_view field);

// Parameters are absent or NULL.
bool parameters_empty(const AlgorithmIdentifier& algorithm) noexcept;

}  // namespace scep::asn1
