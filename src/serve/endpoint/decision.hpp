// What a profile does with one message: the decision as a value, with everything that carrying it
// out wants to know.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "core/scep/pki_message.hpp"
#include "serve/endpoint/snapshot.hpp"
#include "serve/store/records.hpp"

namespace scep::endpoint {

// A FAILURE: what the peer is told, and what the operator is told.
struct Refusal {
    FailInfo info = FailInfo::BadRequest;
    std::string text{};    // failInfoText: a sentence that gives nothing away
    std::string reason{};  // audit and log: the cause, no secrets, not escaped
};

// SUCCESS with a certificate that is made now.
struct Issue {
    x509::Grant grant{};
    std::shared_ptr<const ca::Issuer> issuer{};
    store::Transaction transaction{};              // pending_id: what an operator approved
    std::optional<std::int64_t> challenge_id{};    // the one-time challenge that is spent
    std::optional<store::CertificateId> signer{};  // of ours, which let the request in
};

// PENDING.
struct Hold {
    std::optional<store::PendingRequest> request{};  // nullopt: it waits already
    store::Transaction transaction{};
    std::optional<std::int64_t> challenge_id{};
};

// SUCCESS with a certificate that was issued before.
struct Give {
    store::Issuance issuance{};
};

// SUCCESS with the CRL of an issuer.
struct GiveCrl {
    std::shared_ptr<const ca::Issuer> issuer{};
};

// The state cannot be read: HTTP 503.
struct Unavailable {
    Error error{};
};

// More work than a client may cost at the moment: HTTP 429. No CertRep, whose failure would end the
// client's transaction, and whose signature is work too.
struct TooMuch {
    std::string reason{};  // for the log
};

using Verdict = std::variant<Refusal, Issue, Hold, Give, GiveCrl, Unavailable, TooMuch>;
using Step = std::optional<Verdict>;  // nullopt: nothing decided yet, go on

// A one-time challenge that is shown after its last use: somebody else may know it (RFC 8894
// section 7.3).
struct ChallengeReuse {
    std::string first_address{}, first_serial{};
};

// Names of what was forgiven, each once: see tolerances.hpp and scep::Operation.
using Tolerances = std::vector<std::string_view>;

struct Decision {
    PkiMessage message{};
    MessageAlgorithms algorithms{};
    std::optional<crypto::PublicKey> signer_key{};
    std::size_t ra = 0;                                   // which RA pair answers
    std::optional<x509::CertificationRequest> request{};  // once the envelope was opened
    Verdict verdict{};
    std::string authorisation{};  // what let the request in: "challenge accepted", "renewal of 0A"
    bool opened_by_password = false;  // the envelope; so its sender knows the challenge
    std::optional<ChallengeReuse> reuse{};
    Tolerances tolerances{};
    std::vector<std::string> remarks{};  // tolerated or ignored, for the log

    const Refusal* refusal() const noexcept { return std::get_if<Refusal>(&verdict); }
};

// Refusals in the words every step uses.
Refusal bad_alg(std::string names);
// One text for everything behind the envelope, and for the signature before it (SECURITY rule S01).
Refusal bad_message_check(std::string reason);
Refusal bad_request(std::string text, std::string reason);
Refusal bad_time(std::string reason);
// What apply_profile() said no to.
Refusal against_policy(const Error& error);
// Unknown and somebody else's answer alike (SECURITY rule S13).
Refusal bad_cert_id(std::string reason);

}  // namespace scep::endpoint
