#include "serve/net/connection.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <openssl/err.h>

#include "core/base/limits.hpp"

namespace scep::net {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string handshake_failure() {
    const Error error = crypto::openssl_error({});
    return error.during.empty() ? "closed by the client" : error.during.front();
}

}  // namespace

Connection::Connection(loop::Loop& loop,
                       Owner& owner,
                       ConnectionId id,
                       Peer peer,
                       files::Descriptor socket,
                       SslPtr ssl,
                       std::size_t max_body) noexcept
    : loop_(loop),
      owner_(owner),
      id_(id),
      peer_(std::move(peer)),
      socket_(std::move(socket)),
      ssl_(std::move(ssl)),
      parser_(max_body),
      deadline_(loop, [this] { expire(); }) {}

Connection::~Connection() {
    if (socket_)
        loop_.remove(socket_.get());
}

Status Connection::start() {
    source_.socket = socket_.get();
    crypto::BioPtr bio = make_socket_bio(source_);
    if (!bio)
        return fail(crypto::openssl_error("no memory for a connection"));
    SSL_set_bio(ssl_.get(), bio.get(), bio.get());  // takes one reference
    static_cast<void>(bio.release());
    SSL_set_msg_callback(ssl_.get(), &Connection::on_tls_message);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    SCEP_CHECK(loop_.add(socket_.get(), loop::Want::Read, *this));
    enter(State::Handshake);
    return {};
}

// A KeyUpdate costs its sender 27 octets and us 12 us, and OpenSSL reads on after each of them.
void Connection::on_tls_message(int writes,
                                int /*version*/,
                                int content_type,
                                const void* data,
                                std::size_t size,
                                SSL* /*ssl*/,
                                void* connection) {
    if (writes != 0 || content_type != SSL3_RT_HANDSHAKE || size == 0 ||
        *static_cast<const std::uint8_t*>(data) != SSL3_MT_KEY_UPDATE)
        return;
    auto& self = *static_cast<Connection*>(connection);
    self.source_.cut = ++self.key_updates_ > limits::kMaxKeyUpdates;
}

bool Connection::idle() const noexcept {
    return state_ == State::Handshake ||
           (state_ == State::ReadHead && parser_.idle() && pending_.empty());
}

bool Connection::has_unread() const noexcept {
    int octets = 0;
    return state_ == State::ReadHead && ::ioctl(socket_.get(), FIONREAD, &octets) == 0 &&
           octets > 0;
}

Connection::Step Connection::step_for(State state) {
    switch (state) {
        case State::Handshake:
            return handshake();
        case State::ReadHead:
        case State::ReadBody:
            return read_request();
        case State::WriteContinue:
            return write_continue();
        case State::AwaitReply:
            return Step::NeedReply;
        case State::WriteReply:
            return write_reply();
        case State::Shutdown:
            return shut_down();
        case State::Linger:
            return linger();
        case State::Closed:
            break;
    }
    return Step::Failed;
}

void Connection::advance() noexcept {
    if (state_ == State::Closed)
        return;
    advancing_ = true;
    source_.allowance = limits::kReadPerTurn;
    Step step = Step::Next;
    while (step == Step::Next) {
        ERR_clear_error();  // SSL_get_error reads the queue
        step = step_for(state_);
    }
    advancing_ = false;
    switch (step) {
        case Step::NeedRead:
            return loop_.change(socket_.get(), loop::Want::Read);
        case Step::NeedWrite:
            return loop_.change(socket_.get(), loop::Want::Write);
        case Step::NeedReply:
            return loop_.change(socket_.get(), loop::Want::Nothing);
        case Step::Next:
        case Step::Failed:
            return finish();
    }
}

Connection::Step Connection::classify(int rc) const noexcept {
    switch (SSL_get_error(ssl_.get(), rc)) {
        case SSL_ERROR_WANT_READ:  // also during SSL_write
            return Step::NeedRead;
        case SSL_ERROR_WANT_WRITE:  // also during SSL_read
            return Step::NeedWrite;
        default:
            return Step::Failed;
    }
}

// The deadline belongs to the state: one for each thing we wait for, not for each read.
void Connection::enter(State state) {
    state_ = state;
    switch (state) {
        case State::Handshake:
            deadline_.set(limits::kHandshakeDeadline);
            break;
        case State::ReadHead:
            deadline_.set(limits::kIdleDeadline);
            break;
        case State::WriteContinue:
        case State::ReadBody:
            deadline_.set(limits::kBodyDeadline);
            break;
        case State::WriteReply:
            deadline_.set(limits::kReplyDeadline);
            break;
        case State::Shutdown:
        case State::Linger:
            deadline_.set(limits::kLingerDeadline);
            break;
        case State::AwaitReply:
        case State::Closed:
            deadline_.clear();
            break;
    }
    const bool waits = state == State::Handshake || state == State::ReadHead ||
                       state == State::WriteContinue || state == State::ReadBody;
    if (!waits)
        owner_.on_held(*this, 0);
    if (std::exchange(waits_, waits) != waits)
        owner_.on_waiting(*this, waits);
}

Connection::Step Connection::handshake() {
    const int rc = SSL_accept(ssl_.get());
    if (rc == 1) {
        read_certificates(*ssl_, peer_);
        enter(State::ReadHead);
        return Step::Next;
    }
    const Step step = classify(rc);
    if (step == Step::Failed)
        owner_.on_refusal(*this, 0, handshake_failure());
    return step;
}

// Until SSL says it has no more: it may hold bytes that epoll does not see.
Connection::Step Connection::read_request() {
    if (!pending_.empty())
        return take_input(std::exchange(pending_, {}));
    const std::span<std::uint8_t> buffer = owner_.scratch();
    std::size_t count = 0;
    const int rc = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &count);
    if (rc == 1)
        return take_input(buffer.first(count));
    if (SSL_get_error(ssl_.get(), rc) != SSL_ERROR_ZERO_RETURN)
        return classify(rc);
    enter(State::Shutdown);  // the end; what was begun and not finished has no answer
    return Step::Next;
}

