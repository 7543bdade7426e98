// Any ASN.1 of this field as an annotated tree: pkiMessages, envelopes, certificates, CSRs, CRLs.
// Decodes as far as it can, and says where it stopped and what was expected there.
//
// Secrets. The values of a challengePassword, in whatever attributes it stands, and private keys
// are nodes without size, value or octets. So are the signature over a CSR (or over signed
// attributes) with a challenge, against which guesses of the challenge could be checked, and the
// sizes of the two values around it. The lengths further out and the offsets behind it are shown:
// they tell its length to whoever adds up, but no octet of it, the ciphertext's length has told
// the same to anybody on the wire to within one cipher block, and finding one's way in the octets
// is what offsets are for. Constructed nodes have no content, so that no parent repeats a secret.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/asn1/reader.hpp"
#include "core/base/bytes.hpp"

namespace scep::inspect {

// A real message has some 300 nodes on 25 levels; a GetCACert reply of 32 certificates 3000.
inline constexpr std::size_t kMaxTreeNodes = 8192;
inline constexpr std::size_t kMaxTreeDepth = 64;
inline constexpr std::size_t kMaxJoinedOctets = 16U << 20U;  // of constructed strings, in one tree
inline constexpr std::size_t kMaxShownText = 1024;           // octets of a value in words
inline constexpr std::size_t kMaxTreeWords = 4U << 20U;      // octets of all of them
inline constexpr std::size_t kMaxShownOctets = 32;           // of a value that is shown in hex

struct Node {
    std::size_t offset = 0;       // of the tag, from the start of the captured message
    std::size_t header_size = 0;  // octets of tag and length; 0 for secrets
    std::size_t length = 0;       // octets of content, without end-of-contents; 0 for secrets
    std::string field{};          // as its standard names it: "signerInfos", "messageType"
    std::string type{};           // "SEQUENCE", "PrintableString", "[0]", "[0] INTEGER"
    std::string value{};          // in words; of constructed ones a summary or empty; not escaped
    Bytes content{};        // of primitive ones without children; borrowed from the message or from
                            // Tree::joined; empty for secrets
    bool secret = false;    // not to be shown; empty unless the caller asked for secrets
    bool sizeless = false;  // its sizes would tell a secret's: 0, not to be shown
    std::vector<std::string> remarks{};  // "indefinite length", "SET OF not sorted"
    std::vector<Node> children{};
};

// Where decoding ended before its time, the first such place. What stands behind the value that is
// broken there is decoded nevertheless, where its beginning is known.
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
    Unknown,
    PrivateKey  // also in PKCS #12; never shown
};

struct Tree {
    Shape shape = Shape::Unknown;
    Node root{};
    std::optional<Stop> stop{};
    std::size_t left_over = 0;               // octets behind the outermost value,
    std::size_t left_over_offset = 0;        // which begin here
    std::shared_ptr<asn1::Joined> joined{};  // constructed strings that hold a further message
};

// By its first elements, also where the message is cut short behind them.
Shape shape_of(Bytes message);
std::string_view name(Shape shape) noexcept;  // "CertificationRequest"

enum class Secrets : std::uint8_t {
    Hidden,
    Shown  // Node::secret stays true, the rest is filled; private keys never are
};

// `message` must outlive the Tree. `base` is what its offsets start at. At most kMaxTreeNodes
// nodes and kMaxTreeDepth levels: beyond, a node's value says how much was left out. Linear in
// time.
Tree annotate(Bytes message, Shape shape, std::size_t base = 0, Secrets secrets = Secrets::Hidden);

}  // namespace scep::inspect
