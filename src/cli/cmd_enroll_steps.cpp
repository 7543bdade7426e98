// enroll: a line for each step, where somebody looks on.
#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/cmd_enroll_session.hpp"
#include "core/base/escape.hpp"

namespace scep::cli {

namespace {

std::string capabilities_text(const Capabilities& capabilities) {
    std::string out = write_capabilities(capabilities);
    for (char& c : out)
        if (c == '\n')
            c = ' ';
    return out.empty() ? "none" : out;
}

std::string ca_text(const AuthenticatedCa& ca) {
    const std::string_view by = ca.trusted_by == TrustedBy::CaFingerprint ? "its fingerprint"
                                : ca.trusted_by == TrustedBy::Tls         ? "TLS"
                                                                          : "nothing: first use";
    return fmt::format("{}, authenticated by {}; requests are encrypted to {}",
                       ca.anchors.front().subject_text(),
                       by,
                       ca.recipient_kind == cms::RecipientKind::Password
                           ? "whoever knows the challenge"
                           : ca.recipient.subject_text());
}

std::string outcome_text(const OperationOutcome& outcome) {
    const std::string reply = fmt::format("{}, signed by {}; nonce, transaction and signature fit",
                                          to_text(outcome.status),
                                          outcome.signer.subject_text());
    return outcome.chain.empty() ? reply : reply + "; the certificate is ours and chains to the CA";
}

}  // namespace

void tell_step(const Session& session, std::string_view what, std::string_view text) {
    if (session.plan.steps && !session.plan.quiet)
        session.io.err << fmt::format("{:<12} {}\n", what, escape_controls(text));
}

void tell_of_delivery(const Session& session, ExchangeState state) {
    const Exchange& exchange = session.exchange;
    if (state == ExchangeState::Capabilities)
        tell_step(session, "GetCACaps", capabilities_text(exchange.capabilities()));
    else if (state == ExchangeState::CaCertificates)
        tell_step(session, "GetCACert", ca_text(exchange.ca()));
    else if (state == ExchangeState::Operation)
        tell_step(session, to_text(exchange.message_type()), outcome_text(exchange.outcome()));
}

}  // namespace scep::cli
