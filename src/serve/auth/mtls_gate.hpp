// The gate of /scep-mtls: whether a client certificate opens this profile's route (SECURITY rules
// S17, S18). The verdict is given per request, by the profile's own bundle, at the time of the
// request; its files are looked at again while it serves, so that a revocation counts at once.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>

#include "core/check/trust.hpp"
#include "core/files/files.hpp"

namespace scep::auth {

struct GateVerdict {
    int status = 0;         // 0: open; 401; 500: there is no bundle
    std::string text{};     // for the client, gives nothing away
    std::string reason{};   // for the log, not escaped
    std::string subject{};  // of the certificate, once it is open

    bool open() const noexcept { return status == 0; }
};

class MtlsGate {
  public:
    // Without a bundle until it is refreshed.
    explicit MtlsGate(config::Mtls settings) : settings_(std::move(settings)) {}

    struct Refreshed {
        bool changed = false;            // the files were loaded anew
        std::optional<Error> failure{};  // they could not be: what was loaded before stays
    };

    // Looks at the files, at most once in a second of `now`, and loads them when one has changed.
    Refreshed refresh(TimePoint now);

    // `certificates`: what the client showed, leaf first; empty: nothing.
    GateVerdict check(std::span<const x509::Certificate> certificates, TimePoint now) const;

    // Whether these would open this gate; for the log of another one.
    bool trusts(std::span<const x509::Certificate> certificates, TimePoint now) const;

  private:
    using Stamps = std::array<std::optional<files::FileStamp>, 3>;

    Stamps stamps() const noexcept;
    Status load();

    config::Mtls settings_;
    std::optional<x509::TrustBundle> bundle_{};
    std::optional<Stamps> seen_{};  // of what was loaded, or could not be
    std::string told_{};            // the failure that was told of last
    std::size_t denied_ = 0;        // fingerprints that are loaded
    std::optional<TimePoint> looked_{};
};

}  // namespace scep::auth
