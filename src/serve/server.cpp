#include "serve/server.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/encoding.hpp"
#include "core/base/limits.hpp"
#include "serve/admission.hpp"
#include "serve/approvals.hpp"
#include "serve/disk_room.hpp"
#include "serve/endpoint/issue.hpp"
#include "serve/refusals.hpp"
#include "serve/store/turn_view.hpp"
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

Result<std::unique_ptr<store::Store>> open_store(const check::Deployment& deployment) {
    const config::Server& settings = deployment.config.server;
    if (deployment.audit_key.empty())
        return store::Store::create(settings.state_path, settings.audit_key_path);
    return store::Store::open(settings.state_path, deployment.audit_key);
}

// With none of these the handshake is as if there were no such thing.
bool asks_for_certificates(const config::Config& config) {
    const config::TrustedProxy& proxy = config.server.trusted_proxy;
    return (proxy.enabled && !proxy.client_ca_path.empty()) ||
           std::ranges::any_of(config.profiles,
                               [](const config::Profile& profile) { return profile.mtls.enabled; });
}

class Server {
  public:
    Server(const check::Deployment& deployment,
           ServedProfiles& profiles,
           loop::Loop& loop,
           const Clock& clock,
           Random& random,
           Log& log)
        : profiles_(profiles),
          loop_(loop),
          clock_(clock),
          random_(random),
          log_(log),
          turn_([this](Turn::Waiting&& waiting) { release(waiting); }),
          room_(deployment.config.server.state_path),
          refusals_(loop, [this] { summarise(); }) {}

    // Opens the port, then the state: a start that fails leaves no key and no database behind.
    Status start(const check::Deployment& deployment);

    std::uint16_t port() const noexcept { return front_->port(); }

    // What stopped the loop, if it was not a signal.
    const Status& failure() const noexcept { return failure_; }

  private:
    Status make_admission(const check::Deployment& deployment);
    Status listen(const check::Deployment& deployment);
    std::optional<http::Reply> on_head(const net::Peer& peer, const http::Request& head);
    void on_request(net::ConnectionId connection, const net::Peer& peer, http::Request&& request);
    Turn::Waiting begin(net::ConnectionId connection, const Admitted& admitted);
    bool has_room(TimePoint now);
    void keep_room(Turn::Waiting& waiting);
    void summarise();
    void watch_approvals();
    void issue_approved(const ServedProfile& served, const store::PendingRequest& pending);
    void on_refreshed(const std::string& path_id, const auth::MtlsGate::Refreshed& refreshed);
    void on_refusal(const net::Peer& peer, int status, std::string_view reason);
    void end_turn();
    void release(Turn::Waiting& waiting);
    void log_decision(const Turn::Waiting& waiting);
    void tell_tolerated();
    void drain(std::string_view why);
    void stop_when_drained();
    std::string new_reference();

    ServedProfiles& profiles_;
    loop::Loop& loop_;
    const Clock& clock_;
    Random& random_;
    Log& log_;
    std::unique_ptr<net::Front> front_{};
    std::unique_ptr<store::Store> store_{};
    Turn turn_;
    std::unique_ptr<store::TurnView> view_{};
    std::optional<Approvals> approvals_{};
    std::unique_ptr<loop::Timer> approvals_due_{};
    std::optional<Admission> admission_{};
    DiskRoom room_;
    bool had_room_ = true;
    Refusals refusals_;
    std::map<std::string_view, std::uint64_t> tolerated_{};  // how often, by name
    std::unique_ptr<loop::Timer> tolerated_due_{};
    std::unique_ptr<loop::Timer> retry_{};
    std::unique_ptr<loop::Timer> drain_deadline_{};
    Status failure_{};
    bool draining_ = false;
};

Status Server::make_admission(const check::Deployment& deployment) {
    SCEP_TRY(admission,
             Admission::make(deployment,
                             profiles_,
                             clock_.now(),
                             [this](const std::string& path_id, const auto& refreshed) {
                                 on_refreshed(path_id, refreshed);
                             }));
    admission_ = std::move(admission);
    return {};
}

void Server::on_refreshed(const std::string& path_id, const auth::MtlsGate::Refreshed& refreshed) {
    if (refreshed.failure)
        log_.write(Level::Error,
                   "trust bundle",
                   {{"scep_profile_pathid", path_id},
                    {"decision", "the old one stays"},
                    {"reason", to_text(*refreshed.failure)}});
    else
        log_.write(Level::Info,
                   "trust bundle",
                   {{"scep_profile_pathid", path_id}, {"decision", "loaded anew"}});
}

