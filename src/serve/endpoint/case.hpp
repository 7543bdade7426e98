// What the steps of one decision share. Used inside this room only.
#pragma once

#include "serve/endpoint/decide.hpp"
#include "serve/endpoint/envelope.hpp"

namespace scep::endpoint {

struct Case {
    const crypto::Library& library;
    const ProfileSnapshot& profile;
    const Circumstances& circumstances;
    Decision& decision;
    Envelope envelope{};

    store::TransactionKey transaction_key() const;
    std::shared_ptr<const ca::Issuer> issuer() const;  // of the RA pair that answers
};

// Behind the envelope of a PKCSReq or a RenewalReq.
Verdict decide_enrolment(Case& c);

// CertPoll: from the state, no envelope is opened (SECURITY rule S13).
Verdict decide_poll(Case& c);
Verdict decide_get_cert(Case& c);
Verdict decide_get_crl(Case& c);

// The issuance of the signer's certificate when it is one of ours.
Result<std::optional<store::Issuance>> signer_issuance(const Case& c);

// What a transaction that is known leads to now; nullopt when it has no bearing any more: its
// certificate was revoked, or given longer ago than `window` (nullopt: however long).
Step answer_known(const ProfileSnapshot& profile,
                  const Circumstances& circumstances,
                  const store::Transaction& known,
                  std::optional<Seconds> window = {});

}  // namespace scep::endpoint
