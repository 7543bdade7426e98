#include "serve/auth/trusted_proxy.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/base/encoding.hpp"
#include "core/base/limits.hpp"

namespace scep::auth {

namespace {

constexpr std::string_view kForwardedFor = "X-Forwarded-For";

// What proxies write about their clients; the configured header beside them.
constexpr std::array<std::string_view, 9> kAboutClients{kForwardedFor,
                                                        "Forwarded",
                                                        "X-Real-IP",
                                                        "X-SSL-Client-Cert",
                                                        "SSL-Client-Cert",
                                                        "X-Client-Cert",
                                                        "X-Forwarded-Client-Cert",
                                                        "Client-Cert",
                                                        "Client-Cert-Chain"};

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c ^ 0x20) : c;
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The one header of that name; empty when there is none or it says nothing. nullopt: several.
std::optional<std::string_view> only(const http::Request& request, std::string_view name) {
    std::string_view out;
    std::size_t count = 0;
    for (const auto& [header, value] : request.headers)
        if (same_name(header, name)) {
            out = trim(value);
            ++count;
        }
    return count > 1 ? std::nullopt : std::optional(out);
}

std::size_t count_ignored(const http::Request& request, std::string_view configured) {
    return static_cast<std::size_t>(std::ranges::count_if(request.headers, [&](const auto& header) {
        return same_name(header.first, configured) ||
               std::ranges::any_of(kAboutClients, [&](std::string_view name) {
                   return same_name(header.first, name);
               });
    }));
}

Result<std::vector<x509::Certificate>> one_der(const std::optional<Buffer>& der) {
    if (!der)
        return fail(Errc::Protocol, "not base64");
    SCEP_TRY(certificate, x509::Certificate::parse(*der));
    return std::vector{std::move(certificate)};
}

// RFC 9440 section 2.1: a byte sequence of RFC 8941, between colons.
Result<std::vector<x509::Certificate>> from_rfc9440(std::string_view value) {
    if (value.size() < 2 || value.front() != ':' || value.back() != ':')
        return fail(Errc::Protocol, "not between colons");
    return one_der(from_base64(value.substr(1, value.size() - 2)));
}

Result<std::vector<x509::Certificate>> from_pem(std::string_view value) {
    const std::optional<std::string> pem = percent_decode(value);
    if (!pem)
        return fail(Errc::Protocol, "not percent-encoded");
    if (!pem->starts_with("-----BEGIN "))
        return fail(Errc::Protocol, "not PEM");
    return x509::parse_certificates(as_bytes(*pem), {}, true);
}

Result<std::vector<x509::Certificate>> parse_forwarded(config::ForwardedFormat format,
                                                       std::string_view value) {
    switch (format) {
        case config::ForwardedFormat::PemUrlencoded:
            return from_pem(value);
        case config::ForwardedFormat::DerBase64:
            return one_der(from_base64(value));
        case config::ForwardedFormat::Rfc9440:
            break;
    }
    return from_rfc9440(value);
}

}  // namespace

Result<TrustedProxy> TrustedProxy::make(const config::TrustedProxy& settings,
                                        std::span<const x509::BundleEntry> cas) {
    TrustedProxy out;
    out.settings_ = settings;
    if (!settings.enabled || settings.client_ca_path.empty())
        return out;
    std::vector<x509::Certificate> anchors;
    for (const x509::BundleEntry& entry : cas)
        anchors.push_back(entry.certificate);
    SCEP_TRY(bundle, x509::TrustBundle::make(anchors));
    out.cas_ = std::move(bundle);
    return out;
}

bool TrustedProxy::trusts(const IpAddress& address) const noexcept {
    return std::ranges::any_of(settings_.cidrs,
                               [&](const IpNetwork& network) { return network.contains(address); });
}

bool TrustedProxy::is_listed(const std::string& address) const {
    const Result<IpAddress> ip = parse_ip(address);
    return settings_.enabled && ip && trusts(*ip);
}

bool TrustedProxy::authenticates(std::span<const x509::Certificate> certificates,
                                 TimePoint now) const {
    return cas_ && !certificates.empty() &&
           cas_->check(certificates.front(), certificates.subspan(1), now).good();
}

bool TrustedProxy::is_proxy(const std::string& address,
                            std::span<const x509::Certificate> certificates,
                            TimePoint now) const {
    return is_listed(address) &&
           (settings_.client_ca_path.empty() || authenticates(certificates, now));
}

bool TrustedProxy::is_about_proxy(const std::string& address,
                                  std::span<const x509::Certificate> certificates,
                                  TimePoint now) const {
    return is_listed(address) || authenticates(certificates, now);
}

void TrustedProxy::read_certificate(const http::Request& request, Client& out) const {
    const auto value = only(request, settings_.header);
    if (!value) {
        out.defect = fmt::format("{} more than once", settings_.header);
        return;
    }
    if (value->empty())  // HAProxy sends an empty one for a client without a certificate
        return;
    auto certificates = parse_forwarded(settings_.format, *value);
    if (!certificates)
        out.defect = fmt::format("{}: {}", settings_.header, to_text(certificates.error()));
    else if (certificates->size() > limits::kMaxForwardedCertificates)
        out.defect = fmt::format("{}: too many certificates", settings_.header);
    else
        out.certificates = *std::move(certificates);
}

// The last address that no proxy of ours has: those before it are the client's own words.
void TrustedProxy::read_address(const http::Request& request, Client& out) const {
    const auto value = only(request, kForwardedFor);
    if (!value) {
        out.defect = fmt::format("{} more than once", kForwardedFor);
        return;
    }
    for (std::string_view rest = *value; !rest.empty();) {
        const std::size_t comma = rest.rfind(',');
        const Result<IpAddress> ip =
            parse_ip(trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1)));
        if (!ip) {
            out.defect = fmt::format("{}: {}", kForwardedFor, ip.error().what);
            return;
        }
        out.address = ip->to_text();
        if (comma == std::string_view::npos || !trusts(*ip))
            return;
        rest = rest.substr(0, comma);
    }
}

Client TrustedProxy::client_of(const std::string& address,
                               std::span<const x509::Certificate> certificates,
                               const http::Request& request,
                               TimePoint now) const {
    Client out{.address = address};
    out.proxied = is_proxy(address, certificates, now);
    if (!out.proxied) {
        if (!is_about_proxy(address, certificates, now))
            out.certificates.assign(certificates.begin(), certificates.end());
        out.ignored = count_ignored(request, settings_.header);
        return out;
    }
    read_certificate(request, out);
    if (out.defect.empty())
        read_address(request, out);
    return out;
}

}  // namespace scep::auth
