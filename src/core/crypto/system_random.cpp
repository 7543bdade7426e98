#include "core/crypto/system_random.hpp"

#include <algorithm>
#include <climits>
#include <cstdlib>

#include <openssl/rand.h>

namespace scep::crypto {

void SystemRandom::fill(std::span<std::uint8_t> out) noexcept {
    while (!out.empty()) {
        const std::size_t count = std::min<std::size_t>(out.size(), INT_MAX);
        if (RAND_bytes(out.data(), static_cast<int>(count)) != 1)
            std::abort();
        out = out.subspan(count);
    }
}

}  // namespace scep::crypto
