// The files behind a profile's mTLS route, loaded: what serve decides by, and what the rules look
// at.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/config/config.hpp"
#include "core/x509/trust_bundle.hpp"

namespace scep::check {

struct LoadedTrust {
    std::vector<x509::BundleEntry> bundle{};
    std::vector<x509::Crl> crls{};
    std::vector<x509::Fingerprint> denied{};
};

// Which of the files an error is about.
struct TrustErrors {
    std::optional<Error> bundle{}, crl{}, deny{};

    bool any() const noexcept { return bundle || crl || deny; }
};

// All three as far as they can be read; files that are not configured are left out. Errors are Io
// (cannot be read) and Config (with line), bundle_path being unset among them.
LoadedTrust load_trust(const config::Mtls& settings, TrustErrors& errors);

}  // namespace scep::check
