// decode-pkimessage --config: what this server would answer, by the decision that serve makes. Keys
// are used to open and verify; nothing is issued, and the database is only read.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "cli/cmd_decode_pkimessage.hpp"
#include "cli/config_path.hpp"
#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"
#include "core/files/files.hpp"
#include "core/inspect/tree.hpp"
#include "serve/endpoint/decide.hpp"
#include "serve/served_profiles.hpp"
#include "serve/store/turn_view.hpp"

namespace scep::cli {

namespace {

using inspect::ServerAnswer;

// Everything that the answers are given from.
struct Server {
    serve::ServedProfiles profiles{};
    const endpoint::ProfileSnapshot* profile = nullptr;
    std::unique_ptr<store::Store> store{};
    std::vector<store::Effects> none_waiting{};
    std::unique_ptr<store::View> view{};
    TimePoint now{};
    std::size_t max_body = 0;  // octets
};

// Without what these rules look at there is no profile to ask. A date that has passed is told by
// preflight; the profile can be asked all the same.
bool is_needed(const check::Finding& finding) {
    constexpr std::array<std::string_view, 6> kPrefixes{
        "ca-", "challenge-", "configuration", "next-ca-", "profile-", "ra-"};
    return finding.severity == check::Severity::Error && !finding.id.ends_with("-valid") &&
           std::ranges::any_of(
               kPrefixes, [&](std::string_view prefix) { return finding.id.starts_with(prefix); });
}

Status check_usable(const check::Deployment& deployment, TimePoint now) {
    for (const check::Finding& finding : check::check_deployment(deployment, now, Seconds::zero()))
        if (is_needed(finding))
            return fail({.code = finding.code,
                         .what = finding.message,
                         .where = finding.where,
                         .cite = finding.cite,
                         .hint = "certctl-scep preflight says all that is wrong with it"});
    return {};
}

std::string shown(const std::string& path_id) {
    return path_id.empty() ? "-" : path_id;
}

// "-" is the profile at /scep; the only one need not be named.
Result<const endpoint::ProfileSnapshot*> choose(const serve::ServedProfiles& profiles,
                                                const std::string& name) {
    if (name.empty() && profiles.size() == 1)
        return &profiles.begin()->second.snapshot;
    const auto found = profiles.find(name == "-" ? "" : name);
    if (!name.empty() && found != profiles.end())
        return &found->second.snapshot;
    std::string known;
    for (const auto& [path_id, profile] : profiles)
        known += (known.empty() ? "" : ", ") + shown(path_id);
    return fail({.code = Errc::Usage,
                 .what = name.empty() ? "the configuration has several profiles"
                                      : fmt::format("{} is not known", escape_text(name)),
                 .where = {.source = "--profile"},
                 .hint = fmt::format("the configuration has {}", known)});
}

Status open_state(const config::Config& config, Server& out, Io& io) {
    const auto& path = config.server.state_path;
    if (!files::exists(path)) {
        note(io,
             fmt::format("{}: there is no database yet, so no certificate and no one-time "
                         "challenge is known",
                         path.string()));
        out.view = std::make_unique<store::EmptyView>();
        return {};
    }
    SCEP_TRY(opened, store::Store::open_to_read(path));
    out.store = std::move(opened);
    SCEP_TRY(view, store::TurnView::make(*out.store, out.none_waiting));
    out.view = std::move(view);
    return {};
}

struct Describe {
    ServerAnswer operator()(const endpoint::Refusal& refusal) const {
        return {true, fmt::format("FAILURE {}", to_text(refusal.info)), refusal.reason};
    }

    ServerAnswer operator()(const endpoint::Issue& /*issue*/) const {
        return {false, "SUCCESS", "a new certificate"};
    }

    ServerAnswer operator()(const endpoint::Hold& /*hold*/) const {
        return {false, "PENDING", "an operator decides"};
    }

    ServerAnswer operator()(const endpoint::Give& give) const {
        return {false, "SUCCESS", fmt::format("the certificate {}", give.issuance.serial)};
    }

    ServerAnswer operator()(const endpoint::GiveCrl& /*crl*/) const {
        return {false, "SUCCESS", "the CRL"};
    }

    ServerAnswer operator()(const endpoint::Unavailable& unavailable) const {
        return {true, "HTTP 503", to_text(unavailable.error)};
    }

    ServerAnswer operator()(const endpoint::TooMuch& too_much) const {
        return {true, "HTTP 429", too_much.reason};
    }
};

// "/scep-mtls/..." of a path or a URL; nullopt: the capture does not say.
std::optional<bool> by_mtls(const capture::Captured& captured) {
    if (captured.target.find('/') == std::string::npos)
        return std::nullopt;
    return captured.target.find("/scep-mtls") < captured.target.find('?');
}

// What serve refuses before it looks into the message.
std::optional<ServerAnswer> refused_at_door(const Server& server,
                                            const capture::Captured& captured) {
    if (captured.bytes.size() > server.max_body)
        return ServerAnswer{true,
                            "HTTP 413",
                            fmt::format("the message has {} octets, and max_body_size is {}",
                                        captured.bytes.size(),
                                        server.max_body)};
    if (server.profile->settings.mtls.only && !by_mtls(captured).value_or(true))
        return ServerAnswer{true, "HTTP 403", "mtls_only: it is served under /scep-mtls only"};
    return std::nullopt;
}

std::optional<ServerAnswer> ask(const Server& server, const capture::Captured& captured) {
    if (auto refused = refused_at_door(server, captured))
        return refused;
    const Bytes message = captured.bytes;
    // raw_csr has rules of its own.
    if (server.profile->settings.raw_csr &&
        inspect::shape_of(message) == inspect::Shape::CertificationRequest)
        return std::nullopt;
    const auto decision = endpoint::decide(crypto::Library::standard(),
                                           *server.profile,
                                           message,
                                           {.view = *server.view, .now = server.now});
    if (!decision)
        return ServerAnswer{true, "HTTP 400", to_text(decision.error())};
    return std::visit(Describe{}, decision->verdict);
}

}  // namespace

Result<AskServer> make_server(const DecodeOptions& options, Io& io) {
    SCEP_TRY(config, load_configuration(options.config, io));
    const check::Deployment deployment =
        check::load_deployment(std::move(config), credentials_directory());
    SCEP_CHECK(check_usable(deployment, io.clock.now()));
    auto server = std::make_shared<Server>();
    SCEP_TRY(profiles, serve::make_profiles(deployment));
    server->profiles = std::move(profiles);
    SCEP_TRY(profile, choose(server->profiles, options.profile));
    server->profile = profile;
    server->now = io.clock.now();
    server->max_body = deployment.config.server.max_body_size;
    SCEP_CHECK(open_state(deployment.config, *server, io));
    return [server](const capture::Captured& captured) { return ask(*server, captured); };
}

}  // namespace scep::cli
