// A socket as OpenSSL reads and writes it, with an allowance: SSL_read goes on reading for as long
// as the peer sends what is not application data, and nothing else would have its turn.
#pragma once

#include <cstddef>

#include "core/crypto/ossl.hpp"

namespace scep::net {

struct SocketSource {
    int socket = -1;
    std::size_t allowance = 0;  // octets that may still be read; then "try again"
    bool cut = false;           // no more is read: the peer has overdone it
    bool ended = false;         // the peer has sent all it will
};

// Borrows `source` for as long as the BIO lives. null when there is no memory.
crypto::BioPtr make_socket_bio(SocketSource& source);

}  // namespace scep::net
