// What a value is, by the tags of its first elements. Nothing here looks at lengths beyond what is
// there, so a message that was cut short is still recognised.
#include <algorithm>
#include <array>

#include "core/asn1/header.hpp"
#include "core/asn1/oid.hpp"
#include "core/inspect/tree.hpp"

namespace scep::inspect {

namespace {

using asn1::Tag;

struct Item {
    Tag tag{};
    Bytes
        content{};  // as much of it as is there; up to the end of what surrounds an indefinite one
    bool present = false;
};

// The elements of one value, one by one. An indefinite one has no known end: nothing follows it.
class Peek {
  public:
    explicit Peek(Bytes in) noexcept : in_(in) {}

    Item next() noexcept {
        asn1::Header header;
        if (!asn1::read_header(in_, header).empty() || asn1::is_end_of_contents(header))
            return {};
        const std::size_t there = in_.size() - header.size;
        const std::size_t size = header.indefinite ? there : std::min(header.length, there);
        const Item item{header.tag, in_.subspan(header.size, size), true};
        in_ = in_.subspan(header.size + size);
        return item;
    }

  private:
    Bytes in_;
};

Item first(Bytes content) noexcept {
    return Peek(content).next();
}

bool is(const Item& item, Tag tag) noexcept {
    return item.present && item.tag == tag;
}

bool is_sequence_of(const Item& item, Tag tag) noexcept {
    return is(item, asn1::kSequence) && is(first(item.content), tag);
}

bool is_algorithm(const Item& item) noexcept {
    return is_sequence_of(item, asn1::kObjectIdentifier);
}

// A Name: RDNs are SETs; the empty one has none.
bool is_name(const Item& item) noexcept {
    return is_sequence_of(item, asn1::kSet) || (is(item, asn1::kSequence) && item.content.empty());
}

bool is_time(const Item& item) noexcept {
    return is(item, asn1::kUtcTime) || is(item, asn1::kGeneralizedTime);
}

// TBSCertificate, TBSCertList or CertificationRequestInfo.
Shape signed_shape(Bytes tbs) noexcept {
    Peek in(tbs);
    Item item = in.next();
    if (is(item, asn1::context(0)))
        return Shape::Certificate;
    const bool numbered = is(item, asn1::kInteger);
    if (numbered)
        item = in.next();
    if (numbered && is_name(item))
        return Shape::CertificationRequest;
    if (!is_algorithm(item) || !is_name(in.next()))
        return Shape::Unknown;
    item = in.next();
    if (is_time(item))
        return Shape::CertificateList;
    return numbered && is(item, asn1::kSequence) ? Shape::Certificate : Shape::Unknown;
}

constexpr asn1::Oid kPkcs7{"1.2.840.113549.1.7"};  // content types

bool begins_with(Bytes content, const asn1::Oid& arc) noexcept {
    const Bytes prefix = arc.content();
    return content.size() >= prefix.size() && equal(content.first(prefix.size()), prefix);
}

// PKCS #5 and the encryption schemes of PKCS #12.
bool is_password_algorithm(const Item& item) {
    constexpr asn1::Oid kPkcs5{"1.2.840.113549.1.5"};
    constexpr asn1::Oid kPkcs12{"1.2.840.113549.1.12.1"};
    if (!is_algorithm(item))
        return false;
    const Bytes oid = first(item.content).content;
    return begins_with(oid, kPkcs5) || begins_with(oid, kPkcs12);
}

bool is_small(const Item& item, std::uint8_t most) noexcept {
    return is(item, asn1::kInteger) && item.content.size() == 1 && item.content[0] <= most;
}

// PKCS #8 plain or encrypted, PKCS #1, SEC 1, PKCS #12.
bool is_private_key(Bytes content) {
    Peek in(content);
    const Item version = in.next();
    const Item second = in.next();
    if (is_password_algorithm(version))
        return is(second, asn1::kOctetString);
    if (is_small(version, 1) && is(second, asn1::kOctetString))
        return true;  // SEC 1
    if (is_small(version, 1) && is_algorithm(second))
        return is(in.next(), asn1::kOctetString);
    if (is_small(version, 1) && is(second, asn1::kInteger))
        return is(in.next(), asn1::kInteger) && is(in.next(), asn1::kInteger);
    return is_small(version, 3) && version.content[0] == 3 && is_algorithm(second);
}

}  // namespace

std::string_view name(Shape shape) noexcept {
    constexpr std::array<std::string_view, 8> kNames{"ContentInfo",
                                                     "Certificate",
                                                     "CertificationRequest",
                                                     "CertificateList",
                                                     "IssuerAndSerialNumber",
                                                     "IssuerAndSubject",
                                                     "unknown",
                                                     "PrivateKey"};
    return kNames.at(static_cast<std::size_t>(shape));
}

Shape shape_of(Bytes message) {
    const Item outer = first(message);
    if (!is(outer, asn1::kSequence))
        return Shape::Unknown;
    if (is_private_key(outer.content))
        return Shape::PrivateKey;
    Peek in(outer.content);
    const Item head = in.next();
    const Item second = in.next();
    if (is(head, asn1::kObjectIdentifier)) {
        const bool content =
            second.present ? is(second, asn1::context(0)) : begins_with(head.content, kPkcs7);
        return content ? Shape::ContentInfo : Shape::Unknown;
    }
    if (is_name(head) && is(second, asn1::kInteger))
        return Shape::IssuerAndSerialNumber;
    if (is_name(head) && is_name(second))
        return Shape::IssuerAndSubject;
    return is(head, asn1::kSequence) ? signed_shape(head.content) : Shape::Unknown;
}

}  // namespace scep::inspect
