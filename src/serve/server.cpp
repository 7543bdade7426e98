#include "serve/server.hpp"

#include <array>
#include <csignal>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/base/limits.hpp"
#include "serve/ca/issuer.hpp"
#include "serve/endpoint/endpoint.hpp"
#include "serve/endpoint/route.hpp"
#include "serve/net/front.hpp"
#include "serve/turn.hpp"

namespace scep::serve {

namespace {

constexpr std::size_t kReferenceOctets = 6;  // of a request id; hex in the log
constexpr std::chrono::milliseconds kBusyRetry{10};

struct StopSignal {
    int number;
    std::string_view name;
};

constexpr std::array kStopSignals{StopSignal{SIGTERM, "SIGTERM"}, StopSignal{SIGINT, "SIGINT"}};

using Profiles = std::map<std::string, endpoint::ProfileSnapshot, std::less<>>;  // by path_id

Result<Profiles> make_profiles(const check::Deployment& deployment) {
    std::vector<std::shared_ptr<const ca::Issuer>> issuers;
    for (const check::LoadedIssuer& loaded : deployment.issuers) {
        const config::Issuer& settings = *deployment.config.issuer(loaded.id);
        SCEP_TRY(issuer,
                 ca::Issuer::make(loaded.id,
                                  *loaded.certificate,
                                  loaded.chain,
                                  loaded.key,
                                  {settings.crl_url, settings.ocsp_url, settings.aia_url}));
        issuers.push_back(std::make_shared<const ca::Issuer>(std::move(issuer)));
    }
    Profiles out;
    for (const check::LoadedProfile& loaded : deployment.profiles) {
        std::vector<endpoint::Ra> ra;
        for (const check::LoadedRa& pair : loaded.ra)
            ra.push_back({*pair.certificate, pair.key});
        out.emplace(loaded.settings.path_id,
                    endpoint::make_snapshot({.settings = loaded.settings,
                                             .certificate_profile = loaded.certificate_profile,
                                             .issuer = issuers.at(loaded.issuer),
                                             .ra = std::move(ra),
                                             .challenge = loaded.challenge}));
    }
    return out;
}

Result<std::unique_ptr<store::Store>> open_store(const check::Deployment& deployment) {
    const config::Server& settings = deployment.config.server;
    if (deployment.audit_key.empty())
        return store::Store::create(settings.state_path, settings.audit_key_path);
    return store::Store::open(settings.state_path, deployment.audit_key);
}

endpoint::Outcome unknown_path(const http::Request& request) {
    return {.reply = http::text_reply(404, "there is no such SCEP path here"),
            .action = "-",
            .decision = "refused 404",
            .detail = "path " + request.path};
}

class Server {
  public:
    Server(Profiles profiles, loop::Loop& loop, const Clock& clock, Random& random, Log& log)
        : profiles_(std::move(profiles)),
          loop_(loop),
          clock_(clock),
          random_(random),
          log_(log),
          turn_([this](Turn::Waiting&& waiting) { release(waiting); }) {}

    // Opens the port, then the state: a start that fails leaves no key and no database behind.
    Status start(const check::Deployment& deployment);

    std::uint16_t port() const noexcept { return front_->port(); }

    // What stopped the loop, if it was not a signal.
    const Status& failure() const noexcept { return failure_; }

  private:
    Status listen(const check::Deployment& deployment);
    std::optional<http::Reply> on_head(const net::Peer& peer, const http::Request& head);
    void on_request(net::ConnectionId connection, const net::Peer& peer, http::Request&& request);
    Profiles::const_iterator profile_of(const http::Request& request) const;
    Turn::Waiting begin(net::ConnectionId connection, const net::Peer& peer);
    void on_refusal(const net::Peer& peer, int status, std::string_view reason);
    void end_turn();
    void release(Turn::Waiting& waiting);
    void log_decision(const Turn::Waiting& waiting);
    void drain(std::string_view why);
    void stop_when_drained();
    std::string new_reference();

