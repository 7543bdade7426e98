// Rules about the TLS pair, the clock and the place of the state.
#include <algorithm>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/check/host_match.hpp"
#include "core/check/rule.hpp"
#include "core/check/validity.hpp"
#include "core/check/weakness.hpp"

namespace scep::check {

namespace {

constexpr unsigned kGroupAndOthers = 077;

const x509::Certificate* tls_leaf(const Facts& facts) {
    const auto& chain = facts.deployment.tls_chain;
    return chain.empty() ? nullptr : &chain.front();
}

Where tls_place(const Facts& facts) {
    return {.source = facts.deployment.config.server.tls_cert_path.string()};
}

void add_error(Reporter& out, const Error& error, bool forbidden) {
    Finding& finding = out.add(kServer, error.where, error.what, error.hint);
    finding.code = error.code;
    finding.forbidden = forbidden;
    if (forbidden)
        finding.hint = kAsTheServer;
}

}  // namespace

void check_tls_match(const Facts& facts, Reporter& out) {
    const x509::Certificate* leaf = tls_leaf(facts);
    if (leaf == nullptr)
        return;
    const config::Server& server = facts.deployment.config.server;
    const Result<crypto::PublicKey> key = leaf->public_key();
    if (!key)
        out.add(
            kServer, tls_place(facts), fmt::format("the key cannot be used: {}", key.error().what));
    else if (facts.deployment.tls_key && !(*key == facts.deployment.tls_key->public_key()))
        out.add(kServer,
                {.source = server.tls_key_path.string()},
                fmt::format("does not match the first certificate of {}",
                            server.tls_cert_path.string()),
                "the server's own certificate comes first in the file");
}

void check_tls_valid(const Facts& facts, Reporter& out) {
    for (const x509::Certificate& certificate : facts.deployment.tls_chain)
        if (auto why = invalidity(certificate, facts.now))
            out.add(kServer,
                    {.source = tls_place(facts).source, .subject = certificate.subject_text()},
                    *std::move(why));
}

void check_tls_expiry(const Facts& facts, Reporter& out) {
    for (const x509::Certificate& certificate : facts.deployment.tls_chain)
        if (auto why = nearing_expiry(certificate, facts))
            out.add(kServer,
                    {.source = tls_place(facts).source, .subject = certificate.subject_text()},
                    *std::move(why));
}

void check_tls_names(const Facts& facts, Reporter& out) {
    const x509::Certificate* leaf = tls_leaf(facts);
    if (leaf != nullptr && leaf->extension(oid::kSubjectAltName) == nullptr)
        out.add(kServer,
                tls_place(facts),
                "the certificate has no subjectAltName: clients compare nothing else with the URL",
                "make one with the DNS names and addresses that devices use");
}

void check_tls_eku(const Facts& facts, Reporter& out) {
    const x509::Certificate* leaf = tls_leaf(facts);
    if (leaf != nullptr && !leaf->extended_key_usage().empty() &&
        !leaf->has_eku(oid::kServerAuth) && !leaf->has_eku(oid::kAnyExtendedKeyUsage))
        out.add(kServer, tls_place(facts), "the extended key usage lacks serverAuth");
}

void check_tls_signature(const Facts& facts, Reporter& out) {
    for (const x509::Certificate& certificate : facts.deployment.tls_chain)
        if (auto why = weak_signature(certificate); why && !certificate.self_issued())
            out.add(kServer,
                    {.source = tls_place(facts).source, .subject = certificate.subject_text()},
                    *std::move(why),
                    "have it issued anew with SHA-256");
}

void check_tls_host(const Facts& facts, Reporter& out) {
    const std::string& host = facts.deployment.config.server.listen.host;
    const x509::Certificate* leaf = tls_leaf(facts);
    if (!applies_to_listen_host(facts, nullptr) || leaf == nullptr || is_for_host(*leaf, host))
        return;
    out.add(kServer,
            tls_place(facts),
            fmt::format("the certificate is not for {}, the address of listen: clients that use it "
                        "in their URL refuse the connection",
                        host),
            "make one with the names that devices use; where that is another, listen on "
            "0.0.0.0 or [::]");
}

// A warning: a configuration may be judged on another machine than the one that serves.
void check_listen_address(const Facts& facts, Reporter& out) {
    if (const auto& error = facts.deployment.state.not_listening)
        out.add(
            kServer,
            {.source = facts.deployment.config.path.string(), .field = "server.listen"},
            fmt::format("this machine cannot listen on {}: {}",
                        config::to_text(facts.deployment.config.server.listen),
                        error->what),
            error->hint.empty() ? "listen on an address of the machine that serves" : error->hint);
}

// Dates of certificates cannot be judged by a clock that is wrong, and what is issued by it is
// refused.
void check_clock(const Facts& facts, Reporter& out) {
    constexpr TimePoint kMade = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    constexpr std::chrono::hours kFar{24};
    TimePoint first = TimePoint::max();
    const auto look_at = [&](const x509::Certificate& certificate) {
        first = std::min(first, certificate.not_before());
    };
    for (const LoadedIssuer& issuer : facts.deployment.issuers)
        if (issuer.certificate)
            look_at(*issuer.certificate);
    for (const x509::Certificate& certificate : facts.deployment.tls_chain)
        look_at(certificate);
    if (facts.now < kMade)
        out.add(kServer,
                {.source = "the clock"},
                fmt::format("it is {}, before this program was made", to_rfc3339(facts.now)),
                "set the clock, and have it kept (systemd-timesyncd, chrony)");
    else if (first != TimePoint::max() && facts.now + kFar < first)
        out.add(kServer,
                {.source = "the clock"},
                fmt::format("it is {}, and the oldest certificate here begins {}",
                            to_rfc3339(facts.now),
                            to_rfc3339(first)),
                "set the clock, and have it kept (systemd-timesyncd, chrony)");
}

void check_state_writable(const Facts& facts, Reporter& out) {
    const StateFacts& state = facts.deployment.state;
    if (state.unwritable)
        add_error(out, *state.unwritable, state.forbidden);
}

void check_state_local(const Facts& facts, Reporter& out) {
    const std::string& type = facts.deployment.state.network_file_system;
    if (!type.empty())
        out.add(kServer,
                {.source = facts.deployment.config.server.state_path.string()},
                fmt::format("is on a network file system ({}): its locks and syncs cannot be "
                            "relied on",
                            type),
                "put state_path on a local disk");
}

void check_state_mode(const Facts& facts, Reporter& out) {
    const unsigned mode = facts.deployment.state.mode.value_or(0);
    const std::string path = facts.deployment.config.server.state_path.string();
    if ((mode & kGroupAndOthers) != 0)
        out.add(kServer,
                {.source = path},
                fmt::format("mode is {:04o}, want 0600", mode),
                fmt::format("chmod 0600 {}", shell_word(path)));
}

void check_state_database(const Facts& facts, Reporter& out) {
    if (facts.deployment.state.database_unfit)
        add_error(out, *facts.deployment.state.database_unfit, false);
}

void check_audit_key(const Facts& facts, Reporter& out) {
    const StateFacts& state = facts.deployment.state;
    if (state.audit_key_unfit)
        add_error(out, *state.audit_key_unfit, state.audit_key_forbidden);
}

}  // namespace scep::check
