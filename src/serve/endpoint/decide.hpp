// The enrolment decision without its effects: what would this profile do with this message, and
// why? Reads only; the RA's private key is used at most once (SECURITY rule S03).
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/scep/pki_message.hpp"
#include "serve/endpoint/snapshot.hpp"

namespace scep::endpoint {

// A FAILURE: what the peer is told, and what the operator is told.
struct Refusal {
    FailInfo info = FailInfo::BadRequest;
    std::string text{};    // failInfoText: a sentence that gives nothing away
    std::string reason{};  // audit and log: the cause, no secrets, not escaped
};

struct Decision {
    PkiMessage message{};
    MessageAlgorithms algorithms{};
    std::optional<crypto::PublicKey> signer_key{};
    std::size_t ra = 0;                                   // which RA pair answers
    std::optional<x509::CertificationRequest> request{};  // once the envelope was opened
    std::variant<Refusal, x509::Grant> verdict{};
    std::vector<std::string> remarks{};  // tolerated or ignored, for the log

    const Refusal* refusal() const noexcept { return std::get_if<Refusal>(&verdict); }
};

// `message` must outlive the Decision, `bootstrap` (what opened the mTLS route; null: /scep) the
// call. Error: signer and transactionID are not known, so that no CertRep can be given (HTTP 400).
Result<Decision> decide(const crypto::Library& library,
                        const ProfileSnapshot& profile,
                        Bytes message,
                        const x509::Certificate* bootstrap = nullptr);

}  // namespace scep::endpoint
