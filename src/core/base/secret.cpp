#include "core/base/secret.hpp"

#include <string.h>

namespace scep {

void wipe(void* data, std::size_t size) noexcept {
    if (size != 0)
        explicit_bzero(data, size);
}

bool equal_constant_time(Bytes a, Bytes b) noexcept {
    if (a.size() != b.size())
        return false;
    volatile std::uint8_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

}  // namespace scep
