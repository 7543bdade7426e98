#include "serve/endpoint/decide.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "serve/endpoint/case.hpp"
#include "serve/endpoint/tolerances.hpp"

namespace scep::endpoint {

namespace {

// messageType and senderNonce only: what a request has no use for may be malformed.
Step check_attributes(Case& c) {
    if (const std::optional<Error>& defect = c.decision.message.request_defect)
        return bad_request("an attribute of the message is malformed", to_text(*defect));
    return {};
}

// An allow-list: what is not on it costs no private-key operation but the reply's signature
// (SECURITY rule S03).
Step check_type(Case& c) {
    switch (c.decision.message.type) {
        case MessageType::PkcsReq:
        case MessageType::RenewalReq:
        case MessageType::CertPoll:
        case MessageType::GetCert:
        case MessageType::GetCrl:
            return {};
        case MessageType::CertRep:
        case MessageType::UpdateReq:
            break;
    }
    return bad_request(
        "this message type is not allowed here",
        fmt::format("message type {} is not allowed", to_text(c.decision.message.type)));
}

Step check_algorithms(Case& c) {
    c.envelope = read_envelope(c.profile, c.decision.message);
    c.decision.ra = c.envelope.ra;
    c.decision.algorithms = judge_algorithms(
        c.profile.algorithms,
        c.decision.message,
        {c.envelope.data ? &*c.envelope.data : nullptr, c.envelope.opening.recipient});
    if (c.decision.algorithms.refused.empty())
        return {};
    return bad_alg(fmt::format("{}", fmt::join(c.decision.algorithms.refused, ", ")));
}

// The reply goes to the signer's key, so it has to be one that can take it.
Step check_signer_key(Case& c) {
    const x509::Certificate& signer = c.decision.message.signer;
    Result<crypto::PublicKey> key =
        crypto::parse_public_key(signer.spki(), crypto::kDecodeKeys, signer.spki_offset());
    if (!key)
        return bad_message_check(fmt::format("signer key: {}", to_text(key.error())));
    c.decision.signer_key = *std::move(key);
    if (!crypto::satisfies(*c.decision.signer_key, c.profile.algorithms.keys()))
        return bad_alg(fmt::format("signer key {}", c.decision.signer_key->describe()));
    return {};
}

Step check_signature(Case& c) {
    const Status verified = verify_message(c.library, c.decision.message, *c.decision.signer_key);
    if (!verified)
        return bad_message_check(to_text(verified.error()));
    return {};
}

// A window that is set means to keep old messages out, so that one without a time is out too.
Step check_signing_time(Case& c) {
    const std::optional<Seconds>& window = c.profile.settings.signing_time_window;
    if (!window)
        return {};
    const std::optional<TimePoint>& signed_at = c.decision.message.signing_time;
    if (!signed_at)
        return bad_time("the message has no signingTime (signing_time_window)");
    const auto distance = *signed_at > c.circumstances.now ? *signed_at - c.circumstances.now
                                                           : c.circumstances.now - *signed_at;
    if (distance <= *window)
        return {};
    return bad_time(fmt::format("signingTime is {}", to_rfc3339(*signed_at)));
}

Step check_envelope(Case& c) {
    if (!c.envelope.data && c.decision.message.type != MessageType::CertPoll)
        return bad_message_check(c.envelope.error);
    return {};
}

Verdict decide_by_type(Case& c) {
    switch (c.decision.message.type) {
        case MessageType::CertPoll:
            return decide_poll(c);
        case MessageType::GetCert:
            return decide_get_cert(c);
        case MessageType::GetCrl:
            return decide_get_crl(c);
        default:
            return decide_enrolment(c);
    }
}

Verdict verdict_of(Case& c) {
    for (const auto step : {check_attributes,
                            check_type,
                            check_algorithms,
                            check_signer_key,
                            check_signature,
                            check_signing_time,
                            check_envelope})
        if (Step decided = step(c))
            return *std::move(decided);
    return decide_by_type(c);
}

}  // namespace

store::TransactionKey Case::transaction_key() const {
    return {.profile = profile.settings.path_id,
            // As our writer encodes it: the signer's certificate need not be signed by anybody, so
            // that other octets for the same key must not make another transaction.
            .signer_spki_sha256 = crypto::sha256(decision.signer_key->spki()),
            .transaction_id = decision.message.transaction_id.octets};
}

std::shared_ptr<const ca::Issuer> Case::issuer() const {
    return profile.ra[decision.ra].issuer;
}

Result<Decision> decide(const crypto::Library& library,
                        const ProfileSnapshot& profile,
                        Bytes message,
                        const Circumstances& circumstances) {
    SCEP_TRY(parsed, parse_pki_message(message));
    Decision decision{.message = std::move(parsed)};
    note_message(decision.message, message, circumstances.now, decision.tolerances);
    Case c{library, profile, circumstances, decision};
    decision.verdict = verdict_of(c);
    return decision;
}

}  // namespace scep::endpoint
