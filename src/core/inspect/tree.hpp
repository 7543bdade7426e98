// Any ASN.1 of this field as an annotated tree: pkiMessages, envelopes, certificates, CSRs, CRLs.
// Decodes as far as it can, and says where it stopped and what was expected there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/asn1/reader.hpp"
#include "core/base/bytes.hpp"

namespace scep::inspect {

struct Node {
    std::size_t offset = 0;       // of the tag, from the start of the captured message
    std::size_t header_size = 0;  // octets of tag and length
    std::size_t length = 0;       // octets of content, without end-of-contents
    std::string field{};          // as its standard names it: "signerInfos", "messageType"
    std::string type{};           // "SEQUENCE", "PrintableString", "[0]"
    std::string value{};          // in words; empty for constructed ones; not escaped
    Bytes content{};              // borrowed from the message; empty for secrets and where joined
    bool secret = false;          // a challenge: neither length nor octets are to be shown
    std::vector<std::string> remarks{};  // "indefinite length", "SET OF not sorted"
    std::vector<Node> children{};
};

// Where decoding ended before its time.
struct Stop {
    std::size_t offset = 0;
    std::string field{};     // "SignedData.signerInfos[0]"
    std::string expected{};  // "INTEGER, found the end of the input"
};

// What the outermost value is taken for.
enum class Shape : std::uint8_t {
    ContentInfo,
    Certificate,
    CertificationRequest,
    CertificateList,
    IssuerAndSerialNumber,
    IssuerAndSubject,
    Unknown
};

struct Tree {
    Shape shape = Shape::Unknown;
    Node root{};
    std::optional<Stop> stop{};
    std::size_t left_over = 0;  // octets behind the outermost value
};

// By its first elements.
Shape shape_of(Bytes message) noexcept;
std::string_view name(Shape shape) noexcept;  // "CertificationRequest"

// `message` must outlive the Tree. `base` is what its offsets start at. At most kMaxTreeNodes
// nodes and kMaxTreeDepth levels: beyond, a node's value says how much was left out.
Tree annotate(Bytes message, Shape shape, std::size_t base = 0);

}  // namespace scep::inspect
