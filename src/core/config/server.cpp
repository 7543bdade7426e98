// [server] and [issuer.NAME].
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/config/tables.hpp"

namespace scep::config {

namespace {

constexpr std::array<std::string_view, 5> kLogLevels{"trace", "debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kLogFormats{"text", "json"};

Status read_listen(const Section& table, ListenAddress& out) {
    std::string text;
    SCEP_CHECK(table.read("listen", text));
    if (!table.has("listen"))
        return {};
    const Result<ListenAddress> address = parse_listen(text);
    if (!address)
        return fail(table.error("listen", address.error().what));
    out = *address;
    return {};
}

// An IA5String in the certificate, fetched by whoever checks it.
Status read_url(const Section& table, std::string_view key, std::string& out) {
    SCEP_CHECK(table.read(key, out));
    if (!table.has(key))
        return {};
    const bool scheme = out.starts_with("http://") || out.starts_with("https://");
    const bool plain = std::ranges::all_of(out, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!scheme || !plain || out.ends_with("://"))
        return fail(table.error(key, "want a URL that begins with http:// or https://"));
    return {};
}

}  // namespace

Result<Server> read_server(const Section& table) {
    SCEP_CHECK(table.check_keys(kServerSettings));
    Server out;
    SCEP_CHECK(read_listen(table, out.listen));
    SCEP_CHECK(table.read("tls_cert_path", out.tls_cert_path));
    SCEP_CHECK(table.read("tls_key_path", out.tls_key_path));
    auto body = static_cast<std::int64_t>(out.max_body_size);
    SCEP_CHECK(
        table.read_integer("max_body_size", limits::kMinBodySize, limits::kMaxBodySize, body));
    out.max_body_size = static_cast<std::size_t>(body);
    SCEP_CHECK(table.read("state_path", out.state_path));
    SCEP_CHECK(table.read("audit_key_path", out.audit_key_path));
    SCEP_CHECK(table.read_word("log_level", kLogLevels, out.log_level));
    SCEP_CHECK(table.read_word("log_format", kLogFormats, out.log_format));
    return out;
}

Result<Issuer> read_issuer(const std::string& id, const Section& table) {
    SCEP_CHECK(table.check_keys(kIssuerSettings));
    Issuer out;
    out.id = id;
    out.line = table.line();
    SCEP_CHECK(table.read("ca_cert_path", out.ca_cert_path));
    SCEP_CHECK(table.read("ca_key_path", out.ca_key_path));
    SCEP_CHECK(table.read("chain_path", out.chain_path));
    SCEP_CHECK(read_url(table, "crl_url", out.crl_url));
    SCEP_CHECK(read_url(table, "ocsp_url", out.ocsp_url));
    SCEP_CHECK(read_url(table, "aia_url", out.aia_url));
    return out;
}

}  // namespace scep::config
