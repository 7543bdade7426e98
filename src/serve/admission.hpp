// Who is let in before SCEP is spoken: which profile is meant, who is really asking, how often, and
// whether the gate of the mTLS route opens. No sockets.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "serve/auth/rate_limit.hpp"
#include "serve/auth/trusted_proxy.hpp"
#include "serve/endpoint/endpoint.hpp"
#include "serve/loop/loop.hpp"
#include "serve/net/front.hpp"
#include "serve/served_profiles.hpp"

namespace scep::serve {

struct Admitted {
    const ServedProfile* profile = nullptr;        // null when it is refused before that is known
    std::string client_address{};                  // behind a trusted proxy, its client's
    std::optional<x509::Certificate> bootstrap{};  // what opened the mTLS route
    std::size_t ignored_headers = 0;               // about the client, from who has no say in that
    std::optional<endpoint::Outcome> refusal{};
};

class Admission {
  public:
    // Told of every gate whose files were loaded anew, or could not be.
    using OnRefreshed =
        std::function<void(const std::string& path_id, const auth::MtlsGate::Refreshed&)>;

    // Loads every gate. `profiles` is borrowed. Config, Io, Crypto.
    static Result<Admission> make(const check::Deployment& deployment,
                                  ServedProfiles& profiles,
                                  TimePoint now,
                                  OnRefreshed on_refreshed);

    // Before the body of a request is read: what would be refused whatever it says. Without the
    // verdict on a certificate, which costs a signature.
    Admitted admit_head(const net::Peer& peer,
                        const http::Request& head,
                        TimePoint now,
                        loop::Instant instant);
    // The whole request; counts against the rate.
    Admitted admit(const net::Peer& peer,
                   const http::Request& request,
                   TimePoint now,
                   loop::Instant instant);

  private:
    enum class Part : std::uint8_t { Head, Whole };

    Admission(ServedProfiles& profiles, OnRefreshed on_refreshed)
        : profiles_(&profiles), on_refreshed_(std::move(on_refreshed)) {}

    Admitted look(Part part,
                  const net::Peer& peer,
                  const http::Request& request,
                  TimePoint now,
                  loop::Instant instant);
    std::optional<endpoint::Outcome> find_profile(const http::Request& request,
                                                  bool& mtls,
                                                  Admitted& out) const;
    std::optional<endpoint::Outcome> pass_gate(const ServedProfile& profile,
                                               const auth::Client& client,
                                               TimePoint now,
                                               loop::Instant instant,
                                               Admitted& out);
    std::string other_gate(const ServedProfile& refused,
                           const auth::Client& client,
                           TimePoint now,
                           loop::Instant instant);
    auth::GateVerdict refreshed_verdict(const ServedProfile& profile,
                                        const auth::Client& client,
                                        TimePoint now);
    bool within_rate(const std::string& address, loop::Instant instant, bool count);

    ServedProfiles* profiles_;
    OnRefreshed on_refreshed_;
    auth::TrustedProxy proxy_{};
    std::optional<auth::RateLimit> rate_{};
    // Asking all the other gates is for the log of an operator, not for whoever floods it.
    auth::RateLimit elsewhere_{limits::kElsewhere, limits::kElsewhereEvery};
};

}  // namespace scep::serve
