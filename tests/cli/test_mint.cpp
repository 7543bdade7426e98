#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "cli/mint.hpp"

namespace {

using namespace scep;

// The octets that it is told to give, one after the other, again from the first.
class GivenRandom final : public Random {
  public:
    explicit GivenRandom(Buffer octets) : octets_(std::move(octets)) {}

    void fill(std::span<std::uint8_t> out) noexcept override {
        for (std::uint8_t& octet : out)
            octet = octets_[next_++ % octets_.size()];
    }

    std::size_t drawn() const noexcept { return next_; }

  private:
    Buffer octets_;
    std::size_t next_ = 0;
};

}  // namespace

TEST_SUITE("cli/mint") {
    TEST_CASE("S14 a challenge is 27 letters and digits, another each time") {
        std::set<std::string> seen;
        SeededRandom random(1);
        for (int i = 0; i < 100; ++i) {
            const SecretBytes challenge = cli::mint_challenge(random);
            CHECK(challenge.size() == 27);
            CHECK(std::ranges::all_of(challenge, [](int c) { return std::isalnum(c) != 0; }));
            seen.emplace(as_text(challenge));
        }
        CHECK(seen.size() == 100);
    }

    TEST_CASE("S14 no character is likelier than another") {
        Buffer every(256);
        for (std::size_t i = 0; i < every.size(); ++i)
            every[i] = static_cast<std::uint8_t>(i);
        GivenRandom random(every);
        std::map<std::uint8_t, int> counts;
        // 27 times 248 octets that count: 248 challenges draw all 256 octets 27 times
        for (int i = 0; i < 248; ++i)
            for (const std::uint8_t c : cli::mint_challenge(random))
                ++counts[c];
        CHECK(counts.size() == 62);
        CHECK(std::ranges::all_of(counts, [](const auto& one) { return one.second == 27 * 4; }));
    }
}
