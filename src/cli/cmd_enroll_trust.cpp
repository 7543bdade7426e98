// enroll: by what the CA is known.
#include <algorithm>

#include <fmt/format.h>

#include "cli/cmd_enroll_plan.hpp"
#include "core/base/encoding.hpp"

namespace scep::cli {

namespace {

constexpr std::string_view kLabels[] = {
    "sha256 fingerprint=", "sha256:", "sha-256:", "sha1 fingerprint=", "sha1:", "sha-1:"};

bool starts_with_word(std::string_view text, std::string_view word) {
    return std::ranges::equal(text.substr(0, word.size()), word, {}, [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
}

// As programs show it: openssl's "sha256 Fingerprint=AB:CD", others' "SHA256:abcd".
std::string_view label_of(std::string_view text) {
    for (const std::string_view label : kLabels)
        if (starts_with_word(text, label))
            return label;
    return {};
}

// The octets of a fingerprint of exactly that size; a label must not say otherwise.
template <std::size_t Size>
std::optional<std::array<std::uint8_t, Size>> octets_of(std::string_view text) {
    const std::string_view label = label_of(text);
    const bool sha1 = label.find('1') != std::string_view::npos;
    const auto octets = from_hex(text.substr(label.size()));
    if (!octets || octets->size() != Size || (!label.empty() && sha1 != (Size == kSha1Octets)))
        return std::nullopt;
    std::array<std::uint8_t, Size> out{};
    std::ranges::copy(*octets, out.begin());
    return out;
}

Result<Fingerprint> parse_fingerprint(std::string_view option, std::string_view text) {
    if (const auto print = octets_of<std::tuple_size_v<Fingerprint>>(text))
        return *print;
    Error error = wrong_value(option, text, "a SHA-256 fingerprint: 64 hexadecimal digits");
    error.hint = "openssl x509 -in ca.crt -noout -fingerprint -sha256";
    return fail(std::move(error));
}

Status plan_ca(TrustSettings& trust, const std::string& text, Io& io) {
    if (const auto sha1 = octets_of<kSha1Octets>(text)) {
        warning(io,
                "--ca-fingerprint is SHA-1, which can be forged with enough work: ask the CA's "
                "operator for the SHA-256 one");
        trust.ca_sha1 = *sha1;
        return {};
    }
    SCEP_TRY(print, parse_fingerprint("--ca-fingerprint", text));
    trust.ca_fingerprint = print;
    return {};
}

}  // namespace

Status plan_trust(TrustSettings& trust, const EnrollOptions& options, Io& io) {
    trust.on_first_use = options.trust_on_first_use;
    if (!options.ca_fingerprint.empty())
        SCEP_CHECK(plan_ca(trust, options.ca_fingerprint, io));
    for (const std::string& text : options.ra_fingerprints) {
        SCEP_TRY(print, parse_fingerprint("--ra-fingerprint", text));
        trust.ra_fingerprints.push_back(print);
    }
    return {};
}

}  // namespace scep::cli
