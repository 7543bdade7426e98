// SCEP's attributes in words.
#include <charconv>

#include "core/inspect/notes.hpp"
#include "core/scep/hresult.hpp"
#include "core/scep/pki_message.hpp"

namespace scep::inspect {

namespace {

template <class Kind>
void note_number(const asn1::Element& element, Node& node) {
    const std::string_view digits = as_text(element.content);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    if (error != std::errc{} || end != digits.end())
        node.remarks.emplace_back("not a number in decimal digits");
    else
        node.value = to_text(static_cast<Kind>(number));
}

}  // namespace

void note_message_type(const asn1::Element& element, Node& node) {
    note_number<MessageType>(element, node);
}

void note_pki_status(const asn1::Element& element, Node& node) {
    note_number<PkiStatus>(element, node);
}

void note_fail_info(const asn1::Element& element, Node& node) {
    note_number<FailInfo>(element, node);
}

void note_hresult(const asn1::Element& element, Node& node) {
    if (const auto code = parse_hresult(element))
        node.value = hresult_text(*code);
    else
        node.remarks.emplace_back("not a number");
}

void note_signer(const asn1::Element& /*element*/, Node& node) {
    if (const Node* const sid = child(node, "sid"))
        node.value = sid->value;
}

}  // namespace scep::inspect
