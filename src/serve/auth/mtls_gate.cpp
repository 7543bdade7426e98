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
    // Whoever writes a file in place empties it first.
    if (denied_ != 0 && files::inspect(settings_.deny_path).map(&files::FileInfo::size) == 0U)
        return fail({.code = Errc::Config,
                     .what = "is empty, and was not before",
                     .where = {.source = settings_.deny_path.string()},
                     .hint = "a comment line in it denies nobody, on purpose"});
    std::vector<x509::Certificate> anchors;
    anchors.reserve(trust.bundle.size());
    for (x509::BundleEntry& entry : trust.bundle)
        anchors.push_back(std::move(entry.certificate));
    const std::size_t denied = trust.denied.size();
    SCEP_TRY(bundle, x509::TrustBundle::make(anchors, trust.crls, std::move(trust.denied)));
    bundle_ = std::move(bundle);
    denied_ = denied;
    return {};
}

MtlsGate::Refreshed MtlsGate::refresh(TimePoint now) {
    if (looked_ == now)
        return {};
    looked_ = now;
    const Stamps found = stamps();
    if (found == seen_)
        return {};
    Status loaded = load();
    // A file that is wrong is wrong until it changes; one that could not be read is tried again.
    if (loaded || loaded.error().code != Errc::Io)
        seen_ = found;
    if (loaded)
        return told_.clear(), Refreshed{.changed = true};
    if (std::string text = to_text(loaded.error()); std::exchange(told_, text) != text)
        return {.failure = std::move(loaded).error()};
    return {};
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
