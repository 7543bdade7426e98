// Rules about the algorithms a message uses (RFC 8894 section 2.9) and its keys.
#include <algorithm>

#include <fmt/format.h>

#include "core/inspect/rule.hpp"

namespace scep::inspect {

namespace {

using crypto::Cipher;
using crypto::Digest;

// What is signed with a digest, and where that is said.
struct Use {
    std::string what{};
    std::optional<Digest> digest{};
    std::size_t offset = 0;
};

std::vector<Use> digests_of(const Reading& reading) {
    std::vector<Use> out;
    if (const cms::SignerInfo* signer = reading.signer_info) {
        out.push_back({"the message is signed",
                       crypto::digest_from(signer->digest_algorithm.algorithm),
                       signer->digest_algorithm.offset});
        const auto signature =
            crypto::signature_algorithm(signer->signature_algorithm, out.back().digest);
        if (signature && signature->digest != out.back().digest)
            out.push_back(
                {"the signature is made", signature->digest, signer->signature_algorithm.offset});
    }
    if (reading.request)
        if (const auto signature = reading.request->signature_algorithm())
            out.push_back({"the CSR is signed", signature->digest, 0});
    return out;
}

void check_digests(const Case& c, Digest forbidden, Reporter& out) {
    for (const Use& use : digests_of(c.reading))
        if (use.digest == forbidden)
            out.add(fmt::format("{} with {}", use.what, crypto::info(forbidden).name),
                    use.offset == 0 ? Where{} : at_offset(use.offset));
}

void add_cipher(const Case& c, std::string_view name, Reporter& out) {
    out.add(fmt::format("the content is encrypted with {}", name),
            at_offset(c.reading.envelope->data.content_encryption.offset));
}

std::optional<Cipher> cipher_of(const Case& c) {
    return c.reading.envelope
               ? crypto::cipher_from(c.reading.envelope->data.content_encryption.algorithm)
               : std::nullopt;
}

bool is_rc2(const Case& c) {
    return c.reading.envelope &&
           c.reading.envelope->data.content_encryption.algorithm == oid::kRc2Cbc;
}

void check_key(const std::optional<crypto::PublicKey>& key, std::string_view whose, Reporter& out) {
    if (key && !crypto::satisfies(*key, crypto::kStrictKeys))
        out.add(fmt::format("{} is {}", whose, key->describe()));
}

}  // namespace

void check_forbidden_digest(const Case& c, Reporter& out) {
    check_digests(c, Digest::Md5, out);
}

void check_old_digest(const Case& c, Reporter& out) {
    check_digests(c, Digest::Sha1, out);
}

void check_forbidden_cipher(const Case& c, Reporter& out) {
    if (cipher_of(c) == Cipher::DesCbc)
        add_cipher(c, "single DES", out);
    else if (is_rc2(c))
        add_cipher(c, "RC2", out);
}

void check_old_cipher(const Case& c, Reporter& out) {
    if (cipher_of(c) == Cipher::DesEde3Cbc)
        add_cipher(c, "triple DES", out);
}

void check_unknown_algorithm(const Case& c, Reporter& out) {
    if (const cms::SignerInfo* signer = c.reading.signer_info) {
        const auto& digest = signer->digest_algorithm;
        if (!crypto::digest_from(digest.algorithm) && digest.algorithm != asn1::Oid{})
            out.add(fmt::format("the digest {} is not known", asn1::name(digest.algorithm)),
                    at_offset(digest.offset));
    }
    if (!c.reading.envelope)
        return;
    const cms::EnvelopedData& envelope = c.reading.envelope->data;
    const asn1::Oid& cipher = envelope.content_encryption.algorithm;
    if (!cipher_of(c) && !is_rc2(c) && cipher != asn1::Oid{})
        out.add(fmt::format("the content cipher {} is not known", asn1::name(cipher)),
                at_offset(envelope.content_encryption.offset));
    for (const cms::RecipientInfo& recipient : envelope.recipients)
        if (const auto unknown = cms::unknown_algorithm(recipient);
            unknown && recipient.kind != cms::RecipientKind::Password)
            out.add(fmt::format("a recipient's key is protected in a way that is not known: {}",
                                *unknown),
                    at_offset(recipient.offset));
}

void check_oaep_parameters(const Case& c, Reporter& out) {
    if (!c.reading.envelope)
        return;
    for (const cms::RecipientInfo& recipient : c.reading.envelope->data.recipients) {
        const asn1::AlgorithmIdentifier& algorithm = recipient.key_encryption;
        const bool absent = !algorithm.parameters || algorithm.parameters->content.empty();
        if (algorithm.algorithm == oid::kRsaesOaep && absent)
            out.add("RSAES-OAEP without parameters", at_offset(algorithm.offset));
    }
}

void check_weak_key(const Case& c, Reporter& out) {
    check_key(c.reading.signer_key, "the signer's key", out);
    if (c.reading.request_key != c.reading.signer_key)
        check_key(c.reading.request_key, "the CSR's key", out);
}

void check_derivation(const Case& c, Reporter& out) {
    if (!c.reading.envelope)
        return;
    for (const cms::RecipientInfo& recipient : c.reading.envelope->data.recipients)
        if (recipient.kind == cms::RecipientKind::Password)
            if (const auto unknown = cms::unknown_algorithm(recipient))
                out.add(*unknown, at_offset(recipient.offset));
}

}  // namespace scep::inspect
