#include "serve/net/socket_bio.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace scep::net {
namespace {

SocketSource& source_of(BIO* bio) {
    return *static_cast<SocketSource*>(BIO_get_data(bio));
}

bool try_again() noexcept {
    return errno == EAGAIN || errno == EINTR;
}

int read_some(BIO* bio, char* out, int size) {
    SocketSource& source = source_of(bio);
    BIO_clear_retry_flags(bio);
    if (source.cut || size <= 0)
        return -1;
    const std::size_t want = std::min(static_cast<std::size_t>(size), source.allowance);
    if (want == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const ssize_t count = ::recv(source.socket, out, want, 0);
    if (count > 0)
        source.allowance -= static_cast<std::size_t>(count);
    else if (count == 0)
        source.ended = true;
    else if (try_again())
        BIO_set_retry_read(bio);
    return static_cast<int>(count);
}

int write_some(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t count = ::send(
        source_of(bio).socket, data, static_cast<std::size_t>(std::max(size, 0)), MSG_NOSIGNAL);
    if (count < 0 && try_again())
        BIO_set_retry_write(bio);
    return static_cast<int>(count);
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    if (command == BIO_CTRL_EOF)
        return source_of(bio).ended ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// Lives as long as the process.
const BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == nullptr || BIO_meth_set_read(method, read_some) != 1 ||
        BIO_meth_set_write(method, write_some) != 1 || BIO_meth_set_ctrl(method, control) != 1)
        return nullptr;
    return method;
}

}  // namespace

crypto::BioPtr make_socket_bio(SocketSource& source) {
    static const BIO_METHOD* const method = make_method();
    crypto::BioPtr bio(method != nullptr ? BIO_new(method) : nullptr);
    if (bio) {
        BIO_set_data(bio.get(), &source);
        BIO_set_init(bio.get(), 1);
    }
    return bio;
}

}  // namespace scep::net
