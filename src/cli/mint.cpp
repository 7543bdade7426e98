#include "cli/mint.hpp"

#include <array>

namespace scep::cli {

namespace {

constexpr std::size_t kCharacters = 27;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// Bytes beyond the last whole multiple are drawn again.
constexpr unsigned kFair = 256 / kAlphabet.size() * kAlphabet.size();

}  // namespace

SecretBytes mint_challenge(Random& random) {
    SecretBytes out;
    out.reserve(kCharacters);
    while (out.size() < kCharacters) {
        std::array<std::uint8_t, 1> byte{};
        random.fill(byte);
        if (byte[0] < kFair)
            out.push_back(static_cast<std::uint8_t>(kAlphabet[byte[0] % kAlphabet.size()]));
    }
    return out;
}

}  // namespace scep::cli
