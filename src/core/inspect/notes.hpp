// What values mean, in words. Used inside this room only.
//
// A note is called with what the schema took the element for; whether its content is that is for
// the note to see. It never fails: what it cannot read stays without words.
#pragma once

#include <string>
#include <string_view>

#include "core/asn1/reader.hpp"
#include "core/inspect/tree.hpp"

namespace scep::inspect {

inline constexpr std::string_view kHiddenKey = "a private key, never shown";
inline constexpr std::string_view kHiddenSignature =
    "not shown: guesses of the challenge could be checked against it";
inline constexpr std::string_view kHiddenOctets = "not shown: a challenge may be among its octets";

// Every primitive value: by its tag alone. Also what its octets say against its type: BOOLEAN
// neither 00 nor FF, INTEGER with padding, malformed strings and times.
void describe(const asn1::Element& element, Node& node);

// "2C:41:..." cut after kMaxShownOctets with the number of all.
std::string shown_octets(Bytes octets);

// Octets that ought to be text: as such where all of them are visible ASCII, else like octets.
std::string shown_text(Bytes octets);

// null when there is no such child
const Node* child(const Node& node, std::string_view field) noexcept;

// algorithms
void note_algorithm(const asn1::Element& element, Node& node);
void note_public_key(const asn1::Element& element, Node& node);  // SubjectPublicKeyInfo
void note_modulus(const asn1::Element& element, Node& node);

// X.509
void note_name(const asn1::Element& element, Node& node);
void note_name_attribute(const asn1::Element& element, Node& node);
void note_serial(const asn1::Element& element, Node& node);
void note_certificate(const asn1::Element& element, Node& node);
void note_request(const asn1::Element& element, Node& node);
void note_crl(const asn1::Element& element, Node& node);
void note_validity(const asn1::Element& element, Node& node);
void note_issuer_and_serial(const asn1::Element& element, Node& node);
void note_issuer_and_subject(const asn1::Element& element, Node& node);
void note_x509_version(const asn1::Element& element, Node& node);
void note_crl_version(const asn1::Element& element, Node& node);
void note_attribute(const asn1::Element& element, Node& node);

// extensions
void note_extension_list(const asn1::Element& element, Node& node);
void note_extension(const asn1::Element& element, Node& node);
void note_list(const asn1::Element& element, Node& node);  // the words of its children, joined
void note_general_name_list(const asn1::Element& element, Node& node);
void note_key_usage(const asn1::Element& element, Node& node);
void note_reason_flags(const asn1::Element& element, Node& node);
void note_reason_code(const asn1::Element& element, Node& node);
void note_basic_constraints(const asn1::Element& element, Node& node);
void note_ip_address(const asn1::Element& element, Node& node);
void note_other_name(const asn1::Element& element, Node& node);
void note_access(const asn1::Element& element, Node& node);
void note_octets_as_text(const asn1::Element& element, Node& node);
void note_authority_key(const asn1::Element& element, Node& node);

// SCEP (RFC 8894 section 3.2.1)
void note_message_type(const asn1::Element& element, Node& node);
void note_pki_status(const asn1::Element& element, Node& node);
void note_fail_info(const asn1::Element& element, Node& node);
void note_hresult(const asn1::Element& element, Node& node);
void note_signer(const asn1::Element& element, Node& node);

}  // namespace scep::inspect
