#include "serve/endpoint/raw_csr.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/encoding.hpp"
#include "core/base/limits.hpp"
#include "core/scep/operation.hpp"
#include "serve/auth/mtls_bind.hpp"
#include "serve/endpoint/case.hpp"
#include "serve/endpoint/cert_rep.hpp"
#include "serve/endpoint/issue.hpp"
#include "serve/endpoint/permission.hpp"
#include "serve/endpoint/rows.hpp"

namespace scep::endpoint {

namespace {

bool is_request(Bytes octets) {
    return x509::CertificationRequest::parse(octets).has_value();
}

// The road of one CSR.
class RawRequest {
  public:
    RawRequest(const ProfileSnapshot& profile,
               const Context& context,
               const store::View& view,
               Random& random)
        : profile_(profile),
          context_(context),
          circumstances_{.view = view,
                         .now = context.now,
                         .client_address = context.client_address,
                         .reference = context.reference,
                         .bootstrap = context.bootstrap ? &*context.bootstrap : nullptr},
          random_(random) {}

    Outcome answer(const crypto::Library& library, Bytes csr);

  private:
    Status read(const crypto::Library& library, Bytes csr);
    std::optional<Outcome> repeat();
    std::optional<Outcome> refuse_challenge();
    Outcome issue();
    Outcome refuse(int status, std::string_view text, std::string detail) const;
    Outcome success(Bytes certificate, store::Effects effects);
    store::TransactionKey key() const;
    store::AuditEvent row() const;
    std::string common_name() const;

