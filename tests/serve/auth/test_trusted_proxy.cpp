#include <doctest/doctest.h>

#include "core/base/encoding.hpp"
#include "serve/auth/trusted_proxy.hpp"
#include "support/pki.hpp"

using namespace scep;
using namespace scep::test;
using auth::Client;
using auth::TrustedProxy;
using config::ForwardedFormat;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

const Identity& device() {
    static const Identity out = make_identity({.subject = "CN=device"}, ec_key(), nullptr);
    return out;
}

config::TrustedProxy settings(ForwardedFormat format = ForwardedFormat::PemUrlencoded) {
    config::TrustedProxy out{.enabled = true, .format = format};
    out.cidrs = {*parse_network("10.0.0.0/24"), *parse_network("::1")};
    return out;
}

Client ask(const config::TrustedProxy& proxy,
           const std::string& address,
           const Headers& headers,
           std::vector<x509::Certificate> tls = {},
           std::vector<x509::BundleEntry> cas = {}) {
    const http::Request request{.method = "GET", .headers = headers};
    return must(TrustedProxy::make(proxy, cas)).client_of(address, tls, request, kNow);
}

std::string pem() {
    return percent_encode(x509::to_pem(device().certificate));
}

std::string base64() {
    return to_base64(device().certificate.der());
}

}  // namespace

