// A configuration that is right, to be spoilt by each test.
#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "core/config/config.hpp"

namespace scep::test {

inline constexpr std::string_view kGood = R"([server]
tls_cert_path = "tls.crt"
tls_key_path = "tls.key"

[issuer.iss-local]
ca_cert_path = "ca.crt"
ca_key_path = "ca.key"

[certificate_profile.devices]

[scep.corp]
issuer_id = "iss-local"
profile_id = "devices"
challenge_password_file = "challenge"
ra_cert_path = "ra.crt"
ra_key_path = "ra.key"
)";

// The configuration with `line` put behind the table header `table` ("[server]").
inline std::string with(std::string_view table, std::string_view line) {
    std::string out(kGood);
    const std::size_t place = out.find(table);
    REQUIRE(place != std::string::npos);
    return out.insert(out.find('\n', place) + 1, std::string(line) + "\n");
}

// The configuration without the line that begins with `key`.
inline std::string without(std::string_view key) {
    std::string out(kGood);
    const std::size_t place = out.find("\n" + std::string(key));
    REQUIRE(place != std::string::npos);
    return out.erase(place, out.find('\n', place + 1) - place);
}

inline Result<config::Config> parse(std::string_view toml) {
    return config::parse_config(toml, "/etc/x/c.toml");
}

// "c.toml:2:1: server.lisen: unknown setting | did you mean listen?"
inline std::string refusal(std::string_view toml) {
    const Result<config::Config> parsed = parse(toml);
    if (parsed)
        return "accepted";
    CHECK(parsed.error().code == Errc::Config);
    const std::string text = to_text(parsed.error());
    constexpr std::string_view kDirectory = "/etc/x/";
    REQUIRE(text.starts_with(kDirectory));
    const std::string hint = parsed.error().hint.empty() ? "" : " | " + parsed.error().hint;
    return text.substr(kDirectory.size()) + hint;
}

}  // namespace scep::test