    Profiles profiles_;
    loop::Loop& loop_;
    const Clock& clock_;
    Random& random_;
    Log& log_;
    std::unique_ptr<net::Front> front_{};
    std::unique_ptr<store::Store> store_{};
    Turn turn_;
    std::unique_ptr<loop::Timer> retry_{};
    std::unique_ptr<loop::Timer> drain_deadline_{};
    Status failure_{};
    bool draining_ = false;
};

Status Server::listen(const check::Deployment& deployment) {
    const config::Server& settings = deployment.config.server;
    SCEP_TRY(
        front,
        net::Front::listen(
            loop_,
            {deployment.tls_chain, deployment.tls_key},
            {.host = settings.listen.host,
             .port = settings.listen.port,
             .max_body = settings.max_body_size,
             .on_head = [this](const net::Peer& peer,
                               const http::Request& head) { return on_head(peer, head); }},
            [this](net::ConnectionId connection, const net::Peer& peer, http::Request&& request) {
                on_request(connection, peer, std::move(request));
            },
            [this](const net::Peer& peer, int status, std::string_view reason) {
                on_refusal(peer, status, reason);
            }));
    front_ = std::move(front);
    return {};
}

Status Server::start(const check::Deployment& deployment) {
    SCEP_CHECK(listen(deployment));
    for (const StopSignal& stop : kStopSignals)
        SCEP_CHECK(loop_.on_signal(stop.number, [this, &stop] { drain(stop.name); }));
    SCEP_TRY(store, open_store(deployment));
    store_ = std::move(store);
    loop_.at_turn_end([this] { end_turn(); });
    return {};
}

std::string Server::new_reference() {
    std::array<std::uint8_t, kReferenceOctets> octets{};
    random_.fill(octets);
    return to_hex(octets);
}

Turn::Waiting Server::begin(net::ConnectionId connection, const net::Peer& peer) {
    return {.connection = connection,
            .context = {.reference = new_reference(),
                        .client_address = peer.address,
                        .now = clock_.now()},
            .since = loop_.now()};
}

Profiles::const_iterator Server::profile_of(const http::Request& request) const {
    const std::optional<std::string> path_id = endpoint::path_id_of(request.path);
    return path_id ? profiles_.find(*path_id) : profiles_.end();
}

// What lies under no profile is refused without reading its body.
std::optional<http::Reply> Server::on_head(const net::Peer& peer, const http::Request& head) {
    if (profile_of(head) != profiles_.end())
        return {};
    Turn::Waiting waiting = begin(0, peer);
    waiting.outcome = unknown_path(head);
    log_decision(waiting);
    return waiting.outcome.reply;
}

void Server::on_request(net::ConnectionId connection,
                        const net::Peer& peer,
                        http::Request&& request) {
    Turn::Waiting waiting = begin(connection, peer);
    const auto profile = profile_of(request);
    if (profile == profiles_.end()) {
        waiting.outcome = unknown_path(request);
    } else {
        waiting.profile = profile->second.settings.name;
        waiting.outcome = endpoint::answer(
            crypto::Library::standard(), profile->second, request, waiting.context, random_);
    }
    if (!failure_)
        make_unavailable(waiting.outcome, "the state database failed");
    if (waiting.outcome.effects.empty())
        release(waiting);
    else
        turn_.add(std::move(waiting));
}

void Server::release(Turn::Waiting& waiting) {
    log_decision(waiting);
    front_->reply(waiting.connection, waiting.outcome.reply);
}

void Server::log_decision(const Turn::Waiting& waiting) {
    const endpoint::Outcome& outcome = waiting.outcome;
    const bool good = outcome.decision == "success";
    log_.write(good ? Level::Info : Level::Warn,
               "request",
               {{"id", waiting.context.reference},
                {"client", waiting.context.client_address},
                {"profile", waiting.profile},
                {"action", outcome.action},
                {"decision", outcome.decision},
                {"reason", outcome.detail},
                {"transaction", outcome.transaction_id},
                {"subject", outcome.subject},
                {"serial", outcome.serial}});
}

void Server::on_refusal(const net::Peer& peer, int status, std::string_view reason) {
    log_.write(
        status == 0 ? Level::Debug : Level::Warn,
        status == 0 ? "handshake" : "request",
        {{"client", peer.address},
         {"decision", status == 0 ? std::string("failed") : fmt::format("refused {}", status)},
         {"reason", reason}});
}

void Server::end_turn() {
    if (failure_) {
        const Result<store::WriteResult> written = turn_.commit(*store_, loop_.now());
        if (!written) {
            log_.write(Level::Error, "stopping", {{"reason", to_text(written.error())}});
            failure_ = tl::unexpected<Error>(written.error());
            drain("the state database failed");
        } else if (*written == store::WriteResult::Busy && !turn_.empty()) {
            retry_ = loop_.at(loop_.now() + kBusyRetry, [] {});  // to have another turn
        }
    }
    if (draining_)
        stop_when_drained();
}

void Server::drain(std::string_view why) {
    if (std::exchange(draining_, true)) {
        loop_.stop();
        return;
    }
    log_.write(Level::Info,
               "draining",
               {{"reason", why}, {"connections", std::to_string(front_->connections())}});
    front_->drain();
    drain_deadline_ = loop_.at(loop_.now() + limits::kDrainDeadline, [this] { loop_.stop(); });
}

void Server::stop_when_drained() {
    if (turn_.empty() && front_->drained())
        loop_.stop();
}

}  // namespace

Status hold_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const StopSignal& stop : kStopSignals)
        sigaddset(&set, stop.number);
    if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0)
        return fail(Errc::Io, "cannot block a signal");
    return {};
}

Status run(const check::Deployment& deployment,
           const Clock& clock,
           Random& random,
           Log& log,
           const std::function<void(const Listening&)>& on_listening) {
    SCEP_TRY(profiles, make_profiles(deployment));
    SCEP_TRY(loop, loop::Loop::create());
    Server server(std::move(profiles), *loop, clock, random, log);
    SCEP_CHECK(server.start(deployment));
    on_listening({deployment.config.server.listen.host, server.port()});
    SCEP_CHECK(loop->run());
    log.write(Level::Info, "stopped", {});
    return server.failure();
}

}  // namespace scep::serve
