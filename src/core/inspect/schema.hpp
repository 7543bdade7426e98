// The ASN.1 modules of this field as data: what a value's elements are called and what they mean.
// Used inside this room only.
//
// A field whose type another one chooses ("ANY DEFINED BY") names the selector that finds it by
// the OID before it. What the selector finds fills the hole of the field's type: the elements of a
// Collection, the content of a Holder, or the field itself.
#pragma once

#include <span>
#include <string_view>

#include "core/asn1/oid.hpp"
#include "core/asn1/reader.hpp"
#include "core/inspect/tree.hpp"

namespace scep::inspect {

enum class Form : std::uint8_t {
    Any,         // whatever it is
    Value,       // one primitive value
    Sequence,    // `members` in their order
    Collection,  // SEQUENCE OF or SET OF `of`
    Choice,      // one of `members`
    Holder       // OCTET STRING or BIT STRING around the encoding of `of`; null: what it looks like
};

enum class Trait : std::uint8_t {
    None,
    Algorithm,  // its first OID selects in the value around it: AlgorithmIdentifier
    Named,      // its node takes the name of its first OID: Attribute, Extension
    Signed,     // its signature covers its other members
    Request,    // so does this one's, and it is a CSR
    Guarded     // of a CSR's attributes only those of an allow-list are shown
};

struct Type;

using Selector = const Type* (*)(const asn1::Oid&);  // null: nothing known of this OID

// Adds words and remarks, once the value's children are there. The element has the tag of its
// type, also where it is tagged implicitly.
using Note = void (*)(const asn1::Element&, Node&);

inline constexpr int kOwnTag = -1;
inline constexpr std::string_view kPiece =
    "piece";  // field of what a constructed string is made of

struct Member {
    std::string_view field{};  // in a Choice: empty where the field around it names it
    const Type* type = nullptr;
    int tag = kOwnTag;     // context-specific
    bool wrapped = false;  // explicitly tagged
    bool optional = false;
    Selector select = nullptr;
};

struct Type {
    std::string_view name{};
    Form form = Form::Any;
    asn1::Tag tag{};
    std::span<const Member> members{};
    const Type* of = nullptr;
    Note note = nullptr;
    Trait trait = Trait::None;
};

constexpr Type sequence(std::string_view name,
                        std::span<const Member> members,
                        Note note = nullptr,
                        Trait trait = Trait::None) {
    return {.name = name,
            .form = Form::Sequence,
            .tag = asn1::kSequence,
            .members = members,
            .note = note,
            .trait = trait};
}

constexpr Type sequence_of(std::string_view name, const Type& of, Note note = nullptr) {
    return {
        .name = name, .form = Form::Collection, .tag = asn1::kSequence, .of = &of, .note = note};
}

constexpr Type set_of(std::string_view name, const Type& of, Note note = nullptr) {
    return {.name = name, .form = Form::Collection, .tag = asn1::kSet, .of = &of, .note = note};
}

constexpr Type value(std::string_view name, asn1::Tag tag, Note note = nullptr) {
    return {.name = name, .form = Form::Value, .tag = tag, .note = note};
}

extern const Type kAny;
extern const Type kInteger;
extern const Type kOctets;  // OCTET STRING
extern const Type kBits;    // BIT STRING
extern const Type kOid;
extern const Type kBoolean;
extern const Type kTime;
extern const Type kNull;

// algorithms
extern const Type kAlgorithmIdentifier;
extern const Type kSubjectPublicKeyInfo;

// CMS
extern const Type kAttributeValues;
extern const Type kAttribute;
extern const Type kContentInfo;
extern const Type kSignedData;
extern const Type kEnvelopedData;
const Type* attribute_value(const asn1::Oid& type);  // the type of one value
bool is_public_attribute(const asn1::Oid& type);     // of a CSR: its values are shown to all

// X.509
extern const Type kName;
extern const Type kSerialNumber;
extern const Type kCertificate;
extern const Type kCertificationRequest;
extern const Type kCertificateList;
extern const Type kIssuerAndSerialNumber;
extern const Type kIssuerAndSubject;
extern const Type kExtensions;
extern const Type kGeneralNames;
extern const Type kGeneralName;
const Type* extension_value(const asn1::Oid& id);

const Type& type_of(Shape shape) noexcept;

// What a value without a field name is called: its type, where that is a structure.
std::string_view field_name(const Type& type, std::string_view otherwise) noexcept;

// Whether an element of this tag can be a value of the type.
bool admits(const Type& type, asn1::Tag tag) noexcept;
bool admits(const Member& member, asn1::Tag tag) noexcept;

// "INTEGER", "UTCTime or GeneralizedTime", "SignerInfo"
std::string expected(const Type& type);
std::string expected(const Member& member);

}  // namespace scep::inspect
