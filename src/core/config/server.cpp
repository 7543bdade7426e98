// [server] and [issuer.NAME].
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/config/tables.hpp"

namespace scep::config {

namespace {

constexpr std::array<std::string_view, 5> kLogLevels{"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kLogFormats{"text", "json"};
constexpr std::array<std::string_view, 3> kForwardedFormats{
    "pem-urlencoded", "der-base64", "rfc9440"};

void read_listen(const Section& table, ListenAddress& out) {
    std::string text;
    if (!table.read("listen", text))
        return;
    const Result<ListenAddress> address = parse_listen(text);
    if (address)
        out = *address;
    else
        table.complain("listen", {address.error().what});
}

void read_cidrs(const Section& table, std::vector<IpNetwork>& out) {
    std::vector<std::string> texts;
    table.read("cidrs", texts);
    for (const std::string& text : texts) {
        const Result<IpNetwork> network = parse_network(text);
        if (network)
            out.push_back(*network);
        else
            table.complain("cidrs", {network.error().what});
    }
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

void read_trusted_proxy(const Section& table, TrustedProxy& out) {
    table.check_keys(kTrustedProxySettings);
    out.line = table.line();
    table.read("enabled", out.enabled);
    read_cidrs(table, out.cidrs);
    if (table.read("header", out.header) && !is_token(out.header))
        table.complain("header", {"want the name of one HTTP header"});
    std::string format(kForwardedFormats.front());
    table.read_word("format", kForwardedFormats, format);
    out.format = static_cast<ForwardedFormat>(std::ranges::find(kForwardedFormats, format) -
                                              kForwardedFormats.begin());
    table.read("client_ca_path", out.client_ca_path);
}

void read_rate_limit(const Section& table, RateLimit& out) {
    table.check_keys(kRateLimitSettings);
    table.read("enabled", out.enabled);
    table.read_integer("rps", 1, limits::kMaxRate, out.rps);
    table.read_integer("burst", 1, limits::kMaxRate, out.burst);
}

// An IA5String in the certificate, fetched by whoever checks it.
void read_url(const Section& table, std::string_view key, std::string& out) {
    if (!table.read(key, out))
        return;
    const bool scheme = out.starts_with("http://") || out.starts_with("https://");
    const bool plain = std::ranges::all_of(out, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!scheme || !plain || out.ends_with("://"))
        table.complain(key, {"want a URL that begins with http:// or https://"});
}

}  // namespace

Server read_server(const Section& table) {
    table.check_keys(kServerSettings);
    Server out;
    read_listen(table, out.listen);
    table.read("tls_cert_path", out.tls_cert_path);
    table.read("tls_key_path", out.tls_key_path);
    auto body = static_cast<std::int64_t>(out.max_body_size);
    table.read_integer("max_body_size", limits::kMinBodySize, limits::kMaxBodySize, body);
    out.max_body_size = static_cast<std::size_t>(body);
    table.read("state_path", out.state_path);
    table.read("audit_key_path", out.audit_key_path);
    table.read_word("log_level", kLogLevels, out.log_level);
    table.read_word("log_format", kLogFormats, out.log_format);
    if (const auto proxy = table.child("trusted_proxy"))
        read_trusted_proxy(*proxy, out.trusted_proxy);
    if (const auto rate = table.child("rate_limit"))
        read_rate_limit(*rate, out.rate_limit);
    return out;
}

Issuer read_issuer(const std::string& id, const Section& table) {
    table.check_keys(kIssuerSettings);
    Issuer out;
    out.id = id;
    out.line = table.line();
    table.read("ca_cert_path", out.ca_cert_path);
    table.read("ca_key_path", out.ca_key_path);
    table.read("chain_path", out.chain_path);
    read_url(table, "crl_url", out.crl_url);
    read_url(table, "ocsp_url", out.ocsp_url);
    read_url(table, "aia_url", out.aia_url);
    table.read("next_ca_cert_path", out.next_ca_cert_path);
    table.read("next_ca_key_path", out.next_ca_key_path);
    table.read("previous_ca_cert_path", out.previous_ca_cert_path);
    return out;
}

}  // namespace scep::config
