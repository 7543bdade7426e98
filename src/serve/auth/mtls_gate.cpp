#include "serve/auth/mtls_gate.hpp"

#include <utility>

namespace scep::auth {

namespace {

GateVerdict unauthorized(std::string reason) {
    return {.status = 401,
            .text = "the client certificate is not accepted here",
            .reason = std::move(reason)};
}

}  // namespace

MtlsGate::Stamps MtlsGate::stamps() const noexcept {
    return {files::stamp(settings_.bundle_path),
            files::stamp(settings_.crl_path),
            files::stamp(settings_.deny_path)};
}

Status MtlsGate::load() {
    check::TrustErrors errors;
    check::LoadedTrust trust = check::load_trust(settings_, errors);
    for (const auto& error : {errors.bundle, errors.crl, errors.deny})
        if (error)
            return fail(*error);
    std::vector<x509::Certificate> anchors;
    anchors.reserve(trust.bundle.size());
    for (x509::BundleEntry& entry : trust.bundle)
        anchors.push_back(std::move(entry.certificate));
    SCEP_TRY(bundle, x509::TrustBundle::make(anchors, trust.crls, std::move(trust.denied)));
    bundle_ = std::move(bundle);
    return {};
}

MtlsGate::Refreshed MtlsGate::refresh(TimePoint now) {
    if (looked_ == now)
        return {};
    looked_ = now;
    // Remembered also when they cannot be loaded: a broken file is complained about once.
    const Stamps found = stamps();
    if (std::exchange(seen_, found) == found)
        return {};
    if (Status loaded = load(); !loaded)
        return {.failure = std::move(loaded).error()};
    return {.changed = true};
}

GateVerdict MtlsGate::check(std::span<const x509::Certificate> certificates, TimePoint now) const {
    if (!bundle_)
        return {.status = 500,
                .text = "this route is not set up",
                .reason = "the mTLS route has no trust bundle"};
    if (certificates.empty())
        return {.status = 401,
                .text = "this route needs a client certificate",
                .reason = "no client certificate"};
    x509::TrustVerdict verdict = bundle_->check(certificates.front(), certificates.subspan(1), now);
    if (!verdict.good())
        return unauthorized(std::move(verdict.reason));
    return {.subject = std::move(verdict.subject)};
}

bool MtlsGate::trusts(std::span<const x509::Certificate> certificates, TimePoint now) const {
    return !certificates.empty() && check(certificates, now).open();
}

}  // namespace scep::auth
