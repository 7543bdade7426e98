// Values by their tag alone.
#include "core/inspect/notes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"

namespace scep::inspect {

namespace {

void describe_boolean(Bytes content, Node& node) {
    if (content.size() != 1) {
        node.remarks.emplace_back("BOOLEAN is not one octet");
        return;
    }
    node.value = content[0] == 0 ? "FALSE" : "TRUE";
    if (content[0] != 0 && content[0] != 0xff)
        node.remarks.push_back(
            fmt::format("BOOLEAN TRUE as {}, DER has FF", to_hex_upper(content)));
}

// Two's complement.
void describe_integer(Bytes content, Node& node) {
    if (content.empty()) {
        node.remarks.emplace_back("INTEGER without octets");
        return;
    }
    const bool negative = (content[0] & 0x80U) != 0;
    const std::uint8_t filler = negative ? 0xff : 0;
    if (content.size() > 1 && content[0] == filler && ((content[1] & 0x80U) != 0) == negative)
        node.remarks.emplace_back("INTEGER not in its shortest form");
    if (content.size() > sizeof(std::int64_t)) {
        node.value = shown_octets(content);
        return;
    }
    std::uint64_t bits = negative ? UINT64_MAX : 0;
    for (const std::uint8_t octet : content)
        bits = (bits << 8U) | octet;
    node.value = std::to_string(static_cast<std::int64_t>(bits));
}

void describe_bits(Bytes content, Node& node) {
    if (content.empty() || content[0] > 7 || (content.size() == 1 && content[0] != 0)) {
        node.remarks.emplace_back("malformed BIT STRING");
        return;
    }
    const Bytes octets = content.subspan(1);
    node.value = fmt::format("{} bits", octets.size() * 8 - content[0]);
    if (!octets.empty())
        node.value += ": " + shown_octets(octets);
}

void describe_oid(Bytes content, Node& node) {
    const Result<asn1::Oid> oid = asn1::Oid::from_content(content);
    if (!oid) {
        node.value = shown_octets(content);
        node.remarks.push_back(oid.error().what);
        return;
    }
    const std::string dotted = oid->dotted();
    const std::string name = asn1::name(*oid);
    node.value = name == dotted ? dotted : fmt::format("{} ({})", name, dotted);
}

void describe_time(const asn1::Element& element, Node& node) {
    const Result<TimePoint> time = asn1::time(element, {});
    if (time) {
        node.value = to_rfc3339(*time);
        return;
    }
    node.value = shown_text(element.content);
    node.remarks.push_back(time.error().what);
}

void describe_text(const asn1::Element& element, Node& node) {
    const Result<std::string> text = asn1::text(element, {});
    if (text) {
        node.value = shorten(*text, kMaxShownText);
        return;
    }
    node.value = shown_octets(element.content);
    node.remarks.push_back(text.error().what);
}

}  // namespace

std::string shown_octets(Bytes octets) {
    if (octets.size() <= kMaxShownOctets)
        return to_hex(octets);
    return fmt::format("{}... ({} octets)", to_hex(octets.first(kMaxShownOctets)), octets.size());
}

std::string shown_text(Bytes octets) {
    const bool visible = std::ranges::all_of(
        octets, [](std::uint8_t octet) { return octet >= 0x20 && octet < 0x7f; });
    return visible ? shorten(as_text(octets), kMaxShownText) : shown_octets(octets);
}

const Node* child(const Node& node, std::string_view field) noexcept {
    const auto found = std::ranges::find(node.children, field, &Node::field);
    return found == node.children.end() ? nullptr : &*found;
}

void describe(const asn1::Element& element, Node& node) {
    const Bytes content = element.content;
    if (element.tag == asn1::kBoolean)
        describe_boolean(content, node);
    else if (element.tag == asn1::kInteger || element.tag == asn1::kEnumerated)
        describe_integer(content, node);
    else if (element.tag == asn1::kBitString)
        describe_bits(content, node);
    else if (element.tag == asn1::kObjectIdentifier)
        describe_oid(content, node);
    else if (element.tag == asn1::kUtcTime || element.tag == asn1::kGeneralizedTime)
        describe_time(element, node);
    else if (asn1::is_text(element.tag))
        describe_text(element, node);
    else
        node.value = shown_octets(content);
    if (element.tag == asn1::kNull && !content.empty())
        node.remarks.emplace_back("NULL with octets");
}

}  // namespace scep::inspect