Connection::Step Connection::take_input(Bytes input) {
    const bool was_idle = parser_.idle();
    const Bytes rest = input.subspan(parser_.put(input));
    switch (parser_.progress()) {
        case http::Progress::Refused:
            return refuse(parser_.refusal().status, parser_.refusal().reason);
        case http::Progress::Complete:
            pending_ = to_buffer(rest);
            return request_done();
        case http::Progress::SendContinue:
            out_ = to_buffer(as_bytes(kContinue));
            return head_done();
        case http::Progress::NeedMore:
            break;
    }
    if (!owner_.on_held(*this, parser_.held()))
        return refuse(503, "no room for more large requests");
    if (state_ == State::ReadHead && parser_.has_head())
        return head_done();
    if (was_idle && !parser_.idle())
        deadline_.set(limits::kHeadDeadline);
    return Step::Next;
}

Connection::Step Connection::head_done() {
    const http::Request& head = parser_.head();
    http_1_0_ = head.http_1_0;
    head_only_ = head.method == "HEAD";
    if (const auto refusal = owner_.on_head(*this, head)) {
        linger_ = true;
        send(*refusal, false);
        return Step::Next;
    }
    enter(out_.empty() ? State::ReadBody : State::WriteContinue);
    return Step::Next;
}

Connection::Step Connection::request_done() {
    http::Request request = parser_.take();
    http_1_0_ = request.http_1_0;
    head_only_ = request.method == "HEAD";
    client_keeps_ = request.keep_alive;
    ++served_;
    enter(State::AwaitReply);
    owner_.on_request(*this, std::move(request));
    return Step::Next;
}

Connection::Step Connection::refuse(int status, std::string_view reason) {
    owner_.on_refusal(*this, status, reason);
    http_1_0_ = head_only_ = false;
    linger_ = true;
    send(http::text_reply(status, http::reason_phrase(status)), false);
    return Step::Next;
}

void Connection::reply(const http::Reply& reply) {
    if (state_ != State::AwaitReply)
        return;
    const bool we_keep =
        !reply.close && !owner_.draining() && served_ < limits::kMaxRequestsPerConnection;
    linger_ = !we_keep;  // the client may have begun its next request
    send(reply, we_keep && client_keeps_);
    if (!advancing_)
        advance();
}

void Connection::send(const http::Reply& reply, bool keep) {
    out_ = head_only_ ? http::serialize_head(reply, http_1_0_, keep)
                      : http::serialize(reply, http_1_0_, keep);
    sent_ = 0;
    close_after_ = !keep;
    enter(State::WriteReply);
}

// Next when all of out_ has been written.
Connection::Step Connection::write_out() {
    while (sent_ < out_.size()) {
        std::size_t count = 0;
        const int rc = SSL_write_ex(ssl_.get(), &out_[sent_], out_.size() - sent_, &count);
        if (rc != 1)
            return classify(rc);
        sent_ += count;
    }
    out_ = {};
    sent_ = 0;
    return Step::Next;
}

Connection::Step Connection::write_continue() {
    const Step step = write_out();
    if (step == Step::Next)
        state_ = State::ReadBody;  // within the deadline of the body
    return step;
}

Connection::Step Connection::write_reply() {
    const Step step = write_out();
    if (step != Step::Next)
        return step;
    if (!close_after_)
        return next_request();
    enter(State::Shutdown);
    return Step::Next;
}

// The next request is taken up in a turn of its own: this one's effects may be committed already.
Connection::Step Connection::next_request() {
    enter(owner_.draining() ? State::Shutdown : State::ReadHead);
    if (state_ == State::Shutdown)
        return Step::Next;
    if (!pending_.empty() || SSL_has_pending(ssl_.get()) == 1)
        resume_ = loop_.at(loop_.now(), [this] { advance(); });
    return Step::NeedRead;
}

Connection::Step Connection::shut_down() {
    SSL_shutdown(ssl_.get());  // close_notify, if it can be written at once
    if (!linger_ && pending_.empty())
        return Step::Failed;
    ::shutdown(socket_.get(), SHUT_WR);
    enter(State::Linger);
    return Step::Next;
}

// Closing a socket that has unread input resets the connection, and the reset can overtake the
// reply (RFC 9112 section 9.6). So what still comes is read and thrown away for a while.
Connection::Step Connection::linger() {
    const std::span<std::uint8_t> buffer = owner_.scratch();
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)))
        return Step::NeedRead;
    return Step::Failed;
}

void Connection::expire() {
    const bool silent = state_ == State::ReadHead && parser_.idle();
    if (!silent && state_ != State::Shutdown && state_ != State::Linger)
        owner_.on_timeout(*this);
    switch (state_) {
        case State::ReadHead:
        case State::ReadBody:
            if (silent)
                enter(State::Shutdown);
            else
                refuse(408, "the request did not come in time");
            return advance();
        case State::Handshake:
            owner_.on_refusal(*this, 0, "the handshake did not end in time");
            return finish();
        default:
            return finish();
    }
}

void Connection::close() noexcept {
    if (state_ == State::Closed)
        return;
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get()) == 1)
        SSL_shutdown(ssl_.get());
    finish();
}

void Connection::finish() noexcept {
    if (state_ == State::Closed)
        return;
    enter(State::Closed);
    resume_.reset();
    loop_.remove(socket_.get());
    ssl_.reset();
    socket_ = {};
    ERR_clear_error();
    owner_.on_closed(*this);
}

}  // namespace scep::net
