#include "serve/endpoint/algorithm_policy.hpp"

#include <algorithm>

namespace scep::endpoint {

namespace {

void refuse(MessageAlgorithms& out, std::string name) {
    if (std::ranges::find(out.refused, name) == out.refused.end())
        out.refused.push_back(std::move(name));
}

// The digests inside OAEP and PSS: SHA-1 is what Windows has there, and no collision in it helps.
void judge_inner(crypto::Digest digest, MessageAlgorithms& out) {
    if (digest == crypto::Digest::Md5)
        refuse(out, std::string(info(digest).name));
}

void judge_signer(const AlgorithmPolicy& policy,
                  const cms::SignerInfo& signer,
                  MessageAlgorithms& out) {
    out.digest = crypto::digest_from(signer.digest_algorithm.algorithm);
    if (!out.digest || !policy.allows(*out.digest)) {
        refuse(out, asn1::name(signer.digest_algorithm.algorithm));
        if (!out.digest)
            return;
    }
    const Result<crypto::SignatureAlgorithm> signature =
        crypto::signature_algorithm(signer.signature_algorithm, out.digest);
    if (!signature)
        return refuse(out, asn1::name(signer.signature_algorithm.algorithm));
    out.signature = *signature;
    if (signature->kind == crypto::SignatureKind::RsaPss)
        judge_inner(signature->mgf1, out);
}

void judge_digests(const crypto::KeyTransport& transport, MessageAlgorithms& out) {
    if (!transport.oaep)
        return;
    judge_inner(transport.digest, out);
    judge_inner(transport.mgf1, out);
}

void judge_digests(const crypto::KeyAgreement& agreement, MessageAlgorithms& out) {
    judge_inner(agreement.kdf, out);
}

void judge_digests(const crypto::PasswordEncryption& encryption, MessageAlgorithms& out) {
    judge_inner(encryption.prf, out);
}

void judge_recipient(const cms::RecipientInfo& recipient, MessageAlgorithms& out) {
    if (std::optional<std::string> unknown = cms::unknown_algorithm(recipient))
        return refuse(out, *std::move(unknown));
    out.key_management = *cms::key_management(recipient);
    std::visit([&out](const auto& management) { judge_digests(management, out); },
               *out.key_management);
}

void judge_envelope(const AlgorithmPolicy& policy,
                    const Addressed& addressed,
                    MessageAlgorithms& out) {
    const asn1::Oid& cipher = addressed.envelope->content_encryption.algorithm;
    out.cipher = crypto::cipher_from(cipher);
    if (!out.cipher || !policy.allows(*out.cipher))
        refuse(out, asn1::name(cipher));
    if (addressed.recipient != nullptr)
        judge_recipient(*addressed.recipient, out);
    else if (out.refused.empty())
        refuse(out, "no recipient that this profile can be");
}

}  // namespace

bool AlgorithmPolicy::allows(crypto::Digest digest) const noexcept {
    return digest != crypto::Digest::Md5 && (digest != crypto::Digest::Sha1 || sha1);
}

bool AlgorithmPolicy::allows(crypto::Cipher cipher) const noexcept {
    return cipher != crypto::Cipher::DesCbc && (cipher != crypto::Cipher::DesEde3Cbc || des3);
}

crypto::KeyRules AlgorithmPolicy::keys() const noexcept {
    return {.min_rsa_bits = rsa1024 ? limits::kMinRsaBitsLegacy : limits::kMinRsaBits};
}

AlgorithmPolicy algorithm_policy(const config::Profile& settings) {
    const auto opened = [&settings](std::string_view name) {
        return std::ranges::find(settings.allow_legacy, name) != settings.allow_legacy.end();
    };
    return {.sha1 = opened("sha1"), .des3 = opened("3des"), .rsa1024 = opened("rsa1024")};
}

MessageAlgorithms judge_algorithms(const AlgorithmPolicy& policy,
                                   const PkiMessage& message,
                                   const Addressed& addressed) {
    MessageAlgorithms out;
    judge_signer(policy, message.signer_info(), out);
    if (addressed.envelope != nullptr)
        judge_envelope(policy, addressed, out);
    return out;
}

}  // namespace scep::endpoint
