#include "serve/process.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>

#include <openssl/crypto.h>

namespace scep::serve {

namespace {

constexpr std::size_t kSecureHeap = 256U << 10U;  // octets, locked; some 100 RSA keys
constexpr std::size_t kSmallestBlock = 32;        // octets

}  // namespace

void harden_process() noexcept {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    // A file that may not grow is an error where it is written, not the end of the process.
    static_cast<void>(signal(SIGXFSZ, SIG_IGN));
    // Without the right to lock memory OpenSSL uses the ordinary heap, wiped on release all the
    // same.
    CRYPTO_secure_malloc_init(kSecureHeap, kSmallestBlock);
}

}  // namespace scep::serve
