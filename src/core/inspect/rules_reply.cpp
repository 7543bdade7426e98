// Rules about replies (RFC 8894 section 3.3.2), alone and held against their requests.
#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/inspect/rule.hpp"
#include "core/scep/hresult.hpp"

namespace scep::inspect {

namespace {

// What a client's operator can do about each.
std::string_view advice(std::optional<FailInfo> info) {
    if (!info)
        return "the server gives no failInfo: its log says why";
    switch (*info) {
        case FailInfo::BadAlg:
            return "the server refuses an algorithm or key size of the request: use SHA-256, "
                   "AES and RSA of 2048 bits";
        case FailInfo::BadMessageCheck:
            return "the server could not open or verify the request: is it enveloped for the RA "
                   "of its GetCACert reply? decode the request with --ca";
        case FailInfo::BadRequest:
            return "the server's policy says no: challenge wrong, spent or missing, or a name it "
                   "does not allow; decode the request, and look into the server's log";
        case FailInfo::BadTime:
            return "signingTime is too far off: set the client's clock";
        case FailInfo::BadCertId:
            return "the server has no such certificate or transaction: does the poll repeat "
                   "the transactionID of its request?";
    }
    return "the failInfo is not defined: the server's log says why";
}

}  // namespace

void check_status(const Case& c, Reporter& out) {
    if (!c.reading.attributes.status)
        return;
    switch (*c.reading.attributes.status) {
        case PkiStatus::Success:
        case PkiStatus::Failure:
        case PkiStatus::Pending:
            return;
    }
    out.add(fmt::format("pkiStatus is {}", to_text(*c.reading.attributes.status)));
}

void check_fail_info(const Case& c, Reporter& out) {
    const Attributes& attributes = c.reading.attributes;
    if (!attributes.fail_info)
        return;
    if (*attributes.fail_info > FailInfo::BadCertId)
        out.add(fmt::format("failInfo is {}", to_text(*attributes.fail_info)));
    if (attributes.status && *attributes.status != PkiStatus::Failure)
        out.add(fmt::format("{} with a failInfo", to_text(*attributes.status)));
}

void check_refused(const Case& c, Reporter& out) {
    const Attributes& attributes = c.reading.attributes;
    if (!c.reading.is_reply() || attributes.status == PkiStatus::Success || !attributes.status)
        return;
    if (attributes.status == PkiStatus::Pending)
        out.add("the request waits for an operator",
                {},
                "approve it on the server (certctl-scep admin pending list); the client polls with "
                "CertPoll");
    else if (attributes.status == PkiStatus::Failure)
        out.add(fmt::format("the server refused{}{}",
                            attributes.fail_info ? ": " + to_text(*attributes.fail_info) : "",
                            attributes.fail_info_text.empty()
                                ? ""
                                : fmt::format(", \"{}\"", attributes.fail_info_text)),
                {},
                std::string(advice(attributes.fail_info)));
}

void check_ndes(const Case& c, Reporter& out) {
    if (!c.reading.attributes.hresult)
        return;
    const Hresult* known = find_hresult(*c.reading.attributes.hresult);
    out.add("NDES says " + hresult_text(*c.reading.attributes.hresult),
            {},
            known == nullptr ? "" : std::string(known->hint));
}

void check_issued(const Case& c, Reporter& out) {
    if (!c.reading.is_reply() || !c.reading.inner || c.reading.inner->refusal)
        return;
    if (c.reading.issued.empty() && c.reading.inner->data.crls.empty())
        out.add("the SUCCESS holds neither a certificate nor a CRL");
    if (c.reading.inner->data.content)
        out.add("the certs-only SignedData has a content", {}, "strict clients refuse it");
}

// The reply is signed for, and encrypted to, the signer of the request; a request that was opened
// knows the key better.
void check_leaf(const Case& c, Reporter& out) {
    if (c.request == nullptr || c.reading.issued.empty())
        return;
    const auto& wanted = c.request->request_key;
    const bool enrolment = c.request->wants_request();
    const auto leaf = c.reading.issued.front().public_key(crypto::kDecodeKeys);
    if (wanted && enrolment && leaf && !(*leaf == *wanted))
        out.add("the first certificate is for another key than the request's",
                about(c.reading.issued.front()));
}

void check_reply_nonce(const Case& c, Reporter& out) {
    if (c.request == nullptr || !c.reading.attributes.recipient_nonce ||
        !c.request->attributes.sender_nonce)
        return;
    const Buffer& got = *c.reading.attributes.recipient_nonce;
    const Buffer& want = *c.request->attributes.sender_nonce;
    if (got != want)
        out.add(fmt::format(
            "recipientNonce is {}, the request's senderNonce {}", to_hex(got), to_hex(want)));
}

void check_reply_transaction(const Case& c, Reporter& out) {
    if (c.request == nullptr || !c.reading.attributes.transaction_id ||
        !c.request->attributes.transaction_id)
        return;
    const TransactionId& got = *c.reading.attributes.transaction_id;
    const TransactionId& want = *c.request->attributes.transaction_id;
    if (!(got == want))
        out.add(fmt::format(
            "transactionID is \"{}\", the request's \"{}\"", got.to_text(), want.to_text()));
}

}  // namespace scep::inspect