    const ProfileSnapshot& profile_;
    const Context& context_;
    Circumstances circumstances_;
    Random& random_;
    x509::CertificationRequest request_{};
    crypto::PublicKey request_key_{};
    std::optional<store::OneTimeChallenge> one_time_{};
    std::string authorisation_{};
};

Outcome RawRequest::refuse(int status, std::string_view text, std::string detail) const {
    return {.reply = http::text_reply(status, text),
            .action = "raw CSR",
            .decision = fmt::format("refused {}", status),
            .detail = std::move(detail),
            .transaction_id = common_name(),
            .subject = request_.subject().to_text()};
}

Status RawRequest::read(const crypto::Library& library, Bytes csr) {
    SCEP_TRY(request, x509::CertificationRequest::parse(csr));
    request_ = std::move(request);
    SCEP_TRY(key, request_.public_key(profile_.algorithms.keys()));
    request_key_ = std::move(key);
    SCEP_CHECK(request_.verify_signature(library, request_key_));
    SCEP_TRY(algorithm, request_.signature_algorithm());
    if (!profile_.algorithms.allows(algorithm.digest))
        return fail(Errc::Crypto, fmt::format("refused algorithm: {}", crypto::name(algorithm)));
    return {};
}

// The transactionID that certctl gives such a request.
std::string RawRequest::common_name() const {
    const std::vector<std::string> names = request_.subject().values(oid::kCommonName);
    return names.empty() ? "" : names.front();
}

store::TransactionKey RawRequest::key() const {
    return {.profile = profile_.settings.path_id,
            .signer_spki_sha256 = crypto::sha256(request_.spki()),
            .transaction_id = to_buffer(as_bytes(common_name()))};
}

store::AuditEvent RawRequest::row() const {
    return {.time = context_.now,
            .profile = profile_.settings.path_id,
            .action = audit_action(MessageType::PkcsReq),
            .outcome = "success",
            .reason = "raw CSR",
            .reference = context_.reference,
            .transaction_id = common_name(),
            .subject = request_.subject().to_text(),
            .subject_alt_names = names_text(request_.subject_alt_names()),
            .client_address = context_.client_address,
            .mtls_subject = context_.bootstrap ? context_.bootstrap->subject_text() : ""};
}

Outcome RawRequest::success(Bytes certificate, store::Effects effects) {
    const store::AuditEvent& event = effects.events.back();
    Outcome out{.reply = {.content_type = std::string(kTypePkiMessage),
                          .body = certificates_of(profile_, certificate)},
                .action = "raw CSR",
                .decision = "success",
                .detail = event.reason,
                .transaction_id = event.transaction_id,
                .subject = event.subject,
                .serial = event.serial};
    out.effects = std::move(effects);
    return out;
}

std::optional<Outcome> RawRequest::repeat() {
    const Result<std::optional<store::Transaction>> known = circumstances_.view.transaction(key());
    if (!known)
        return refuse(503, "the state database is not available", to_text(known.error()));
    if (!*known || (*known)->request_sha256 != crypto::sha256(request_.der()))
        return {};
    const Step answer =
        answer_known(profile_, circumstances_, **known, profile_.settings.repeat_window);
    if (const auto* unavailable = answer ? std::get_if<Unavailable>(&*answer) : nullptr)
        return refuse(503, "the state database is not available", to_text(unavailable->error));
    const auto* given = answer ? std::get_if<Give>(&*answer) : nullptr;
    if (given == nullptr)
        return {};
    store::AuditEvent event = row();
    event.reason = "raw CSR: the same request again";
    event.serial = given->issuance.serial;
    bound(event);
    store::Effects effects;
    effects.events.push_back(std::move(event));
    return success(given->issuance.certificate, std::move(effects));
}

std::optional<Outcome> RawRequest::refuse_challenge() {
    if (!profile_.failures->left(context_.instant)) {
        Outcome out = refuse(
            429, "too many wrong challenges", "the failure budget of the profile is used up");
        out.reply.headers.emplace_back("Retry-After",
                                       std::to_string(limits::kChallengeFailureEvery.count()));
        return out;
    }
    Result<ChallengeAnswer> answer = check_challenge(profile_, circumstances_, request_);
    if (!answer)
        return refuse(503, "the state database is not available", to_text(answer.error()));
    if (!answer->accepted) {
        profile_.failures->spend(context_.instant);
        Outcome out = refuse(403, "invalid challenge password", answer->text);
        if (answer->reuse)
            out.effects.events.push_back(reuse_event(row(), *answer->reuse));
        return out;
    }
    one_time_ = std::move(answer->one_time);
    authorisation_ = std::move(answer->text);
    return {};
}

Outcome RawRequest::issue() {
    const Granted granted = grant_for(profile_, request_, request_key_, one_time_);
    if (granted.refusal)
        return refuse(403, granted.refusal->text, granted.refusal->reason);
    Issue issue{.grant = granted.grant,
                .issuer = profile_.issuer,
                .transaction = {.key = key(),
                                .request_sha256 = crypto::sha256(request_.der()),
                                .recorded_at = context_.now}};
    if (one_time_)
        issue.challenge_id = one_time_->id;
    store::AuditEvent event = row();
    event.reason = fmt::format("raw CSR, {}", authorisation_);
    Result<Made> made = make_certificate(issue, profile_, std::move(event), random_);
    if (!made)
        return refuse(500, "the CA cannot issue at the moment", to_text(made.error()));
    return success(made->certificate, std::move(made->effects));
}

Outcome RawRequest::answer(const crypto::Library& library, Bytes csr) {
    if (const Status readable = read(library, csr); !readable)
        return refuse(400, "not a CSR that is accepted here", to_text(readable.error()));
    if (std::optional<Outcome> given = repeat())
        return *std::move(given);
    if (std::optional<Outcome> refused = refuse_challenge())
        return *std::move(refused);
    if (circumstances_.bootstrap != nullptr)
        if (const Status bound = auth::check_binding(
                profile_.settings.mtls.bind, request_, *circumstances_.bootstrap);
            !bound)
            return refuse(403,
                          "the request does not speak for the device that sends it",
                          to_text(bound.error()));
    if (profile_.settings.approval == config::Approval::Manual)
        return refuse(403,
                      "an operator has to approve, which a raw CSR cannot wait for",
                      "raw CSR with approval = \"manual\"");
    return issue();
}

}  // namespace

std::optional<Buffer> raw_request(Bytes message) {
    if (is_request(message))
        return to_buffer(message);
    const Result<cms::SignedData> signed_data = cms::parse_signed_data(message);
    if (!signed_data || !signed_data->content)
        return std::nullopt;
    if (is_request(*signed_data->content))
        return to_buffer(*signed_data->content);
    std::optional<Buffer> decoded = from_base64(as_text(*signed_data->content));
    if (decoded && is_request(*decoded))
        return decoded;
    return std::nullopt;
}

Outcome answer_raw(const crypto::Library& library,
                   const ProfileSnapshot& profile,
                   Bytes csr,
                   const Context& context,
                   const store::View& view,
                   Random& random) {
    return RawRequest(profile, context, view, random).answer(library, csr);
}

}  // namespace scep::endpoint