Status Server::listen(const check::Deployment& deployment) {
    const config::Server& settings = deployment.config.server;
    SCEP_TRY(
        front,
        net::Front::listen(
            loop_,
            {deployment.tls_chain, deployment.tls_key},
            {.host = settings.listen.host,
             .port = settings.listen.port,
             .client_certificates = asks_for_certificates(deployment.config)
                                        ? net::ClientCertificates::Asked
                                        : net::ClientCertificates::NotAsked,
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
    SCEP_CHECK(make_admission(deployment));
    SCEP_CHECK(listen(deployment));
    for (const StopSignal& stop : kStopSignals)
        SCEP_CHECK(loop_.on_signal(stop.number, [this, &stop] { drain(stop.name); }));
    SCEP_TRY(store, open_store(deployment));
    store_ = std::move(store);
    SCEP_TRY(view, store::TurnView::make(*store_, turn_.effects()));
    view_ = std::move(view);
    approvals_.emplace(*store_, *view_, profiles_, [this](const auto& served, const auto& pending) {
        issue_approved(served, pending);
    });
    watch_approvals();
    tell_tolerated();
    loop_.at_turn_end([this] { end_turn(); });
    return {};
}

std::string Server::new_reference() {
    std::array<std::uint8_t, kReferenceOctets> octets{};
    random_.fill(octets);
    return to_hex(octets);
}

Turn::Waiting Server::begin(net::ConnectionId connection, const Admitted& admitted) {
    Turn::Waiting out{.connection = connection,
                      .context = {.reference = new_reference(),
                                  .client_address = admitted.client_address,
                                  .now = clock_.now(),
                                  .instant = loop_.now(),
                                  .bootstrap = admitted.bootstrap},
                      .ignored_headers = admitted.ignored_headers,
                      .since = loop_.now()};
    if (admitted.profile != nullptr)
        out.profile = admitted.profile->snapshot.settings.name;
    if (admitted.refusal)
        out.outcome = *admitted.refusal;
    return out;
}

// What is refused whatever its body says is refused without reading it.
std::optional<http::Reply> Server::on_head(const net::Peer& peer, const http::Request& head) {
    const Admitted admitted = admission_->admit_head(peer, head, clock_.now(), loop_.now());
    if (!admitted.refusal)
        return {};
    log_decision(begin(0, admitted));
    return admitted.refusal->reply;
}

bool Server::has_room(TimePoint now) {
    const bool room = room_.has(now);
    if (std::exchange(had_room_, room) != room)
        log_.write(room ? Level::Info : Level::Error,
                   room ? "the disk has room again" : "the disk is nearly full",
                   {});
    return room;
}

// 503 before the disk is full.
void Server::keep_room(Turn::Waiting& waiting) {
    if (!has_room(waiting.context.now))
        make_unavailable(waiting.outcome, "the disk of the state database is nearly full");
}

// A log line and a row for each profile about the refusals that were only counted.
void Server::summarise() {
    const Refusals::Counted counted = refusals_.take();
    if (counted.unlogged != 0)
        log_.write(Level::Warn,
                   "requests not logged one by one",
                   {{"count", std::to_string(counted.unlogged)}});
    if (!failure_)
        return;
    const bool room = has_room(clock_.now());
    for (const auto& [path_id, count] : counted.unrecorded) {
        if (!room) {
            refusals_.put_back(path_id, count);
            continue;
        }
        Turn::Waiting waiting = begin(0, {});
        waiting.outcome = {
            .action = "-",
            .decision = "success",
            .detail = fmt::format("{} more refusals, not recorded one by one", count)};
        waiting.outcome.effects.events.push_back({.time = waiting.context.now,
                                                  .profile = path_id,
                                                  .action = "scep_refusals",
                                                  .outcome = "failure",
                                                  .reason = waiting.outcome.detail,
                                                  .reference = waiting.context.reference});
        waiting.counted = count;
        waiting.path_id = path_id;
        turn_.add(std::move(waiting));
    }
}

// At once what was approved while the server was down, and within a second what admin writes; a
// poll that comes sooner issues by itself.
void Server::watch_approvals() {
    if (draining_ || !failure_)
        return;
    // What was approved waits for room: a commit that fails would stop the server.
    if (const Status looked = has_room(clock_.now()) ? approvals_->look() : Status{}; !looked)
        log_.write(Level::Error, "approved requests", {{"reason", to_text(looked.error())}});
    approvals_due_ = loop_.at(loop_.now() + limits::kApprovalsEvery, [this] { watch_approvals(); });
}

void Server::issue_approved(const ServedProfile& served, const store::PendingRequest& pending) {
    Turn::Waiting waiting = begin(0, {});
    waiting.approved = true;
    waiting.profile = served.snapshot.settings.name;
    waiting.context.client_address = pending.client_address;
    waiting.outcome =
        endpoint::issue_approved(served.snapshot, *view_, pending, waiting.context, random_);
    if (waiting.outcome.effects.empty())
        log_decision(waiting);
    else
        turn_.add(std::move(waiting));
}

void Server::on_request(net::ConnectionId connection,
                        const net::Peer& peer,
                        http::Request&& request) {
    const Admitted admitted = admission_->admit(peer, request, clock_.now(), loop_.now());
    Turn::Waiting waiting = begin(connection, admitted);
    if (!admitted.refusal)
        waiting.outcome = endpoint::answer(crypto::Library::standard(),
                                           admitted.profile->snapshot,
                                           request,
                                           waiting.context,
                                           *view_,
                                           random_);
    if (!failure_)
        make_unavailable(waiting.outcome, "the state database failed");
    if (!waiting.outcome.effects.empty())
        keep_room(waiting);
    for (const std::string_view name : waiting.outcome.tolerances)
        ++tolerated_[name];
    refusals_.spare_row(waiting.outcome, waiting.context.client_address);
    if (waiting.outcome.effects.empty())
        release(waiting);
    else
        turn_.add(std::move(waiting));
}

void Server::release(Turn::Waiting& waiting) {
    if (waiting.counted != 0 && waiting.outcome.decision != "success")
        return refusals_.put_back(waiting.path_id, waiting.counted);
    if (waiting.approved && waiting.outcome.decision == "refused 503")
        approvals_->look_again();
    log_decision(waiting);
    front_->reply(waiting.connection, waiting.outcome.reply);
}

void Server::log_decision(const Turn::Waiting& waiting) {
    const endpoint::Outcome& outcome = waiting.outcome;
    const bool good = outcome.decision == "success" || outcome.decision == "pending";
    const auto line = good ? Refusals::Line::Answered : Refusals::Line::Refused;
    if (outcome.serial.empty() && waiting.counted == 0 &&
        !refusals_.may_log(line, waiting.context.client_address))
        return;
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
                {"serial", outcome.serial},
                {"mtls_subject",
                 waiting.context.bootstrap ? waiting.context.bootstrap->subject_text() : ""},
                {"ignored_headers",
                 waiting.ignored_headers == 0 ? "" : std::to_string(waiting.ignored_headers)},
                {"tolerated", fmt::format("{}", fmt::join(outcome.tolerances, ","))}});
}

void Server::on_refusal(const net::Peer& peer, int status, std::string_view reason) {
    if (status != 0 && !refusals_.may_log(Refusals::Line::Refused, peer.address))
        return;
    log_.write(
        status == 0 ? Level::Debug : Level::Warn,
        status == 0 ? "handshake" : "request",
        {{"client", peer.address},
         {"decision", status == 0 ? std::string("failed") : fmt::format("refused {}", status)},
         {"reason", reason}});
}

void Server::end_turn() {
    if (draining_ && front_->drained() && refusals_.pending())
        summarise();  // what was refused while it drained
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

// Who knows what the clients still need knows what can be closed one day.
void Server::tell_tolerated() {
    for (const auto& [name, count] : std::exchange(tolerated_, {}))
        log_.write(Level::Info,
                   "tolerated",
                   {{"name", std::string(name)}, {"count", std::to_string(count)}});
    tolerated_due_ = loop_.at(loop_.now() + limits::kToleratedEvery, [this] { tell_tolerated(); });
}

void Server::drain(std::string_view why) {
    if (std::exchange(draining_, true)) {
        loop_.stop();
        return;
    }
    log_.write(Level::Info,
               "draining",
               {{"reason", why}, {"connections", std::to_string(front_->connections())}});
    summarise();
    tell_tolerated();
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
    Server server(deployment, profiles, *loop, clock, random, log);
    SCEP_CHECK(server.start(deployment));
    on_listening({deployment.config.server.listen.host, server.port()});
    SCEP_CHECK(loop->run());
    log.write(Level::Info, "stopped", {});
    return server.failure();
}

}  // namespace scep::serve
