// Whether a device would pass an mTLS route, and at which certificate of its chain it fails.
//
// The verdict is x509::TrustBundle's, which serve decides by. The links explain it: the chain is
// built once more, from the device up to the first anchor, and each link's conditions are looked at
// one by one, so that an operator sees all that is wrong and not only what OpenSSL met first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/x509/trust_bundle.hpp"

namespace scep::check {

// A certificate and where it was read.
struct PlacedCertificate {
    x509::Certificate certificate{};
    std::string source{};
    std::size_t line = 0;  // 0: DER

    std::string place() const;  // "bundle.pem:12"
};

struct Device {
    PlacedCertificate leaf{};
    std::vector<PlacedCertificate> chain{};  // sent along with it
};

// What a route decides by.
struct Gate {
    std::vector<PlacedCertificate> anchors{};
    std::vector<x509::Crl> crls{};
    std::vector<x509::Fingerprint> denied{};
};

struct LinkCheck {
    std::string_view name;  // "issuer", "dates", "ca", "key-usage", "path-length", ...
    bool good = false;
    std::string text{};  // "issued by CN=root (bundle.pem:1)"; not escaped
};

struct ChainLink {
    PlacedCertificate certificate{};
    bool anchor = false;  // of the bundle, trusted as it stands
    std::vector<LinkCheck> checks{};
};

struct DeviceVerdict {
    x509::TrustVerdict verdict{};
    std::vector<ChainLink> links{};  // the device first

    bool good() const noexcept { return verdict.good(); }
};

// Crypto when OpenSSL cannot take one of the anchors or lists.
Result<DeviceVerdict> check_device(const Device& device, const Gate& gate, TimePoint now);

}  // namespace scep::check
