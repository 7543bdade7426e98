// Golden pkiMessages of the tests.
#pragma once

#include "core/cms/messages.hpp"
#include "core/scep/pki_message.hpp"

namespace scep::test {

inline TransactionId transaction(std::string_view text) {
    return {to_buffer(as_bytes(text)), asn1::kPrintableString};
}

inline PkiMessageSpec request_spec(Bytes envelope) {
    static const Buffer nonce = to_buffer(as_bytes("0123456789abcdef"));
    return {.type = MessageType::PkcsReq,
            .transaction_id = transaction("transaction 1"),
            .sender_nonce = nonce,
            .envelope = envelope,
            .signer = &party("client").certificate,
            .algorithm = {}};
}

inline Buffer build(const PkiMessageSpec& spec, const std::string& signer = "client") {
    return build_pki_message(crypto::Library::standard(), spec, *party(signer).key).value();
}

// A PKCSReq of "client" to "ra", with the challenge "secret".
inline Buffer enrolment() {
    const Buffer envelope = enveloped_message(fixture("request.der"));
    return build(request_spec(envelope));
}

inline Node* attribute(Node& tree, const asn1::Oid& type) {
    for (Node& attribute : tree.at(kSignedAttrs).children)
        if (equal(attribute.children.front().content, type.content()))
            return &attribute;
    return nullptr;
}

inline Node& value(Node& tree, const asn1::Oid& type) {
    return attribute(tree, type)->children.at(1).children.front();
}

// The golden request with one attribute's value put another way, signed again.
inline Buffer with_value(const asn1::Oid& type, asn1::Tag tag, Bytes octets) {
    Node tree = Node::parse(enrolment());
    value(tree, type) = Node{.tag = tag, .content = to_buffer(octets)};
    resign(tree, "client");
    return tree.der();
}

inline Buffer without(const asn1::Oid& type) {
    Node tree = Node::parse(enrolment());
    erase_attribute(tree, type);
    resign(tree, "client");
    return tree.der();
}

// Of a message that is read, but has an attribute out of order.
inline Error defect_of(Bytes message) {
    return check_well_formed(parse_pki_message(message).value()).error();
}

inline Status verify(Bytes message) {
    SCEP_TRY(parsed, parse_pki_message(message));
    SCEP_CHECK(check_well_formed(parsed));
    SCEP_TRY(key, parsed.signer.public_key());
    return verify_message(crypto::Library::standard(), parsed, key);
}

}  // namespace scep::test
