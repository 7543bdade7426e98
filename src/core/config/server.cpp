// [server] and [issuer.NAME].
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/config/tables.hpp"

namespace scep::config {

namespace {

constexpr std::array<std::string_view, 5> kLogLevels{"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kLogFormats{"text", "json"};

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
    return out;
}

}  // namespace scep::config
