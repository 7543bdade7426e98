// Golden SignedData and EnvelopedData of the tests, and where their parts are.
#pragma once

#include <algorithm>

#include "core/cms/enveloped_data.hpp"
#include "core/cms/signed_data.hpp"
#include "support/der_tree.hpp"
#include "support/parties.hpp"

namespace scep::test {

using Path = std::initializer_list<std::size_t>;

// from the ContentInfo of a SignedData with content and certificates
inline constexpr Path kContentInfo{};
inline constexpr Path kContent{1};
inline constexpr Path kSignedDataBody{1, 0};
inline constexpr Path kDigestAlgorithms{1, 0, 1};
inline constexpr Path kEncap{1, 0, 2};
inline constexpr Path kEContent{1, 0, 2, 1};  // [0] EXPLICIT
inline constexpr Path kCertificates{1, 0, 3};
inline constexpr Path kSignerInfos{1, 0, 4};
inline constexpr Path kSignerInfo{1, 0, 4, 0};
inline constexpr Path kSignedAttrs{1, 0, 4, 0, 3};
inline constexpr Path kSignature{1, 0, 4, 0, 5};

// from the ContentInfo of an EnvelopedData
inline constexpr Path kEnvelopeBody{1, 0};
inline constexpr Path kRecipients{1, 0, 1};
inline constexpr Path kRecipient{1, 0, 1, 0};
inline constexpr Path kRid{1, 0, 1, 0, 1};
inline constexpr Path kEncryptedKey{1, 0, 1, 0, 3};
inline constexpr Path kEncryptedContentInfo{1, 0, 2};
inline constexpr Path kContentCipher{1, 0, 2, 1};
inline constexpr Path kEncryptedContent{1, 0, 2, 2};

inline Bytes content() {
    return as_bytes("sixteen octets!!, and a few more");
}

inline cms::SignedDataSpec signed_spec(const std::string& signer) {
    Party& who = party(signer);
    cms::SignedDataSpec spec{
        .content = content(),
        .certificates = {who.certificate.der()},
        .signer = &who.certificate,
        .algorithm = crypto::default_signature(who.key->public_key(), crypto::Digest::Sha256)};
    asn1::Writer nonce;
    nonce.octet_string(as_bytes("0123456789abcdef"));
    spec.attributes.push_back({oid::kSenderNonce, std::move(nonce).take()});
    return spec;
}

inline Buffer build(const cms::SignedDataSpec& spec, const std::string& signer) {
    return cms::build_signed_data(crypto::Library::standard(), spec, *party(signer).key).value();
}

inline Buffer signed_message(const std::string& signer = "client") {
    return build(signed_spec(signer), signer);
}

// Signs the attributes of `tree` anew, as they stand in it.
inline void resign(Node& tree, const std::string& signer) {
    Party& who = party(signer);
    Node attributes = tree.at(kSignedAttrs);
    attributes.tag = asn1::kSet;
    tree.at(kSignature).content =
        who.key
            ->sign(crypto::default_signature(who.key->public_key(), crypto::Digest::Sha256),
                   attributes.der())
            .value();
}

inline void erase_attribute(Node& tree, const asn1::Oid& type) {
    std::erase_if(tree.at(kSignedAttrs).children, [&](const Node& attribute) {
        return equal(attribute.children.front().content, type.content());
    });
}

// Indefinite lengths but in the certificate: that is DER for good, its own signature is over it.
inline Buffer ber_around_certificates(Node tree) {
    const Buffer certificate = tree.at(kCertificates).children.front().der();
    tree.at(kCertificates).children.clear();
    tree.at(kCertificates).trailing = certificate;
    return tree.ber();
}

// from the ContentInfo of an EnvelopedData with one KeyAgreeRecipientInfo
inline constexpr Path kOriginatorKey{1, 0, 1, 0, 1, 0};
inline constexpr Path kOriginatorPoint{1, 0, 1, 0, 1, 0, 1};
inline constexpr Path kAgreementAlgorithm{1, 0, 1, 0, 2};
inline constexpr Path kEncryptedKeys{1, 0, 1, 0, 3};
inline constexpr Path kAgreedKey{1, 0, 1, 0, 3, 0, 1};

// from the ContentInfo of an EnvelopedData with one PasswordRecipientInfo
inline constexpr Path kPbkdf2Parameters{1, 0, 1, 0, 1, 1};
inline constexpr Path kIterations{1, 0, 1, 0, 1, 1, 1};
inline constexpr Path kPasswordKey{1, 0, 1, 0, 3};

inline cms::EnvelopedDataSpec enveloped_spec(Bytes plaintext, const x509::Certificate& recipient) {
    return {.content = plaintext, .recipients = {&recipient}};
}

inline Buffer enveloped_message(Bytes plaintext = content(), const std::string& recipient = "ra") {
    SeededRandom random(7);
    return cms::build_enveloped_data(crypto::Library::standard(),
                                     enveloped_spec(plaintext, party(recipient).certificate),
                                     random)
        .value();
}

}  // namespace scep::test
