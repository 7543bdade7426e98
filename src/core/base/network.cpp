#include "core/base/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <span>

#include <fmt/format.h>

#include "core/base/escape.hpp"

namespace scep {

namespace {

constexpr std::array<std::uint8_t, 12> kV4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kV4Offset = 96;  // bits of it
constexpr unsigned kAllBits = 128;
constexpr unsigned kClientBits = 64;  // of an IPv6 address

Error bad_network(std::string_view text, std::string_view why) {
    return {.code = Errc::Usage, .what = fmt::format("\"{}\" {}", escape_text(text), why)};
}

// The address with every bit behind the first `bits` cleared.
IpAddress masked(IpAddress address, unsigned bits) noexcept {
    for (unsigned i = 0; i < address.octets.size(); ++i) {
        const unsigned kept = std::min(8U, bits - std::min(bits, 8 * i));
        address.octets[i] &= static_cast<std::uint8_t>(0xff00U >> kept);
    }
    return address;
}

}  // namespace

bool IpAddress::is_v4() const noexcept {
    return std::ranges::equal(kV4Prefix, std::span(octets).first(kV4Prefix.size()));
}

std::string IpAddress::to_text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool v4 = is_v4();
    const void* at = v4 ? &octets[kV4Prefix.size()] : octets.data();
    const char* done = inet_ntop(v4 ? AF_INET : AF_INET6, at, text.data(), text.size());
    return done == nullptr ? std::string() : std::string(done);
}

Result<IpAddress> parse_ip(std::string_view text) {
    const std::string word(text);
    IpAddress out;
    if (text.find('\0') != std::string_view::npos)
        return fail(bad_network(text, "is not an IP address"));
    if (inet_pton(AF_INET6, word.c_str(), out.octets.data()) == 1)
        return out;
    std::ranges::copy(kV4Prefix, out.octets.begin());
    if (inet_pton(AF_INET, word.c_str(), &out.octets[kV4Prefix.size()]) == 1)
        return out;
    return fail(bad_network(text, "is not an IP address"));
}

IpAddress client_of(IpAddress address) noexcept {
    return address.is_v4() ? address : masked(address, kClientBits);
}

std::string client_of(const std::string& address) {
    const Result<IpAddress> parsed = parse_ip(address);
    return parsed ? client_of(*parsed).to_text() : address;
}

bool IpNetwork::contains(const IpAddress& other) const noexcept {
    return masked(other, bits) == address;
}

Result<IpNetwork> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    SCEP_TRY(address, parse_ip(text.substr(0, slash)));
    IpNetwork out{.address = address};
    if (slash == std::string_view::npos)
        return out;
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const unsigned offset = address.is_v4() ? kV4Offset : 0;
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() ||
        bits > kAllBits - offset)
        return fail(bad_network(text, "is not a network, want ADDRESS/BITS"));
    out.bits = bits + offset;
    if (masked(address, out.bits) != address)
        return fail(bad_network(text,
                                fmt::format("has bits set behind its prefix, want {}/{}",
                                            masked(address, out.bits).to_text(),
                                            bits)));
    return out;
}

}  // namespace scep
