// enroll: the operations that ask and obtain nothing for a key of ours.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/cmd_enroll_found.hpp"
#include "cli/cmd_enroll_session.hpp"
#include "core/scep/next_ca.hpp"

namespace scep::cli {

namespace {

using Json = nlohmann::ordered_json;

// One request that is not of the exchange, and a reply of HTTP 200.
Result<http::ClientReply> fetch(Session& session, OperationKind kind) {
    const http::Url& url = session.plan.url;
    SCEP_TRY(reply, exchange_once(session, to_http({.query = operation_query(kind, {})}, url)));
    const Status good = check_http_status(answer_of(reply));
    if (good)
        return std::move(reply);
    return during(about_answer(session, good.error(), reply), std::string(operation_name(kind)));
}

// What goes wrong in a reply: where it came from, and what it is if no ASN.1.
Error about_reply(Session& session, Error error, const http::ClientReply& reply) {
    return with_body(about_answer(session, std::move(error), reply), answer_of(reply));
}

// --- get-ca-caps -------------------------------------------------------------------------------

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

Status get_ca_caps(Session& session, Found& found) {
    SCEP_TRY(reply, fetch(session, OperationKind::GetCaCaps));
    const Capabilities capabilities = parse_capabilities(reply.body);
    found.capabilities = lines_of(write_capabilities(capabilities));
    found.unknown_capabilities = capabilities.unknown;
    return {};
}

// --- get-ca-cert -------------------------------------------------------------------------------

// Nothing secret goes out here, and this is how a fingerprint is found out: without anything that
// vouches for the CA it is shown all the same, with a warning.
Status authenticate(Session& session, const http::ClientReply& reply, Found& found) {
    const TrustSettings& trust = session.plan.exchange.trust;
    auto ca = authenticate_ca(found.certificates,
                              trust,
                              reply.authenticated,
                              session.io.clock.now(),
                              session.plan.exchange.recipient);
    if (ca) {
        found.trusted_by = std::string(to_text(ca->trusted_by));
        for (const std::string& text : ca->notes)
            note(session.io, text);
        return {};
    }
    const bool unasked =
        !trust.ca_fingerprint && !trust.ca_sha1 && !reply.authenticated && !trust.on_first_use;
    if (!unasked)
        return fail(about_reply(session, std::move(ca).error(), reply));
    warning(session.io,
            "nothing authenticates these certificates: compare the fingerprint with what the CA's "
            "operator says");
    return {};
}

Status get_ca_cert(Session& session, Found& found) {
    SCEP_TRY(reply, fetch(session, OperationKind::GetCaCert));
    auto certificates = parse_ca_certificates(reply.body);
    if (!certificates)
        return fail(about_reply(session, std::move(certificates).error(), reply));
    found.certificates = std::move(*certificates);
    return authenticate(session, reply, found);
}

// --- by the authenticated CA -------------------------------------------------------------------

Status meet_ca(Session& session, Found& found) {
    SCEP_CHECK(deliver_all(session));
    found.trusted_by = std::string(to_text(session.exchange.ca().trusted_by));
    return {};
}

Status get_next_ca_cert(Session& session, Found& found) {
    SCEP_CHECK(meet_ca(session, found));
    SCEP_TRY(reply, fetch(session, OperationKind::GetNextCaCert));
    auto next = read_next_ca(session.plan.library(), reply.body, session.exchange.ca());
    if (!next)
        return during(about_reply(session, std::move(next).error(), reply), "GetNextCACert");
    found.certificates = std::move(*next);
    return {};
}

// The issuer that a query is about: that of our own certificate, which the CA's name should be.
Result<Query> query_of(const EnrollPlan& plan) {
    const bool certificate = plan.operation == EnrollOperation::GetCert;
    SCEP_TRY(issuer, plan.own->certificate.issuer());
    return Query{.type = certificate ? MessageType::GetCert : MessageType::GetCrl,
                 .issuer = std::move(issuer),
                 .serial = certificate ? plan.serial : to_buffer(plan.own->certificate.serial()),
                 .signer = {.certificate = plan.own->certificate,
                            .key = *plan.own->key,
                            .decrypter = *plan.own->key}};
}

Status ask_ca(Session& session, Found& found) {
    SCEP_CHECK(meet_ca(session, found));
    session.plan.own->key->use_library(session.plan.library());
    SCEP_TRY(query, query_of(session.plan));
    SCEP_CHECK(session.exchange.ask(query, session.world.random));
    SCEP_CHECK(deliver(session));
    const OperationOutcome& outcome = session.exchange.outcome();
    if (outcome.status == PkiStatus::Failure)
        return fail(refusal(session.plan, outcome));
    if (outcome.status == PkiStatus::Pending)
        return fail({.code = Errc::Protocol,
                     .what = "the server answers PENDING to a query",
                     .where = {.source = session.plan.url.to_text()},
                     .cite = "RFC 8894 section 4.5.1"});
    if (query.type == MessageType::GetCert)
        found.certificates = {outcome.certificate};
    else
        found.crl = outcome.crl;
    return {};
}

Status find(Session& session, Found& found) {
    switch (session.plan.operation) {
        case EnrollOperation::GetCaCaps:
            return get_ca_caps(session, found);
        case EnrollOperation::GetCaCert:
            return get_ca_cert(session, found);
        case EnrollOperation::GetNextCaCert:
            return get_next_ca_cert(session, found);
        case EnrollOperation::GetCert:
        case EnrollOperation::GetCrl:
            return ask_ca(session, found);
        default:
            break;
    }
    return fail(Errc::Internal, "no query");
}

}  // namespace

Exit run_query(Session& session) {
    Found found;
    Status done = find(session, found);
    if (done)
        done = give_found(session.plan, found, session.io);
    return done ? Exit::Ok : report(session.io, done.error());
}

}  // namespace scep::cli
