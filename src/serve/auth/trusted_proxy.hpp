// A reverse proxy whose word about its client counts (SECURITY rule S21): the client's certificate
// in one named header, its address in X-Forwarded-For. Without one every such header is ignored.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/http/message.hpp"
#include "core/x509/trust_bundle.hpp"

namespace scep::auth {

// Who is really asking.
struct Client {
    std::string address{};
    std::vector<x509::Certificate> certificates{};  // leaf first; the device's, never a proxy's
    bool proxied = false;
    std::string defect{};     // a header of the proxy that cannot be right: 400
    std::size_t ignored = 0;  // headers about clients, from who has no say in that
};

class TrustedProxy {
  public:
    // Trusts nobody.
    TrustedProxy() = default;
    // `cas`: of client_ca_path. Crypto.
    static Result<TrustedProxy> make(const config::TrustedProxy& settings,
                                     std::span<const x509::BundleEntry> cas);

    // `address` and `certificates` are those of the connection.
    Client client_of(const std::string& address,
                     std::span<const x509::Certificate> certificates,
                     const http::Request& request,
                     TimePoint now) const;

  private:
    bool trusts(const IpAddress& address) const noexcept;
    bool is_listed(const std::string& address) const;
    bool authenticates(std::span<const x509::Certificate> certificates, TimePoint now) const;
    // A certificate from a proxy's address, or one by the proxies' CA from elsewhere, is a proxy's,
    // known as one or not, and never a device's.
    bool is_about_proxy(const std::string& address,
                        std::span<const x509::Certificate> certificates,
                        TimePoint now) const;
    bool is_proxy(const std::string& address,
                  std::span<const x509::Certificate> certificates,
                  TimePoint now) const;
    void read_certificate(const http::Request& request, Client& out) const;
    void read_address(const http::Request& request, Client& out) const;

    config::TrustedProxy settings_{};
    std::optional<x509::TrustBundle> cas_{};
};

}  // namespace scep::auth
