#include "core/cms/canonical.hpp"

namespace scep::cms {

namespace {

Status write_value(asn1::Writer& out, const asn1::Reader& in, const asn1::Element& element);

Result<std::vector<Buffer>> members(asn1::Reader inside) {
    std::vector<Buffer> out;
    while (!inside.at_end()) {
        SCEP_TRY(member, inside.next("SET OF"));
        asn1::Writer writer(member.tlv.size());
        SCEP_CHECK(write_value(writer, inside, member));
        out.push_back(std::move(writer).take());
    }
    return out;
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
    SCEP_TRY(parts, members(inside));
    if (element.tag == asn1::kSet)
        asn1::sort_set_of(parts);
    out.constructed(element.tag, [&] {
        for (const Buffer& part : parts)
            out.raw(part);
    });
    return {};
}

}  // namespace

Result<Buffer> canonical_set(const asn1::Element& set) {
    asn1::Reader outer(set.tlv, asn1::Rules::Ber, set.offset);
    SCEP_TRY(inside, outer.enter(set, "SET OF"));
    SCEP_TRY(parts, members(inside));
    asn1::Writer out(set.tlv.size());
    out.set_of(std::move(parts));
    return std::move(out).take();
}

}  // namespace scep::cms
