// Randomness that is handed in. The real source is crypto/system_random.hpp.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/bytes.hpp"

namespace scep {

class Random {
  public:
    Random() = default;
    Random(const Random&) = delete;
    Random& operator=(const Random&) = delete;
    virtual ~Random() = default;

    // Fills all of `out` with unpredictable bytes; a source that cannot, aborts the process.
    virtual void fill(std::span<std::uint8_t> out) noexcept = 0;

    Buffer bytes(std::size_t count) {
        Buffer out(count);
        fill(out);
        return out;
    }
};

// A repeatable source for tests and replays (splitmix64). Never for keys that matter.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) noexcept : state_(seed) {}

    void fill(std::span<std::uint8_t> out) noexcept override {
        for (std::uint8_t& byte : out)
            byte = static_cast<std::uint8_t>(next() >> 32U);
    }

  private:
    std::uint64_t next() noexcept {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31U);
    }

    std::uint64_t state_;
};

}  // namespace scep
