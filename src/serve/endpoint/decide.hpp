// The decision without its effects: what would this profile do with this message, and why? Reads
// only, but for the budget of derivations, which are work done; the RA's private key is used at
// most once (SECURITY rule S03).
#pragma once

#include "serve/endpoint/decision.hpp"
#include "serve/store/view.hpp"

namespace scep::endpoint {

// What a decision depends on besides the message.
struct Circumstances {
    const store::View& view;
    TimePoint now{};
    std::chrono::steady_clock::time_point instant{};  // the same moment, for what is counted
    std::string client_address{}, reference{};
    const x509::Certificate* bootstrap = nullptr;  // what opened the mTLS route; null: /scep
};

// `message` must outlive the Decision. Error: signer and transactionID are not known, so that no
// CertRep can be given (HTTP 400).
Result<Decision> decide(const crypto::Library& library,
                        const ProfileSnapshot& profile,
                        Bytes message,
                        const Circumstances& circumstances);

// A request that an operator approved, judged once more by the policy as it is now (SECURITY rule
// S13): an Issue, or why not.
Verdict decide_approved(const ProfileSnapshot& profile,
                        const store::View& view,
                        const store::PendingRequest& pending,
                        TimePoint now);

}  // namespace scep::endpoint
