// enroll: the exchange with the server.
#include <fmt/format.h>

#include "cli/cmd_enroll.hpp"
#include "core/base/encoding.hpp"
#include "core/x509/request.hpp"

namespace scep::cli {

namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpBadRequest = 400;
constexpr int kHttpNotFound = 404;

constexpr bool asks(ExchangeState state) noexcept {
    return state != ExchangeState::Ready && state != ExchangeState::Done;
}

http::ClientRequest to_http(const ExchangeRequest& request, const http::Url& base) {
    http::ClientRequest out{.post = request.post,
                            .url = base,
                            .content_type = request.content_type,
                            .body = request.body};
    out.url.query = base.query.empty() ? request.query : base.query + "&" + request.query;
    return out;
}

// RFC 8894 section 3.5.2: a server without GetCACaps says so in some way or other, and some just
// hang up.
void tell_of_no_capabilities(int status, Io& io) {
    const std::string answer =
        status == 0 ? "the server hangs up" : fmt::format("the server answers HTTP {}", status);
    note(io, fmt::format("GetCACaps: {}, which is taken as no capabilities", answer));
}

// What a web server's answer says about the URL; empty: nothing.
std::string hint_for(const http::ClientReply& reply, const http::Url& url) {
    const std::string_view body = as_text(reply.body);
    const bool tls_wanted =
        body.find("HTTPS") != std::string_view::npos || body.find("SSL") != std::string_view::npos;
    if (reply.status == kHttpNotFound)
        return "look at the path of --url: many servers answer at /scep or /scep/NAME, others at "
               "/cgi-bin/pkiclient.exe or /certsrv/mscep/mscep.dll";
    if (reply.status == kHttpBadRequest && !url.tls && tls_wanted)
        return "the server speaks TLS there: its URL begins with https://";
    return {};
}

// One request and its reply.
Status step(Exchange& exchange, const EnrollPlan& plan, http::Transport& transport, Io& io) {
    const bool capabilities = exchange.state() == ExchangeState::Capabilities;
    http::ClientRequest request = to_http(exchange.request(), plan.url);
    request.may_hang_up = capabilities;
    SCEP_TRY(reply, transport.exchange(request));
    if (capabilities && reply.status != kHttpOk)
        tell_of_no_capabilities(reply.status, io);
    auto taken = exchange.take({.status = reply.status,
                                .content_type = reply.content_type,
                                .body = reply.body,
                                .authenticated = reply.authenticated},
                               io.clock.now());
    if (!taken && taken.error().where.source.empty())
        taken.error().where.source = plan.url.to_text();
    if (!taken && taken.error().hint.empty())
        taken.error().hint = hint_for(reply, plan.url);
    return taken;
}

Status run_until_idle(Exchange& exchange,
                      const EnrollPlan& plan,
                      http::Transport& transport,
                      Io& io) {
    while (asks(exchange.state()))
        SCEP_CHECK(step(exchange, plan, transport, io));
    return {};
}

SignerKey signer_key(const EnrollPlan& plan, const Exchange& exchange) {
    return plan.signer.value_or(
        best_signer_key(plan.key->public_key(), exchange.ca().recipient_kind));
}

void tell_of_ca(const EnrollPlan& plan, const Exchange& exchange, Io& io) {
    const AuthenticatedCa& ca = exchange.ca();
    if (ca.trusted_by == TrustedBy::FirstUse)
        note(io,
             fmt::format("the CA {} is trusted unseen; next time give --ca-fingerprint {}",
                         ca.anchors.front().subject_text(),
                         to_hex(ca.anchors.front().fingerprint())));
    for (const std::string& text : ca.notes)
        note(io, text);
    for (const std::string& text : exchange.algorithms().notes)
        note(io, text);
    if (signer_key(plan, exchange) == SignerKey::Transient && plan.signer != SignerKey::Transient)
        note(io,
             "the key is EC, to which few servers can encrypt a reply: a transient RSA key signs "
             "the request and opens the reply; --signer own lets the key itself do it");
}

void tell_what_stays(const EnrollFiles& files, Io& io) {
    note(io,
         fmt::format("key and request stay in {} and {}",
                     files.waiting_key.string(),
                     files.request.string()));
    if (files.waiting_key != files.key)
        note(io, fmt::format("{} and the certificate beside it are untouched", files.key.string()));
}

// What a reply that never came or cannot be understood leaves open.
Error with_next_step(Error error, const EnrollFiles& files) {
    if (error.hint.empty() || error.code == Errc::Network)
        error.hint =
            fmt::format("the CA may have issued all the same; to ask again with this key: {}",
                        same_key_again(files));
    return error;
}

struct SignedRequest {
    SecretBytes der{};  // of the PKCS#10 request, which holds the challenge
    RequestSigner signer{};
};

// The exchange is about to ask for the certificate; it refers to the signer's key until the end.
Result<SignedRequest> sign_request(Exchange& exchange,
                                   const EnrollPlan& plan,
                                   Random& random,
                                   TimePoint now) {
    const auto digest = exchange.algorithms().digest == crypto::Digest::Md5
                            ? crypto::Digest::Sha256  // the CSR's own signature needs no MD5
                            : exchange.algorithms().digest;
    SCEP_TRY(
        request,
        x509::build_request(
            {.subject = plan.subject, .subject_alt_names = plan.sans, .challenge = plan.challenge},
            *plan.key,
            digest));
    SCEP_TRY(signer,
             make_request_signer(*plan.key, signer_key(plan, exchange), plan.subject, now, random));
    signer.key->use_library(plan.library());
    SCEP_CHECK(exchange.enrol({.key = plan.key->public_key(),
                               .request = request,
                               .signer = signer.certificate,
                               .signer_key = *signer.key,
                               .decrypter = *signer.key},
                              random));
    return SignedRequest{.der = std::move(request), .signer = std::move(signer)};
}

Status keep_certificates(const Exchange& exchange, const EnrollPlan& plan, Io& io) {
    Status written = write_certificates(plan.files, *plan.key, exchange.outcome());
    if (!written) {
        tell_what_stays(plan.files, io);
        print_unwritten(plan, exchange, io);
    }
    return written;
}

Status obtain(
    Exchange& exchange, EnrollPlan& plan, http::Transport& transport, Random& random, Io& io) {
    SCEP_CHECK(run_until_idle(exchange, plan, transport, io));
    tell_of_ca(plan, exchange, io);
    SCEP_TRY(request, sign_request(exchange, plan, random, io.clock.now()));
    // From here on key and request are on disk, whatever comes.
    const auto lock = write_request(plan.files, *plan.key, request.der);
    if (!lock)
        return fail(lock.error());
    const Status sent = run_until_idle(exchange, plan, transport, io);
    if (sent && exchange.outcome().status == PkiStatus::Success)
        return keep_certificates(exchange, plan, io);
    tell_what_stays(plan.files, io);
    return sent ? sent : fail(with_next_step(sent.error(), plan.files));
}

}  // namespace

Exit enroll(EnrollPlan& plan, http::Transport& transport, Random& random, Io& io) {
    if (plan.legacy)
        warning(io,
                "--insecure admits single DES and MD5: whoever records this exchange may read the "
                "challenge");
    ExchangeSettings settings = plan.exchange;
    settings.challenge = plan.challenge;
    Exchange exchange(plan.library(), std::move(settings));
    if (const Status obtained = obtain(exchange, plan, transport, random, io); !obtained)
        return report(io, obtained.error());
    return report_enrollment(plan, exchange, io);
}

}  // namespace scep::cli
