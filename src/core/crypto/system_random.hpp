// OpenSSL's generator behind Random.
#pragma once

#include "core/base/random.hpp"

namespace scep::crypto {

class SystemRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> out) noexcept override;  // aborts when there is no entropy
};

}  // namespace scep::crypto
