// Rules about [server.trusted_proxy]: whose word counts about addresses and client certificates
// (SECURITY rule S21).
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/check/bundle_rules.hpp"
#include "core/check/validity.hpp"

namespace scep::check {

namespace {

constexpr unsigned kV4Offset = 96;  // of an IPv4 prefix in an IpNetwork
constexpr unsigned kEverybody = 3;  // bits: so few halves of the world make it whole
constexpr unsigned kWideV4 = 8;     // the shortest prefix that anybody has as a network of his own
constexpr unsigned kWideV6 = 16;
constexpr std::string_view kRfc9440Header = "Client-Cert";

// Headers that mean something else already, in lower case.
constexpr std::array<std::string_view, 12> kTaken{"authorization",
                                                  "client-cert-chain",
                                                  "connection",
                                                  "content-length",
                                                  "content-type",
                                                  "cookie",
                                                  "forwarded",
                                                  "host",
                                                  "transfer-encoding",
                                                  "user-agent",
                                                  "x-forwarded-for",
                                                  "x-forwarded-proto"};

const config::TrustedProxy& proxy_of(const Facts& facts) {
    return facts.deployment.config.server.trusted_proxy;
}

Where setting_place(const Facts& facts, std::string_view key) {
    return {.source = facts.deployment.config.path.string(),
            .line = proxy_of(facts).line,
            .field = fmt::format("server.trusted_proxy.{}", key)};
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c | 0x20);
    return out;
}

}  // namespace

void check_proxy_both(const Facts& facts, Reporter& out) {
    const config::TrustedProxy& proxy = proxy_of(facts);
    if (proxy.enabled && proxy.cidrs.empty())
        out.add(kServer,
                setting_place(facts, "cidrs"),
                "is not set while the trusted proxy is enabled: its header would count from nobody",
                "list the proxy's addresses, such as cidrs = [\"10.0.0.0/24\"], or set enabled = "
                "false");
    if (!proxy.enabled && !proxy.cidrs.empty())
        out.add(kServer,
                setting_place(facts, "enabled"),
                "is not true while cidrs are set: the header of the proxy would not count",
                "set enabled = true, or remove cidrs");
}

void check_proxy_networks(const Facts& facts, Reporter& out) {
    const config::TrustedProxy& proxy = proxy_of(facts);
    if (!proxy.enabled)
        return;
    for (const IpNetwork& network : proxy.cidrs) {
        const bool v4 = network.address.is_v4() && network.bits >= kV4Offset;
        const unsigned bits = v4 ? network.bits - kV4Offset : network.bits;
        if (bits >= (v4 ? kWideV4 : kWideV6))
            continue;
        const std::string text = fmt::format("{}/{}", network.address.to_text(), bits);
        Finding& finding = out.add(
            kServer,
            setting_place(facts, "cidrs"),
            bits <= kEverybody
                ? fmt::format("{} is {}everybody: any client may write the header {} itself",
                              text,
                              bits == 0 ? "" : "much of ",
                              proxy.header)
                : fmt::format("{} is wide for the addresses of proxies", text),
            "name the proxy's own addresses, such as 192.0.2.7/32");
        if (bits > kEverybody)
            finding.severity = Severity::Warning;
    }
}

void check_proxy_header(const Facts& facts, Reporter& out) {
    const config::TrustedProxy& proxy = proxy_of(facts);
    if (!proxy.enabled)
        return;
    const std::string header = to_lower(proxy.header);
    const bool standard = header == to_lower(kRfc9440Header);
    const bool rfc9440 = proxy.format == config::ForwardedFormat::Rfc9440;
    if (std::ranges::find(kTaken, header) != kTaken.end())
        out.add(kServer,
                setting_place(facts, "header"),
                fmt::format("{} means something else in HTTP", proxy.header),
                "a header of its own, such as X-SSL-Client-Cert")
            .severity = Severity::Error;
    else if (rfc9440 && !standard)
        out.add(kServer,
                setting_place(facts, "header"),
                fmt::format(
                    "is {}, while format \"rfc9440\" goes with {}", proxy.header, kRfc9440Header),
                "header = \"Client-Cert\", or the format that the proxy writes");
    else if (standard && !rfc9440)
        out.add(kServer,
                setting_place(facts, "format"),
                fmt::format("is not \"rfc9440\", which is what the header {} holds", proxy.header),
                "format = \"rfc9440\", or another header");
}

void check_proxy_unauthenticated(const Facts& facts, Reporter& out) {
    const config::TrustedProxy& proxy = proxy_of(facts);
    if (proxy.enabled && proxy.client_ca_path.empty())
        out.add(kServer,
                setting_place(facts, "client_ca_path"),
                "is not set: whoever gets an address of cidrs speaks for any device",
                "have the proxy present a TLS certificate, and name the CA of it");
}

void check_proxy_ca_valid(const Facts& facts, Reporter& out) {
    for (const x509::BundleEntry& entry : facts.deployment.proxy_cas)
        if (auto why = invalidity(entry.certificate, facts.now))
            out.add(kServer,
                    place_of(proxy_of(facts).client_ca_path, entry),
                    *std::move(why),
                    "put the CA's new certificate there: no proxy passes under this one");
}

void check_proxy_ca_expiry(const Facts& facts, Reporter& out) {
    for (const x509::BundleEntry& entry : facts.deployment.proxy_cas)
        if (auto why = nearing_expiry(entry.certificate, facts))
            out.add(kServer,
                    place_of(proxy_of(facts).client_ca_path, entry),
                    *std::move(why),
                    "put the CA's new certificate beside it in time");
}

void check_proxy_ca_constraints(const Facts& facts, Reporter& out) {
    for (const x509::BundleEntry& entry : facts.deployment.proxy_cas)
        if (!entry.certificate.is_ca() || !entry.certificate.allows_usage(x509::kKeyCertSign))
            out.add(kServer,
                    place_of(proxy_of(facts).client_ca_path, entry),
                    entry.certificate.is_ca() ? "the key usage lacks keyCertSign"
                                              : "is not a CA certificate: it lacks CA:TRUE",
                    fmt::format("name the CA that issued the proxy's certificate ({})",
                                entry.certificate.issuer_text()));
}

void check_proxy_unused(const Facts& facts, Reporter& out) {
    const config::TrustedProxy& proxy = proxy_of(facts);
    if (!proxy.enabled && !proxy.client_ca_path.empty())
        out.add(kServer,
                setting_place(facts, "client_ca_path"),
                "has no effect: the trusted proxy is not enabled",
                "set enabled = true and cidrs, or remove the setting");
    const bool gate = std::ranges::any_of(
        facts.deployment.profiles,
        [](const LoadedProfile& profile) { return profile.settings.mtls.enabled; });
    if (proxy.enabled && !gate)
        out.add(kServer,
                setting_place(facts, "header"),
                "no profile has mtls_enabled: certificates that the proxy forwards are not asked "
                "for, only the clients' addresses count",
                "set mtls_enabled for the profiles that the proxy serves");
}

}  // namespace scep::check
