#include "serve/net/listener.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "core/base/limits.hpp"
#include "serve/loop/system_error.hpp"
#include "serve/net/address.hpp"
#include "serve/net/check_address.hpp"

namespace scep::net {
namespace {

constexpr int kBacklog = 512;
constexpr int kAcceptsPerTurn = 64;  // then the connections there are have their turn
constexpr rlim_t kOtherDescriptors = 64;

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Error bind_error(const std::string& where, int number) {
    Error error{.code = Errc::Io, .what = loop::system_text(number), .where = {.source = where}};
    switch (number) {
        case EADDRINUSE:
            error.hint = "stop the program that listens there, or listen on another port";
            break;
        case EADDRNOTAVAIL:
            error.hint = "listen on an address of this machine, as `ip address` shows them";
            break;
        case EACCES:
            error.hint = "a port below 1024 needs CAP_NET_BIND_SERVICE";
            break;
        default:
            break;
    }
    return error;
}

Result<Addresses> resolve(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int rc = ::getaddrinfo(
        host.empty() ? nullptr : host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (rc != 0)
        return fail(Error{.code = Errc::Io,
                          .what = std::string("cannot resolve the address: ") + ::gai_strerror(rc),
                          .where = {.source = host_port(host, port)}});
    return Addresses(list);
}

void set_option(int fd, int level, int name, int value) noexcept {
    static_cast<void>(::setsockopt(fd, level, name, &value, sizeof value));
}

Result<files::Descriptor> bind_and_listen(const addrinfo& address, const std::string& where) {
    files::Descriptor socket(
        ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket)
        return fail(bind_error(where, errno));
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (address.ai_family == AF_INET6)
        set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (::bind(socket.get(), address.ai_addr, address.ai_addrlen) != 0 ||
        ::listen(socket.get(), kBacklog) != 0)
        return fail(bind_error(where, errno));
    return socket;
}

std::uint16_t port_of(int fd) noexcept {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        return 0;
    return peer_of(address).port;
}

// Many systems begin with a soft limit of 1,024.
void raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    const rlim_t wanted = limits::kMaxConnections + kOtherDescriptors;
    if (limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

bool out_of_resources(int number) noexcept {
    return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

// accept4 says EMFILE even when nobody is there, and then nobody needs room.
bool somebody_waits(int fd) noexcept {
    pollfd query{.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&query, 1, 0) == 1;
}

}  // namespace

Listener::Listener(loop::Loop& loop,
                   files::Descriptor socket,
                   std::uint16_t port,
                   Owner& owner) noexcept
    : loop_(loop), socket_(std::move(socket)), port_(port), owner_(owner) {}

Listener::~Listener() {
    close();
}

void Listener::close() noexcept {
    if (!socket_)
        return;
    paused_.reset();
    loop_.remove(socket_.get());
    socket_ = {};
}

Status check_address(const config::ListenAddress& address) {
    SCEP_TRY(addresses, resolve(address.host, 0));
    return bind_and_listen(*addresses, host_port(address.host, address.port))
        .map([](const files::Descriptor&) {});
}

Result<std::unique_ptr<Listener>> Listener::open(loop::Loop& loop,
                                                 const std::string& host,
                                                 std::uint16_t port,
                                                 Owner& owner) {
    raise_descriptor_limit();
    SCEP_TRY(addresses, resolve(host, port));
    SCEP_TRY(socket, bind_and_listen(*addresses, host_port(host, port)));
    const int fd = socket.get();
    auto listener = std::make_unique<Listener>(loop, std::move(socket), port_of(fd), owner);
    SCEP_CHECK(loop.add(fd, loop::Want::Read, *listener));
    return listener;
}

void Listener::on_ready() noexcept {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        sockaddr_storage address{};
        socklen_t length = sizeof address;
        files::Descriptor socket(::accept4(socket_.get(),
                                           reinterpret_cast<sockaddr*>(&address),
                                           &length,
                                           SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket) {
            set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1);
            owner_.on_accept(std::move(socket), peer_of(address));
        } else if (errno == EAGAIN) {
            return;
        } else if (out_of_resources(errno)) {
            if (!somebody_waits(socket_.get()))
                return;
            if (!owner_.make_room())
                return pause();
        }  // else that client has gone already (ECONNABORTED and its like): the next one
    }
}

// Who wants to connect waits in the backlog. Without this, epoll would report the socket for ever.
void Listener::pause() {
    loop_.change(socket_.get(), loop::Want::Nothing);
    paused_ = loop_.at(loop_.now() + limits::kAcceptPause,
                       [this] { loop_.change(socket_.get(), loop::Want::Read); });
}

}  // namespace scep::net
