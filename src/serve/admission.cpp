#include "serve/admission.hpp"

#include <utility>

#include <fmt/format.h>

#include "serve/endpoint/route.hpp"

namespace scep::serve {

namespace {

endpoint::Outcome refuse(int status, std::string_view text, std::string detail) {
    return {.reply = http::text_reply(status, text),
            .action = "-",
            .decision = fmt::format("refused {}", status),
            .detail = std::move(detail)};
}

endpoint::Outcome too_many() {
    endpoint::Outcome out = refuse(429, "too many requests", "past the rate limit");
    out.reply.headers.emplace_back("Retry-After", "1");
    return out;
}

}  // namespace

Result<Admission> Admission::make(const check::Deployment& deployment,
                                  ServedProfiles& profiles,
                                  TimePoint now,
                                  OnRefreshed on_refreshed) {
    for (const auto& [path_id, profile] : profiles)
        if (profile.gate)
            if (const auto loaded = profile.gate->refresh(now); loaded.failure)
                return fail(*loaded.failure);
    const config::Server& server = deployment.config.server;
    Admission out(profiles, std::move(on_refreshed));
    SCEP_TRY(proxy, auth::TrustedProxy::make(server.trusted_proxy, deployment.proxy_cas));
    out.proxy_ = std::move(proxy);
    if (server.rate_limit.enabled)
        out.rate_.emplace(
            server.rate_limit.burst,
            std::chrono::nanoseconds(std::chrono::seconds(1)) / server.rate_limit.rps);
    return out;
}

std::optional<endpoint::Outcome> Admission::find_profile(const http::Request& request,
                                                         bool& mtls,
                                                         Admitted& out) const {
    const std::optional<endpoint::Route> route = endpoint::route_of(request.path);
    const auto found = route ? profiles_->find(route->path_id) : profiles_->end();
    if (found == profiles_->end() || (route->mtls && !found->second.snapshot.settings.mtls.enabled))
        return refuse(404, "there is no such SCEP path here", "path " + request.path);
    out.profile = &found->second;
    mtls = route->mtls;
    if (!mtls && found->second.snapshot.settings.mtls.only)
        return refuse(403, "this profile is served under /scep-mtls only", "mtls_only");
    return std::nullopt;
}

// For the operator: a device that stands at the wrong door.
std::string Admission::other_gate(const ServedProfile& refused,
                                  const auth::Client& client,
                                  TimePoint now,
                                  loop::Instant instant) {
    if (!elsewhere_.take(IpAddress{}, instant))
        return {};
    for (const auto& [path_id, profile] : *profiles_)
        if (&profile != &refused && profile.gate && profile.gate->trusts(client.certificates, now))
            return fmt::format("; it is trusted by the bundle of {}",
                               path_id.empty() ? "/scep-mtls" : "/scep-mtls/" + path_id);
    return {};
}

auth::GateVerdict Admission::refreshed_verdict(const ServedProfile& profile,
                                               const auth::Client& client,
                                               TimePoint now) {
    if (!profile.gate)
        return auth::MtlsGate({}).check(client.certificates, now);
    const auth::MtlsGate::Refreshed refreshed = profile.gate->refresh(now);
    if ((refreshed.changed || refreshed.failure) && on_refreshed_)
        on_refreshed_(profile.snapshot.settings.path_id, refreshed);
    return profile.gate->check(client.certificates, now);
}

std::optional<endpoint::Outcome> Admission::pass_gate(const ServedProfile& profile,
                                                      const auth::Client& client,
                                                      TimePoint now,
                                                      loop::Instant instant,
                                                      Admitted& out) {
    auth::GateVerdict verdict = refreshed_verdict(profile, client, now);
    if (verdict.open()) {
        out.bootstrap = client.certificates.front();
        return std::nullopt;
    }
    if (!client.certificates.empty())
        verdict.reason += other_gate(profile, client, now, instant);
    return refuse(verdict.status, verdict.text, std::move(verdict.reason));
}

bool Admission::within_rate(const std::string& address, loop::Instant instant, bool count) {
    if (!rate_)
        return true;
    const Result<IpAddress> ip = parse_ip(address);
    if (!ip)
        return true;
    return count ? rate_->take(*ip, instant) : rate_->has(*ip, instant);
}

Admitted Admission::look(Part part,
                         const net::Peer& peer,
                         const http::Request& request,
                         TimePoint now,
                         loop::Instant instant) {
    const bool whole = part == Part::Whole;
    const auth::Client client = proxy_.client_of(peer.address, peer.certificates, request, now);
    Admitted out{.client_address = client.address, .ignored_headers = client.ignored};
    bool mtls = false;
    if (!client.defect.empty())
        out.refusal = refuse(400, "bad request", client.defect);
    else if (!within_rate(client.address, instant, whole))
        out.refusal = too_many();
    else if (out.refusal = find_profile(request, mtls, out);
             !out.refusal && mtls && (whole || client.certificates.empty()))
        out.refusal = pass_gate(*out.profile, client, now, instant, out);
    if (out.refusal && out.refusal->reply.status == 401 && peer.unreadable_certificate &&
        !client.proxied)
        out.refusal->detail = "the client certificate cannot be read";
    return out;
}

Admitted Admission::admit_head(const net::Peer& peer,
                               const http::Request& head,
                               TimePoint now,
                               loop::Instant instant) {
    Admitted out = look(Part::Head, peer, head, now, instant);
    if (out.refusal)  // then there is no whole request that would count
        within_rate(out.client_address, instant, true);
    return out;
}

Admitted Admission::admit(const net::Peer& peer,
                          const http::Request& request,
                          TimePoint now,
                          loop::Instant instant) {
    return look(Part::Whole, peer, request, now, instant);
}

}  // namespace scep::serve
