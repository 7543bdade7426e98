// enroll: a run on its way. What the parts of it hand on to each other.
#pragma once

#include "cli/cmd_enroll.hpp"
#include "cli/cmd_enroll_state.hpp"

namespace scep::cli {

// PKCS#10, DER; may hold the challenge.
struct EarlyRequest {
    crypto::Digest digest{};
    SecretBytes der{};
};

struct Session {  // borrowed
    Exchange& exchange;
    EnrollPlan& plan;
    EnrollWorld& world;
    Io& io;
    Buffer rejected{};                            // the reply to a PKIOperation that failed a check
    int answered = 0;                             // HTTP status of the last exchange; 0: no reply
    Seconds retry_after{};                        // as that reply has it
    files::FileSet results{};                     // where the certificate goes
    std::optional<EarlyRequest> early_request{};  // by build_request_early()
};

// --- cmd_enroll_steps.cpp ----------------------------------------------------------------------

// A line on a terminal: "GetCACaps    AES SHA-256 ...".
void tell_step(const Session& session, std::string_view what, std::string_view text);

// What the exchange learned from the reply that it waited for in `state`.
void tell_of_delivery(const Session& session, ExchangeState state);

// --- cmd_enroll_deliver.cpp --------------------------------------------------------------------

// One exchange; keeps what Session has of its answer. Network.
Result<http::ClientReply> exchange_once(Session& session, const http::ClientRequest& request);

// As the exchange takes it; borrowed.
ExchangeReply answer_of(const http::ClientReply& reply);

// Where the reply came from, and what its HTTP status says about the next step.
Error about_answer(const Session& session, Error error, const http::ClientReply& reply);

// Sends what the exchange asks for and takes the reply. A PKIOperation whose reply is lost is sent
// once more, the same octets: a server takes it for the request that it is (RFC 8894 section 7.4);
// `meanwhile` is done while the server works on it. Network; what Exchange::take() says.
Status deliver(Session& session, const std::function<void()>& meanwhile = {});

// Until the exchange asks for nothing more.
Status deliver_all(Session& session);

// The URL with the request's query behind its own.
http::ClientRequest to_http(const ExchangeRequest& request, const http::Url& base);

// --- cmd_enroll_attempt.cpp --------------------------------------------------------------------

// What is asked for, and who asks: made anew, or found in the files of an earlier run.
struct Attempt {
    SecretBytes request{};  // PKCS#10, DER; may hold the challenge
    RequestSigner signer{};
    MessageType type = MessageType::PkcsReq;
    std::string transaction_id{};  // empty: the exchange makes it

    Enrolment enrolment(const EnrollPlan& plan) const;
};

// Signs a request with plan.key before the CA is known, of whom it tells nothing: while the server
// looks for its certificates. What fails here new_attempt() tries again and tells.
void build_request_early(Session& session);

// In Ready: signs a request with plan.key, where none was built early. Its signer is the
// certificate that is renewed, or a self-made one.
Result<Attempt> new_attempt(Session& session);

// From plan.request and the signer's file. Config, Io.
Result<Attempt> resumed_attempt(Session& session);

// Which key signs a request that renews nothing.
SignerKey signer_key(const EnrollPlan& plan, const Exchange& exchange);

// --- cmd_enroll_wait.cpp -----------------------------------------------------------------------

// Polls while the CA has not decided and there is time, keeping `state` on disk; a network that
// fails in between is noted and tried again. Errors of deliver().
Status wait_for_decision(Session& session, const Attempt& attempt, EnrollState& state);

// One poll; where the server does not know the transaction, the request itself once more (RFC 8894
// section 5.2), unless only to poll is the operation.
Status poll_or_ask(Session& session, const Attempt& attempt, EnrollState& state);

// --- cmd_enroll_query.cpp ----------------------------------------------------------------------

// get-ca-caps, get-ca-cert, get-next-ca-cert, get-cert, get-crl.
Exit run_query(Session& session);

}  // namespace scep::cli
