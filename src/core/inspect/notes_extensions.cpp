// Extensions in words.
#include <array>
#include <span>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/inspect/notes.hpp"
#include "core/x509/name.hpp"

namespace scep::inspect {

namespace {

// Its own words, or those of the only value in it. A secret's are its own alone, also where they
// may be shown: the tree may be for somebody who may not see them.
const std::string& words(const Node& node) noexcept {
    static const std::string kNone;
    const Node* at = &node;
    while (at->value.empty() && at->children.size() == 1 && !at->secret)
        at = &at->children.front();
    return at->secret ? kNone : at->value;
}

void add(std::string& out, std::string_view word, std::string_view separator = ", ") {
    if (word.empty() || out.size() > kMaxShownText)
        return;
    if (!out.empty())
        out += separator;
    out += word;
}

// A value behind the name of its OID.
void note_named(Node& node, std::string_view oid, std::string_view field) {
    const Node* const type = child(node, oid);
    const Node* const value = child(node, field);
    if (type == nullptr || value == nullptr)
        return;
    const std::string_view name = type->value;
    node.value = fmt::format("{} {}", name.substr(0, name.find(' ')), words(*value));
}

// Names of the bits that are set; a bit without a name is shown by its number.
std::string bit_names(Bytes content, std::span<const std::string_view> names) {
    if (content.empty() || content[0] > 7)
        return {};
    const asn1::BitString bits{content.subspan(1), content[0]};
    std::string out;
    for (std::size_t i = 0; i < bits.octets.size() * 8 && i < 64; ++i)
        if (bits.bit(i))
            add(out, i < names.size() ? std::string(names[i]) : fmt::format("bit {}", i));
    return out.empty() ? "no bit is set" : out;
}

}  // namespace

void note_list(const asn1::Element& /*element*/, Node& node) {
    std::string out;
    for (const Node& item : node.children)
        add(out, words(item));
    node.value = shorten(out, kMaxShownText);
}

void note_general_name_list(const asn1::Element& /*element*/, Node& node) {
    std::string out;
    for (const Node& item : node.children)
        add(out, fmt::format("{} {}", item.field, words(item)));
    node.value = shorten(out, kMaxShownText);
}

void note_extension_list(const asn1::Element& /*element*/, Node& node) {
    std::string out;
    for (const Node& item : node.children)
        add(out, item.field);
    node.value = shorten(out, kMaxShownText);
}

void note_extension(const asn1::Element& /*element*/, Node& node) {
    const Node* const critical = child(node, "critical");
    const Node* const value = child(node, "extnValue");
    std::string out = critical != nullptr && critical->value == "TRUE" ? "critical" : "";
    if (critical != nullptr && critical->value == "FALSE")
        node.remarks.emplace_back("critical FALSE is the default, DER leaves it out");
    if (value != nullptr)
        add(out, words(*value), ": ");
    node.value = out;
}

void note_key_usage(const asn1::Element& element, Node& node) {
    constexpr std::array<std::string_view, 9> kNames{"digitalSignature",
                                                     "nonRepudiation",
                                                     "keyEncipherment",
                                                     "dataEncipherment",
                                                     "keyAgreement",
                                                     "keyCertSign",
                                                     "cRLSign",
                                                     "encipherOnly",
                                                     "decipherOnly"};
    node.value = bit_names(element.content, kNames);
}

void note_reason_flags(const asn1::Element& element, Node& node) {
    constexpr std::array<std::string_view, 9> kNames{"unused",
                                                     "keyCompromise",
                                                     "cACompromise",
                                                     "affiliationChanged",
                                                     "superseded",
                                                     "cessationOfOperation",
                                                     "certificateHold",
                                                     "privilegeWithdrawn",
                                                     "aACompromise"};
    node.value = bit_names(element.content, kNames);
}

void note_reason_code(const asn1::Element& element, Node& node) {
    constexpr std::array<std::string_view, 11> kNames{"unspecified",
                                                      "keyCompromise",
                                                      "cACompromise",
                                                      "affiliationChanged",
                                                      "superseded",
                                                      "cessationOfOperation",
                                                      "certificateHold",
                                                      "",
                                                      "removeFromCRL",
                                                      "privilegeWithdrawn",
                                                      "aACompromise"};
    if (element.content.size() == 1 && element.content[0] < kNames.size())
        node.value = fmt::format("{} ({})", kNames.at(element.content[0]), element.content[0]);
}

void note_basic_constraints(const asn1::Element& /*element*/, Node& node) {
    const Node* const ca = child(node, "cA");
    const Node* const length = child(node, "pathLenConstraint");
    node.value = ca != nullptr && ca->value == "TRUE" ? "a CA" : "not a CA";
    if (length != nullptr)
        node.value += ", path length " + length->value;
    if (ca != nullptr && ca->value == "FALSE")
        node.remarks.emplace_back("cA FALSE is the default, DER leaves it out");
}

// Of 8 or 32 octets in nameConstraints: with a mask.
void note_ip_address(const asn1::Element& element, Node& node) {
    const auto text = [](Bytes octets) {
        const x509::GeneralName name{.type = x509::GeneralNameType::IpAddress,
                                     .content = to_buffer(octets)};
        return name.to_text().substr(std::string_view("ip:").size());
    };
    const std::size_t size = element.content.size();
    if (size == 4 || size == 16)
        node.value = text(element.content);
    else if (size == 8 || size == 32)
        node.value = fmt::format("{}/{}",
                                 text(element.content.first(size / 2)),
                                 text(element.content.subspan(size / 2)));
    else
        node.remarks.push_back(fmt::format("address of {} octets, want 4 or 16", size));
}

void note_other_name(const asn1::Element& /*element*/, Node& node) {
    note_named(node, "type-id", "value");
}

void note_access(const asn1::Element& /*element*/, Node& node) {
    if (node.children.size() == 2)
        note_named(node, "accessMethod", node.children[1].field);
}

void note_octets_as_text(const asn1::Element& element, Node& node) {
    node.value = shown_text(element.content);
}

void note_authority_key(const asn1::Element& /*element*/, Node& node) {
    if (const Node* const id = child(node, "keyIdentifier"))
        node.value = id->value;
}

}  // namespace scep::inspect
