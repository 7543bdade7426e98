// The probe of a live server: GetCACaps, GetCACert, and the sibling route without a certificate.
#include <fmt/format.h>

#include "cli/cmd_preflight.hpp"
#include "core/base/limits.hpp"
#include "core/http/client.hpp"
#include "core/scep/ca_certificates.hpp"
#include "core/scep/operation.hpp"

namespace scep::cli {

namespace {

constexpr int kOk = 200;

Result<std::unique_ptr<http::Transport>> transport(const std::string& tls_ca) {
    return http::make_transport(
        {.tls_ca = tls_ca, .max_reply = limits::kMaxHttpReply, .want_tls_facts = true});
}

Result<http::ClientReply> ask(http::Transport& over, http::Url url, OperationKind kind) {
    url.query = operation_query(kind, {});
    return over.exchange({.url = std::move(url), .may_hang_up = true});
}

// "HTTP 404"; empty when there is a body to read.
std::string refusal(const http::ClientReply& reply) {
    if (reply.status == kOk)
        return {};
    return reply.status == 0 ? "the server closed the connection without a reply"
                             : fmt::format("HTTP {}", reply.status);
}

void take_capabilities(const http::ClientReply& reply, check::Probe& out) {
    out.capabilities_refusal = refusal(reply);
    if (!out.capabilities_refusal.empty())
        return;
    Capabilities capabilities = parse_capabilities(reply.body);
    const bool none = write_capabilities(capabilities).empty() && !capabilities.sha384;
    if (none)
        out.capabilities_refusal = "the reply names no capability that SCEP knows";
    else
        out.capabilities = std::move(capabilities);
}

void take_certificates(const Result<http::ClientReply>& reply, check::Probe& out) {
    out.certificates_refusal = reply ? refusal(*reply) : reply.error().what;
    if (!out.certificates_refusal.empty())
        return;
    auto certificates = parse_ca_certificates(reply->body);
    if (certificates)
        out.certificates = *std::move(certificates);
    else
        out.certificates_refusal = to_text(certificates.error());
}

// "/scep/corp" to "/scep-mtls/corp"; empty where the path is another.
std::string mtls_path(const std::string& path) {
    constexpr std::string_view kPlain = "/scep";
    if (path != kPlain && !path.starts_with("/scep/"))
        return {};
    return "/scep-mtls" + path.substr(kPlain.size());
}

// With TLS 1.3 a server that insists on a certificate ends the connection after the handshake.
void try_mtls(http::Transport& over, const http::Url& url, check::Probe& out) {
    http::Url sibling = url;
    sibling.path = mtls_path(url.path);
    if (!url.tls || sibling.path.empty())
        return;
    out.mtls_url = sibling.to_text();
    const auto reply = ask(over, sibling, OperationKind::GetCaCaps);
    out.mtls_status = reply ? reply->status : 0;
}

// The facts come over a connection that is not verified; whether it would be is one more fact.
Status try_trust(const http::Url& url, const std::string& tls_ca, check::Probe& out) {
    if (tls_ca.empty() || !url.tls)
        return {};
    SCEP_TRY(verifying, transport(tls_ca));
    out.trust_known = true;
    if (auto reply = ask(*verifying, url, OperationKind::GetCaCaps); !reply)
        out.untrusted = std::move(reply).error();
    return {};
}

}  // namespace

Result<check::Probe> probe_server(const std::string& text, const std::string& tls_ca) {
    SCEP_TRY(url, http::parse_url(text));
    url.query.clear();
    check::Probe out{.url = url.to_text(), .host = url.host, .tls = url.tls};
    SCEP_TRY(over, transport({}));
    auto capabilities = ask(*over, url, OperationKind::GetCaCaps);
    if (!capabilities) {
        out.unreachable = std::move(capabilities).error();
        return out;
    }
    out.tls_version = capabilities->tls.version;
    out.tls_chain = capabilities->tls.chain;
    out.status = capabilities->status;
    take_capabilities(*capabilities, out);
    take_certificates(ask(*over, url, OperationKind::GetCaCert), out);
    try_mtls(*over, url, out);
    SCEP_CHECK(try_trust(url, tls_ca, out));
    return out;
}

}  // namespace scep::cli
