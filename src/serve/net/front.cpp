#include "serve/net/front.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "serve/net/connection.hpp"
#include "serve/net/listener.hpp"
#include "serve/net/tls.hpp"

namespace scep::net {

struct Front::State final : Listener::Owner, Connection::Owner {
    State(loop::Loop& loop_to_use, SslCtxPtr tls_context, FrontOptions options_to_use)
        : loop(loop_to_use), tls(std::move(tls_context)), options(std::move(options_to_use)) {}

    loop::Loop& loop;
    SslCtxPtr tls;
    FrontOptions options;
    OnRequest request_action{};
    OnRefusal refusal_action{};
    FrontCounters counters{};
    bool drains = false;
    ConnectionId last_id = 0;
    std::uint16_t port = 0;
    std::unique_ptr<Listener> listener{};
    std::unique_ptr<loop::Timer> drain_deadline{};
    std::array<std::uint8_t, 16U << 10U> buffer{};  // one TLS record
    std::unordered_map<ConnectionId, std::unique_ptr<Connection>> connections{};
    // Those that wait for the handshake or for all of a request, in the order they began to.
    std::map<std::uint64_t, Connection*> waiting{};
    std::uint64_t last_place = 0;
    std::size_t held = 0;  // octets of requests that are not complete

    void on_accept(files::Descriptor socket, const Peer& peer) override;
    bool make_room() override;

    std::optional<http::Reply> on_head(Connection& connection, const http::Request& head) override;
    void on_request(Connection& connection, http::Request&& request) override;
    void on_refusal(Connection& connection, int status, std::string_view reason) override;
    void on_timeout(Connection& connection) override;
    void on_waiting(Connection& connection, bool waits) override;
    bool on_held(Connection& connection, std::size_t octets) override;
    void on_closed(Connection& connection) override;

    bool draining() const noexcept override { return drains; }

    std::span<std::uint8_t> scratch() noexcept override { return buffer; }

    void close_where(bool only_idle) noexcept;
};

// A full house makes room by closing whoever has kept a place the longest without having asked for
// anything in full, half a body included: so holding connections open locks nobody out. A
// connection whose request is being answered is never closed for another.
bool Front::State::make_room() {
    if (waiting.empty())
        return false;
    waiting.begin()->second->close();
    return true;
}

void Front::State::on_accept(files::Descriptor socket, const Peer& peer) {
    ++counters.accepted;
    SslPtr ssl(SSL_new(tls.get()));
    const bool room = connections.size() < options.max_connections || make_room();
    if (!room || !ssl) {
        ++counters.refused_full;
        return;
    }
    const ConnectionId id = ++last_id;
    auto connection = std::make_unique<Connection>(
        loop, *this, id, peer, std::move(socket), std::move(ssl), options.max_body);
    Connection& placed = *connections.emplace(id, std::move(connection)).first->second;
    if (!placed.start()) {
        ++counters.refused_full;
        connections.erase(id);
    }
}

std::optional<http::Reply> Front::State::on_head(Connection& connection,
                                                 const http::Request& head) {
    if (!options.on_head)
        return {};
    auto reply = options.on_head(connection.peer(), head);
    if (reply)
        ++counters.http_refusals;
    return reply;
}

void Front::State::on_request(Connection& connection, http::Request&& request) {
    ++counters.requests;
    request_action(connection.id(), connection.peer(), std::move(request));
}

void Front::State::on_refusal(Connection& connection, int status, std::string_view reason) {
    ++(status == 0 ? counters.handshakes_failed : counters.http_refusals);
    if (refusal_action)
        refusal_action(connection.peer(), status, reason);
}

void Front::State::on_timeout(Connection& /*connection*/) {
    ++counters.timeouts;
}

void Front::State::on_waiting(Connection& connection, bool waits) {
    waiting.erase(connection.waiting_place);
    if (!waits)
        return;
    connection.waiting_place = ++last_place;
    waiting.emplace(last_place, &connection);
}

bool Front::State::on_held(Connection& connection, std::size_t octets) {
    held += octets - connection.held;
    connection.held = octets;
    return octets <= limits::kFreeHeld || held <= std::max(options.max_held, 2 * options.max_body);
}

// It may be in the middle of its own callback.
void Front::State::on_closed(Connection& connection) {
    auto node = connections.extract(connection.id());
    if (!node.empty())
        loop.retire(std::move(node.mapped()));
}

void Front::State::close_where(bool only_idle) noexcept {
    std::vector<Connection*> chosen;
    for (const auto& [id, connection] : connections)
        if (!only_idle || (connection->idle() && !connection->has_unread()))
            chosen.push_back(connection.get());
    for (Connection* connection : chosen)
        connection->close();
}

Front::Front(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}

Front::~Front() = default;

Result<std::unique_ptr<Front>> Front::listen(loop::Loop& loop,
                                             const TlsIdentity& identity,
                                             const FrontOptions& options,
                                             OnRequest on_request,
                                             OnRefusal on_refusal) {
    SCEP_TRY(tls, make_tls_context(identity, options.client_certificates));
    auto state = std::make_unique<State>(loop, std::move(tls), options);
    state->request_action = std::move(on_request);
    state->refusal_action = std::move(on_refusal);
    SCEP_TRY(listener, Listener::open(loop, options.host, options.port, *state));
    state->port = listener->port();
    state->listener = std::move(listener);
    return std::unique_ptr<Front>(new Front(std::move(state)));
}

std::uint16_t Front::port() const noexcept {
    return state_->port;
}

void Front::reply(ConnectionId connection, const http::Reply& reply) {
    const auto found = state_->connections.find(connection);
    if (found != state_->connections.end())
        found->second->reply(reply);
}

void Front::drain() noexcept {
    if (std::exchange(state_->drains, true))
        return;
    if (state_->listener) {
        state_->listener->close();
        state_->loop.retire(std::move(state_->listener));
    }
    state_->close_where(true);
    state_->drain_deadline = state_->loop.at(state_->loop.now() + limits::kDrainDeadline,
                                             [state = state_.get()] { state->close_where(false); });
}

bool Front::drained() const noexcept {
    return state_->drains && state_->connections.empty();
}

std::size_t Front::connections() const noexcept {
    return state_->connections.size();
}

const FrontCounters& Front::counters() const noexcept {
    return state_->counters;
}

}  // namespace scep::net