TEST_SUITE("serve/auth/trusted_proxy") {
    TEST_CASE("S21 by default every header about the client is ignored, and counted") {
        const Identity own = make_identity({.subject = "CN=own"}, ec_key(), nullptr);
        const Headers forged{{"X-SSL-Client-Cert", pem()},
                             {"client-cert", ":" + base64() + ":"},
                             {"X-Forwarded-For", "192.0.2.9"},
                             {"Host", "a"}};
        for (const auto& proxy : {config::TrustedProxy{}, settings()}) {
            const Client client = ask(proxy, "198.51.100.1", forged, {own.certificate});
            CHECK_FALSE(client.proxied);
            CHECK(client.address == "198.51.100.1");
            REQUIRE(client.certificates.size() == 1);
            CHECK(client.certificates.front() == own.certificate);
            CHECK(client.ignored == 3);
            CHECK(client.defect.empty());
        }
        auto named = settings();
        named.header = "X-Device";
        CHECK(ask(named, "198.51.100.1", {{"x-device", "a"}}).ignored == 1);
    }

    TEST_CASE("S21 one named header of a trusted address counts, in each format") {
        const std::vector<std::pair<ForwardedFormat, std::string>> rows{
            {ForwardedFormat::PemUrlencoded, pem()},
            {ForwardedFormat::DerBase64, base64()},
            {ForwardedFormat::Rfc9440, ":" + base64() + ":"}};
        for (const auto& [format, value] : rows)
            for (const std::string address : {"10.0.0.7", "::1"}) {
                const Client client = ask(settings(format),
                                          address,
                                          {{"x-ssl-client-cert", value},
                                           {"Client-Cert", "whatever"},
                                           {"X-Forwarded-For", "192.0.2.9"}});
                CHECK(client.defect == "");
                CHECK(client.proxied);
                REQUIRE(client.certificates.size() == 1);
                CHECK(client.certificates.front() == device().certificate);
                CHECK(client.address == "192.0.2.9");
            }
    }

    TEST_CASE("S21 an empty or absent header means no certificate, never the proxy's own") {
        const Identity proxy = make_identity({.subject = "CN=proxy"}, ec_key(), nullptr);
        for (const Headers& headers :
             {Headers{}, Headers{{"X-SSL-Client-Cert", ""}}, Headers{{"X-SSL-Client-Cert", " "}}}) {
            const Client client = ask(settings(), "10.0.0.7", headers, {proxy.certificate});
            CHECK(client.defect.empty());
            CHECK(client.certificates.empty());
            CHECK(client.address == "10.0.0.7");
        }
    }

    TEST_CASE("S21 doubled or malformed headers of a trusted proxy are a defect") {
        const Headers doubled{{"X-SSL-Client-Cert", pem()}, {"x-ssl-client-cert", pem()}};
        CHECK(ask(settings(), "10.0.0.7", doubled).defect == "X-SSL-Client-Cert more than once");
        const Headers twice{{"X-SSL-Client-Cert", ""}, {"X-SSL-Client-Cert", ""}};
        CHECK(ask(settings(), "10.0.0.7", twice).defect != "");
        const std::string der = base64();
        const std::vector<std::pair<ForwardedFormat, std::string>> rows{
            {ForwardedFormat::PemUrlencoded, "CN=device"},
            {ForwardedFormat::PemUrlencoded, "%zz"},
            {ForwardedFormat::PemUrlencoded, der},
            {ForwardedFormat::PemUrlencoded, "-----BEGIN%20CERTIFICATE-----%0AAAAA%0A"},
            {ForwardedFormat::DerBase64, "!"},
            {ForwardedFormat::DerBase64, der.substr(8)},
            {ForwardedFormat::DerBase64, pem()},
            {ForwardedFormat::Rfc9440, der},
            {ForwardedFormat::Rfc9440, ":"},
            {ForwardedFormat::Rfc9440, "::"}};
        for (const auto& row : rows) {
            CAPTURE(row.second);
            const auto& [format, value] = row;
            const Client client = ask(settings(format), "10.0.0.7", {{"X-SSL-Client-Cert", value}});
            CHECK(client.defect.starts_with("X-SSL-Client-Cert: "));
            CHECK(client.certificates.empty());
        }
    }

    TEST_CASE("S21 the client's address is the last that is no proxy of ours") {
        const std::vector<std::pair<std::string, std::string>> rows{
            {"192.0.2.9", "192.0.2.9"},
            {"203.0.113.5, 192.0.2.9", "192.0.2.9"},
            {"203.0.113.5, 192.0.2.9, 10.0.0.8", "192.0.2.9"},
            {"10.0.0.8", "10.0.0.8"},
            {"2001:DB8::1", "2001:db8::1"},
            {"", "10.0.0.7"}};
        for (const auto& row : rows) {
            CAPTURE(row.first);
            const auto& [value, want] = row;
            const Client client = ask(settings(), "10.0.0.7", {{"X-Forwarded-For", value}});
            CHECK(client.defect == "");
            CHECK(client.address == want);
        }
        for (const std::string value : {"unknown", "192.0.2.9:80", "192.0.2.9,", "a, b"}) {
            CAPTURE(value);
            CHECK(ask(settings(), "10.0.0.7", {{"X-Forwarded-For", value}}).defect != "");
        }
        CHECK(ask(settings(),
                  "10.0.0.7",
                  {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-For", "192.0.2.2"}})
                  .defect == "X-Forwarded-For more than once");
    }

    TEST_CASE("S21 with client_ca_path the proxy has to show who it is") {
        const Identity ca = make_ca(ec_key(), "CN=proxy CA");
        const auto proxy =
            make_identity({.subject = "CN=proxy", .ekus = {oid::kClientAuth}}, ec_key(), &ca)
                .certificate;
        auto with_ca = settings();
        with_ca.client_ca_path = "proxy-ca.pem";
        const std::vector<x509::BundleEntry> cas{{ca.certificate, 1}};
        const Headers headers{{"X-SSL-Client-Cert", pem()}};
        CHECK(ask(with_ca, "10.0.0.7", headers, {proxy}, cas).proxied);
        for (const std::vector<x509::Certificate>& shown :
             {std::vector<x509::Certificate>{}, {device().certificate}}) {
            const Client client = ask(with_ca, "10.0.0.7", headers, shown, cas);
            CHECK_FALSE(client.proxied);
            CHECK(client.certificates.empty());
            CHECK(client.ignored == 1);
        }
        CHECK(ask(with_ca, "198.51.100.1", headers, {proxy}, cas).certificates.empty());
        CHECK(ask(with_ca, "198.51.100.1", headers, {device().certificate}, cas).certificates ==
              std::vector{device().certificate});
        CHECK_FALSE(ask(with_ca, "198.51.100.1", headers, {proxy}, cas).proxied);
        CHECK_FALSE(ask(with_ca, "10.0.0.7", headers, {proxy}, {}).proxied);
    }
}
