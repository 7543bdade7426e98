#include "serve/endpoint/opening.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/base/limits.hpp"
#include "core/crypto/decoy.hpp"

namespace scep::endpoint {

namespace {

// Octets equal to the signer's are the signer's key, checked already.
bool has_signers_key(const Case& c, const x509::CertificationRequest& request) {
    return equal(request.spki(), c.decision.message.signer.spki());
}

Result<crypto::PublicKey> request_key(const Case& c, const x509::CertificationRequest& request) {
    return has_signers_key(c, request) ? *c.decision.signer_key
                                       : request.public_key(crypto::kDecodeKeys);
}

// Whatever failed behind the envelope has cost one verification with an RSA key and one with an EC
// key when the answer leaves, the CSR's own counted: how long it took does not say how far it came.
// The other keys are ours: one of the signer's choice would let a stranger widen a difference.
void spend_verifications(const Case& c,
                         const x509::CertificationRequest* request,
                         const std::optional<crypto::PublicKey>& key) {
    std::optional<crypto::KeyType> spent;
    if (request != nullptr && key)
        if (const auto algorithm = request->signature_algorithm();
            algorithm && crypto::fits(c.library, *key, *algorithm, request->signature()))
            spent = key->type();
    for (const crypto::KeyType type : {crypto::KeyType::Rsa, crypto::KeyType::Ec})
        if (type != spent)
            crypto::verify_decoy(c.library, type);
}

tl::unexpected<Error> refuse(const Case& c, Error error) {
    if (!c.envelope.opening.named)
        return fail(Errc::Crypto, "the envelope is for another certificate than the RA's");
    return during(std::move(error), "behind the envelope");
}

}  // namespace

// What the message says in clear, its lengths and counts included, tells the cost; the password is
// not asked. A reply to a password costs a derivation as well.
Step spend_derivation(const Case& c) {
    if (c.envelope.opening.password == nullptr)
        return {};
    const Result<cms::KeyManagement> management =
        cms::key_management(*c.envelope.opening.recipient);
    const auto* encryption =
        management ? std::get_if<crypto::PasswordEncryption>(&*management) : nullptr;
    if (encryption == nullptr)
        return {};
    const std::uint32_t iterations = encryption->iterations + limits::kPbkdf2Iterations;
    if (c.profile.derivations->take(
            c.circumstances.client_address, iterations, c.circumstances.instant))
        return {};
    return TooMuch{
        fmt::format("the derivation budget does not hold {} PBKDF2 iterations more", iterations)};
}

Result<OpenedRequest> open_request(Case& c) {
    Result<x509::CertificationRequest> request =
        scep::open_request(c.library, *c.envelope.data, c.envelope.opening);
    if (!request) {
        spend_verifications(c, nullptr, {});
        return refuse(c, std::move(request).error());
    }
    const Result<crypto::PublicKey> key = request_key(c, *request);
    const std::optional<crypto::PublicKey> known = key ? std::optional(*key) : std::nullopt;
    const Status verified =
        key ? request->verify_signature(c.library, *key) : tl::unexpected<Error>(key.error());
    if (!verified) {
        if (has_signers_key(c, *request))  // reading it was saved
            static_cast<void>(request->public_key(crypto::kDecodeKeys));
        spend_verifications(c, &*request, known);
        return refuse(c, verified.error());
    }
    c.decision.opened_by_password = c.envelope.opening.password != nullptr;
    return OpenedRequest{.request = *std::move(request), .key = *known};
}

Result<IssuerAndSerialNumber> open_issuer_and_serial(Case& c) {
    Result<IssuerAndSerialNumber> opened =
        scep::open_issuer_and_serial(c.library, *c.envelope.data, c.envelope.opening);
    if (!opened)
        return refuse(c, std::move(opened).error());
    c.decision.opened_by_password = c.envelope.opening.password != nullptr;
    return opened;
}

void spend_decoys(const Case& c) {
    spend_verifications(c, nullptr, {});
}

}  // namespace scep::endpoint
