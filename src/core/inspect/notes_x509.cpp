// Certificates, requests, lists, names and keys in words.
#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/base/escape.hpp"
#include "core/crypto/algorithms.hpp"
#include "core/crypto/keys.hpp"
#include "core/inspect/notes.hpp"
#include "core/x509/certificate.hpp"

namespace scep::inspect {

namespace {

constexpr std::size_t kMaxFingerprinted = 1U << 20U;  // octets of one certificate
constexpr std::size_t kMaxSerial = 20;                // octets, RFC 5280 section 4.1.2.2

// The words of a field on the way through the tree, empty where it is not there or a secret.
std::string words(const Node& node, std::initializer_list<std::string_view> path) {
    const Node* at = &node;
    for (const std::string_view field : path) {
        at = child(*at, field);
        if (at == nullptr)
            return {};
    }
    return at->secret ? std::string() : at->value;
}

std::optional<asn1::Oid> oid_of(const Node* node) {
    if (node == nullptr)
        return std::nullopt;
    const Result<asn1::Oid> oid = asn1::Oid::from_content(node->content);
    return oid ? std::optional(*oid) : std::nullopt;
}

std::size_t bit_length(Bytes magnitude) noexcept {
    while (!magnitude.empty() && magnitude.front() == 0)
        magnitude = magnitude.subspan(1);
    if (magnitude.empty())
        return 0;
    return (magnitude.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(magnitude[0]));
}

void note_version(Node& node, std::string_view most) {
    if (node.content.size() == 1 && node.content[0] <= 2)
        node.value = fmt::format("{} (v{})", node.content[0], node.content[0] + 1);
    else
        node.remarks.push_back(fmt::format("unknown version, want {}", most));
}

bool holds_secret(const Node& node) noexcept {
    return node.secret || std::ranges::any_of(node.children, holds_secret);
}

// RFC 4055 sections 1.2 and 5: the parameters are NULL, not absent.
bool wants_null(const asn1::Oid& algorithm) {
    constexpr std::array kAlgorithms{oid::kRsaEncryption,
                                     oid::kMd5WithRsa,
                                     oid::kSha1WithRsa,
                                     oid::kSha224WithRsa,
                                     oid::kSha256WithRsa,
                                     oid::kSha384WithRsa,
                                     oid::kSha512WithRsa};
    return std::ranges::find(kAlgorithms, algorithm) != kAlgorithms.end();
}

}  // namespace

void note_algorithm(const asn1::Element& /*element*/, Node& node) {
    const std::optional<asn1::Oid> algorithm = oid_of(child(node, "algorithm"));
    if (!algorithm)
        return;
    node.value = asn1::name(*algorithm);
    const Node* const parameters = child(node, "parameters");
    if (parameters == nullptr && wants_null(*algorithm))
        node.remarks.emplace_back("parameters missing, want NULL");
    if (parameters == nullptr && *algorithm == oid::kRsaesOaep)
        node.remarks.emplace_back("parameters missing, want RSAES-OAEP-params");
    if (parameters != nullptr && *algorithm == oid::kEcPublicKey)
        if (const std::optional<asn1::Oid> curve = oid_of(parameters))
            node.value += ", " + asn1::name(*curve);
    if (const Node* const hash = parameters == nullptr ? nullptr : child(*parameters, "hashFunc"))
        node.value += " with " + words(*hash, {"AlgorithmIdentifier"});
    if (const Node* const hash =
            parameters == nullptr ? nullptr : child(*parameters, "hashAlgorithm"))
        node.value += " with " + words(*hash, {"AlgorithmIdentifier"});
    if (parameters != nullptr && *algorithm == oid::kPbkdf2)
        node.value += fmt::format(", {} iterations", words(*parameters, {"iterationCount"}));
}

void note_modulus(const asn1::Element& element, Node& node) {
    node.value =
        fmt::format("{} bits: {}", bit_length(element.content), shown_octets(element.content));
}

void note_public_key(const asn1::Element& /*element*/, Node& node) {
    const Node* const algorithm = child(node, "algorithm");
    const std::optional<asn1::Oid> oid =
        algorithm == nullptr ? std::nullopt : oid_of(child(*algorithm, "algorithm"));
    if (!oid)
        return;
    const Node* const bits = child(node, "subjectPublicKey");
    const Node* const rsa = bits == nullptr ? nullptr : child(*bits, "RSAPublicKey");
    if (const Node* const modulus = rsa == nullptr ? nullptr : child(*rsa, "modulus"))
        node.value = fmt::format("RSA {} bits", bit_length(modulus->content));
    else if (*oid == oid::kEcPublicKey)
        if (const std::optional<asn1::Oid> curve = oid_of(child(*algorithm, "parameters")))
            node.value = "EC " + asn1::name(*curve);
        else
            node.value = "EC";
    else
        node.value = asn1::name(*oid);
}

void note_name(const asn1::Element& element, Node& node) {
    const Result<x509::Name> name = x509::Name::parse(element.tlv, {});
    if (!name)
        return;
    node.value = name->empty() ? "(empty)" : shorten(name->to_text(), kMaxShownText);
}

void note_name_attribute(const asn1::Element& /*element*/, Node& node) {
    node.value = words(node, {"value"});
}

void note_serial(const asn1::Element& element, Node& node) {
    const Bytes content = element.content;
    if (content.empty())
        return;
    node.value = content.size() > limits::kMaxSerialOctets ? shown_octets(content)
                                                           : x509::serial_hex(content);
    if ((content[0] & 0x80U) != 0)
        node.remarks.emplace_back("negative serial number");
    if (content.size() > kMaxSerial)
        node.remarks.push_back(fmt::format(
            "serial number of {} octets, RFC 5280 admits {}", content.size(), kMaxSerial));
}

void note_certificate(const asn1::Element& element, Node& node) {
    node.value = words(node, {"tbsCertificate", "subject"});
    if (element.tlv.size() <= kMaxFingerprinted)
        node.value += fmt::format("{}SHA-256 {}",
                                  node.value.empty() ? "" : ", ",
                                  to_hex_colons(crypto::sha256(element.tlv)));
}

void note_request(const asn1::Element& /*element*/, Node& node) {
    const std::string key = words(node, {"certificationRequestInfo", "subjectPKInfo"});
    node.value = words(node, {"certificationRequestInfo", "subject"});
    if (!key.empty())
        node.value += (node.value.empty() ? "" : ", ") + key;
}

void note_crl(const asn1::Element& /*element*/, Node& node) {
    const Node* const list = child(node, "tbsCertList");
    if (list == nullptr)
        return;
    const Node* const revoked = child(*list, "revokedCertificates");
    node.value = fmt::format("{}, {} revoked",
                             words(*list, {"issuer"}),
                             revoked == nullptr ? 0 : revoked->children.size());
}

void note_validity(const asn1::Element& /*element*/, Node& node) {
    node.value = fmt::format("{} to {}", words(node, {"notBefore"}), words(node, {"notAfter"}));
}

void note_issuer_and_serial(const asn1::Element& /*element*/, Node& node) {
    node.value =
        fmt::format("serial {} of {}", words(node, {"serialNumber"}), words(node, {"issuer"}));
}

void note_issuer_and_subject(const asn1::Element& /*element*/, Node& node) {
    node.value = fmt::format("{}, issued by {}", words(node, {"subject"}), words(node, {"issuer"}));
}

void note_x509_version(const asn1::Element& /*element*/, Node& node) {
    note_version(node, "0 to 2");
}

void note_crl_version(const asn1::Element& /*element*/, Node& node) {
    note_version(node, "1");
}

// One value is what an attribute is about.
void note_attribute(const asn1::Element& /*element*/, Node& node) {
    if (node.children.size() != 2)
        return;
    const Node& values = node.children[1];
    if (values.children.size() != 1) {
        node.remarks.push_back(fmt::format("{} values, want one", values.children.size()));
        return;
    }
    const Node& value = values.children.front();
    if (value.secret)
        node.value = fmt::format("present, {}", value.type);
    else if (holds_secret(value))
        node.value = fmt::format("present, nested in a {}", value.type);
    else
        node.value = value.value;
}

}  // namespace scep::inspect
