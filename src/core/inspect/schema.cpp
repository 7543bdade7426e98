// What is common to all schemas.
#include "core/inspect/schema.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/inspect/notes.hpp"

namespace scep::inspect {

constinit const Type kAny{.name = "a value"};
constinit const Type kInteger{.name = "INTEGER", .form = Form::Value, .tag = asn1::kInteger};
constinit const Type kOctets{
    .name = "OCTET STRING", .form = Form::Value, .tag = asn1::kOctetString};
constinit const Type kBits{.name = "BIT STRING", .form = Form::Value, .tag = asn1::kBitString};
constinit const Type kOid{
    .name = "OBJECT IDENTIFIER", .form = Form::Value, .tag = asn1::kObjectIdentifier};
constinit const Type kBoolean{.name = "BOOLEAN", .form = Form::Value, .tag = asn1::kBoolean};
constinit const Type kNull{.name = "NULL", .form = Form::Value, .tag = asn1::kNull};

namespace {

constexpr Type kUtc{.name = "UTCTime", .form = Form::Value, .tag = asn1::kUtcTime};
constexpr Type kGeneralized{
    .name = "GeneralizedTime", .form = Form::Value, .tag = asn1::kGeneralizedTime};
constexpr std::array kTimes{Member{.type = &kUtc}, Member{.type = &kGeneralized}};

}  // namespace

constinit const Type kTime{.name = "Time", .form = Form::Choice, .members = kTimes};

const Type& type_of(Shape shape) noexcept {
    switch (shape) {
        case Shape::ContentInfo:
            return kContentInfo;
        case Shape::Certificate:
            return kCertificate;
        case Shape::CertificationRequest:
            return kCertificationRequest;
        case Shape::CertificateList:
            return kCertificateList;
        case Shape::IssuerAndSerialNumber:
            return kIssuerAndSerialNumber;
        case Shape::IssuerAndSubject:
            return kIssuerAndSubject;
        case Shape::Unknown:
        case Shape::PrivateKey:
            break;
    }
    return kAny;
}

std::string_view field_name(const Type& type, std::string_view otherwise) noexcept {
    return type.form == Form::Sequence || type.form == Form::Collection ? type.name : otherwise;
}

bool admits(const Type& type, asn1::Tag tag) noexcept {
    if (type.form == Form::Any)
        return true;
    if (type.form != Form::Choice)
        return type.tag == tag;
    return std::ranges::any_of(type.members,
                               [tag](const Member& member) { return admits(member, tag); });
}

bool admits(const Member& member, asn1::Tag tag) noexcept {
    return member.tag == kOwnTag ? admits(*member.type, tag)
                                 : tag == asn1::context(static_cast<std::uint32_t>(member.tag));
}

std::string expected(const Type& type) {
    if (type.form != Form::Choice)
        return std::string(type.name);
    std::string out;
    for (const Member& member : type.members)
        out += (out.empty() ? "" : " or ") + expected(member);
    return out;
}

std::string expected(const Member& member) {
    if (member.tag == kOwnTag)
        return expected(*member.type);
    return fmt::format("[{}] {}", member.tag, member.type->name);
}

}  // namespace scep::inspect
