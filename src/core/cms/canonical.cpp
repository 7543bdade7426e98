#include "core/cms/canonical.hpp"

#include <algorithm>

namespace scep::cms {

namespace {

Status write_value(asn1::Writer& out, const asn1::Reader& in, const asn1::Element& element);

Status write_members(asn1::Writer& out, asn1::Reader inside) {
    while (!inside.at_end()) {
        SCEP_TRY(member, inside.next("value"));
        SCEP_CHECK(write_value(out, inside, member));
    }
    return {};
}

// Sorted as asn1::sort_set_of() does, but the members share one buffer: a hostile message has as
// many of them as half its octets.
Status write_set(asn1::Writer& out, asn1::Reader inside) {
    asn1::Writer unsorted(inside.rest().size());
    std::vector<std::size_t> ends;
    while (!inside.at_end()) {
        SCEP_TRY(member, inside.next("SET OF"));
        SCEP_CHECK(write_value(unsorted, inside, member));
        ends.push_back(unsorted.size());
    }
    std::vector<Bytes> members;
    members.reserve(ends.size());
    std::size_t start = 0;
    for (const std::size_t end : ends) {
        members.push_back(Bytes(unsorted.bytes()).subspan(start, end - start));
        start = end;
    }
    std::ranges::sort(members,
                      [](Bytes a, Bytes b) { return std::ranges::lexicographical_compare(a, b); });
    out.set([&] {
        for (const Bytes member : members)
            out.raw(member);
    });
    return {};
}

Status write_value(asn1::Writer& out, const asn1::Reader& in, const asn1::Element& element) {
    if (!element.constructed) {
        out.primitive(element.tag, element.content);
        return {};
    }
    if (element.tag == asn1::kOctetString) {
        asn1::Joined joined;
        SCEP_TRY(whole, asn1::octets(element, joined, "OCTET STRING"));
        out.octet_string(whole);
        return {};
    }
    SCEP_TRY(inside, in.enter(element, "constructed value"));
    if (element.tag == asn1::kSet)
        return write_set(out, inside);
    Status written;
    out.constructed(element.tag, [&] { written = write_members(out, inside); });
    return written;
}

}  // namespace

Result<Buffer> canonical_set(const asn1::Element& set) {
    asn1::Reader outer(set.tlv, asn1::Rules::Ber, set.offset);
    SCEP_TRY(inside, outer.enter(set, "SET OF"));
    asn1::Writer out(set.tlv.size());
    SCEP_CHECK(write_set(out, inside));
    return std::move(out).take();
}

}  // namespace scep::cms
