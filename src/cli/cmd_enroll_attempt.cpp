#include <fmt/format.h>

#include "cli/cmd_enroll_session.hpp"
#include "core/files/files.hpp"
#include "core/x509/request.hpp"

namespace scep::cli {

namespace {

crypto::Digest request_digest(const AlgorithmChoice& algorithms) {
    return algorithms.digest == crypto::Digest::Md5
               ? crypto::Digest::Sha256  // the CSR's own signature needs no MD5
               : algorithms.digest;
}

Result<SecretBytes> build_request(const EnrollPlan& plan, crypto::Digest digest) {
    return x509::build_request(
        {.subject = plan.subject, .subject_alt_names = plan.sans, .challenge = plan.challenge},
        *plan.key,
        digest);
}

// RFC 8894 section 2.5 has RenewalReq, where the server says that it takes them; before that RFC a
// renewal was a PKCSReq signed by the old certificate.
MessageType renewal_type(Session& session) {
    const RenewStyle style = session.plan.renew_style;
    if (style == RenewStyle::Auto && !session.exchange.capabilities().renewal)
        note(
            session.io,
            "the server's capabilities have no Renewal: the request is a PKCSReq signed by the old "
            "certificate; --renew-style rfc sends a RenewalReq");
    const bool rfc = style == RenewStyle::Rfc ||
                     (style == RenewStyle::Auto && session.exchange.capabilities().renewal);
    return rfc ? MessageType::RenewalReq : MessageType::PkcsReq;
}

Result<RequestSigner> new_signer(Session& session) {
    EnrollPlan& plan = session.plan;
    if (plan.own)
        return RequestSigner{.key = plan.own->key.get(), .certificate = plan.own->certificate};
    return make_request_signer(*plan.key,
                               signer_key(plan, session.exchange),
                               plan.subject,
                               session.io.clock.now(),
                               session.world.random);
}

}  // namespace

SignerKey signer_key(const EnrollPlan& plan, const Exchange& exchange) {
    return plan.signer.value_or(
        best_signer_key(plan.key->public_key(), exchange.ca().recipient_kind));
}

Enrolment Attempt::enrolment(const EnrollPlan& plan) const {
    return {.key = plan.key->public_key(),
            .request = request,
            .signer = signer.certificate,
            .signer_key = *signer.key,
            .decrypter = *signer.key,
            .type = type,
            .transaction_id = transaction_id};
}

void build_request_early(Session& session) {
    const EnrollPlan& plan = session.plan;
    const auto algorithms = choose_algorithms(
        session.exchange.capabilities(), plan.exchange.algorithms, plan.library());
    if (!algorithms)
        return;
    const crypto::Digest digest = request_digest(*algorithms);
    if (Result<SecretBytes> request = build_request(plan, digest))
        session.early_request = {digest, *std::move(request)};
}

Result<Attempt> new_attempt(Session& session) {
    const EnrollPlan& plan = session.plan;
    Attempt out{.type = plan.own ? renewal_type(session) : MessageType::PkcsReq};
    const crypto::Digest digest = request_digest(session.exchange.algorithms());
    if (session.early_request && session.early_request->digest == digest) {
        out.request = std::move(session.early_request->der);
    } else {
        SCEP_TRY(request, build_request(plan, digest));
        out.request = std::move(request);
    }
    SCEP_TRY(signer, new_signer(session));
    out.signer = std::move(signer);
    out.signer.key->use_library(plan.library());
    return out;
}

Result<Attempt> resumed_attempt(Session& session) {
    EnrollPlan& plan = session.plan;
    const std::string path = plan.files.request.string();
    SCEP_TRY(file, files::load_secret(path, {}, limits::kMaxFile));
    SCEP_TRY(certificates, x509::parse_certificates(file, path));
    Attempt out{.request = plan.request,
                .type = plan.resumed->type,
                .transaction_id = plan.resumed->transaction_id};
    out.signer.certificate = certificates.front();
    out.signer.key = plan.key.get();
    SCEP_TRY(key, out.signer.certificate.public_key());
    if (!(key == out.signer.key->public_key())) {
        SCEP_TRY(other, crypto::PrivateKey::parse(file, path));
        out.signer.transient = std::move(other);
        out.signer.key = out.signer.transient.get();
    }
    if (!(key == out.signer.key->public_key()))
        return fail({.code = Errc::Config,
                     .what = "the key is not that of the certificate beside it",
                     .where = {.source = path}});
    out.signer.key->use_library(plan.library());
    return out;
}

}  // namespace scep::cli
