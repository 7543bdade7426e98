#include "core/check/device_check.hpp"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "core/x509/key_facts.hpp"

namespace scep::check {

namespace {

std::string key_of(const Result<x509::Name>& name) {
    return name ? name->match_key() : std::string{};
}

// Builds the chain and judges its links.
class Walk {
  public:
    Walk(const Device& device, const Gate& gate, TimePoint now)
        : device_(device), gate_(gate), now_(now) {
        for (const PlacedCertificate& anchor : gate.anchors)
            anchors_.emplace(key_of(anchor.certificate.subject()), &anchor);
    }

    std::vector<ChainLink> run() {
        const PlacedCertificate* current = &device_.leaf;
        while (current != nullptr && links_.size() <= limits::kMaxChain + 1) {
            links_.push_back({.certificate = *current, .anchor = is_anchor(current->certificate)});
            judge_itself(links_.back());
            current = links_.back().anchor ? nullptr : judge_issuer(links_.back());
        }
        return std::move(links_);
    }

  private:
    using Candidates = std::vector<const PlacedCertificate*>;

    static void note(ChainLink& link, std::string_view name, bool good, std::string text) {
        link.checks.push_back({name, good, std::move(text)});
    }

    bool is_anchor(const x509::Certificate& certificate) const {
        const auto [first, last] = anchors_.equal_range(key_of(certificate.subject()));
        return std::any_of(
            first, last, [&](const auto& it) { return it.second->certificate == certificate; });
    }

    void judge_itself(ChainLink& link) const {
        const x509::Certificate& certificate = link.certificate.certificate;
        const bool early = now_ < certificate.not_before();
        note(link,
             "dates",
             certificate.valid_at(now_),
             fmt::format("{} {}",
                         early                        ? "not valid before"
                         : certificate.valid_at(now_) ? "valid until"
                                                      : "expired on",
                         to_rfc3339(early ? certificate.not_before() : certificate.not_after())));
        links_.size() == 1 ? judge_leaf(link) : judge_ca(link);
        const bool denied =
            std::ranges::find(gate_.denied, certificate.fingerprint()) != gate_.denied.end();
        if (!gate_.denied.empty())
            note(link, "denied", !denied, denied ? "its fingerprint is denied" : "not denied");
    }

    static void judge_leaf(ChainLink& link) {
        const x509::Certificate& leaf = link.certificate.certificate;
        const bool absent = leaf.extension(oid::kExtendedKeyUsage) == nullptr;
        const bool good =
            absent || leaf.has_eku(oid::kClientAuth) || leaf.has_eku(oid::kAnyExtendedKeyUsage);
        note(link,
             "extended-key-usage",
             good,
             absent ? "no extended key usage: for anything"
             : good ? "for TLS clients"
                    : "not for TLS clients: it lacks clientAuth");
    }

    void judge_ca(ChainLink& link) const {
        const x509::Certificate& ca = link.certificate.certificate;
        note(link, "ca", ca.is_ca(), ca.is_ca() ? "CA:TRUE" : "lacks CA:TRUE");
        const bool signs = ca.allows_usage(x509::kKeyCertSign);
        note(link, "key-usage", signs, signs ? "may sign certificates" : "lacks keyCertSign");
        const auto constraints = ca.basic_constraints();
        if (!constraints || !constraints->path_length)
            return;
        // RFC 5280 section 4.2.1.9: self-issued ones do not count, nor does the device.
        const auto below = static_cast<std::size_t>(
            std::count_if(links_.begin() + 1, links_.end() - 1, [](const ChainLink& other) {
                return !other.certificate.certificate.self_issued();
            }));
        note(link,
             "path-length",
             below <= *constraints->path_length,
             fmt::format("{} CA{} below it, {} allowed",
                         below,
                         below == 1 ? "" : "s",
                         *constraints->path_length));
    }

    // Anchors first, as the verifier has it.
    Candidates candidates(const std::string& issuer) const {
        Candidates out;
        const auto [first, last] = anchors_.equal_range(issuer);
        for (auto it = first; it != last; ++it)
            out.push_back(it->second);
        for (const PlacedCertificate& sent : device_.chain)
            if (key_of(sent.certificate.subject()) == issuer && !is_used(sent.certificate))
                out.push_back(&sent);
        return out;
    }

    bool is_used(const x509::Certificate& certificate) const {
        return std::ranges::any_of(links_, [&](const ChainLink& link) {
            return link.certificate.certificate == certificate;
        });
    }

    // Of several certificates of the issuer the first that is valid now, as the verifier takes it,
    // whatever else is wrong with it.
    const PlacedCertificate* choose(const Candidates& named, const x509::Certificate& below) const {
        const PlacedCertificate* fallback = nullptr;
        for (const PlacedCertificate* candidate : named) {
            if (!x509::has_signed(candidate->certificate, below))
                continue;
            if (candidate->certificate.valid_at(now_))
                return candidate;
            fallback = fallback == nullptr ? candidate : fallback;
        }
        return fallback;
    }

    const PlacedCertificate* judge_issuer(ChainLink& link) const {
        const x509::Certificate& certificate = link.certificate.certificate;
        const Candidates named = candidates(key_of(certificate.issuer()));
        const PlacedCertificate* issuer = choose(named, certificate);
        if (issuer == nullptr) {
            note(link,
                 "issuer",
                 false,
                 named.empty()
                     ? fmt::format("its issuer {} is neither in the bundle nor was it sent",
                                   certificate.issuer_text())
                     : fmt::format("{} has the name of its issuer, but did not sign it",
                                   named.front()->place()));
            return nullptr;
        }
        note(link,
             "issuer",
             true,
             fmt::format("issued by {} ({})", certificate.issuer_text(), issuer->place()));
        if (!gate_.crls.empty())
            judge_revocation(link, issuer->certificate);
        return issuer;
    }

    void judge_revocation(ChainLink& link, const x509::Certificate& issuer) const {
        const std::string name = key_of(issuer.subject());
        std::string why = fmt::format("there is no CRL of {}", issuer.subject_text());
        for (const x509::Crl& crl : gate_.crls) {
            if (crl.issuer_key != name)
                continue;
            if (const Status by = x509::check_crl_issued_by(crl, issuer); !by) {
                why = fmt::format("the CRL of {} {}", crl.issuer, by.error().what);
            } else if (!crl.current_at(now_)) {
                why = fmt::format("the CRL of {} is not current", crl.issuer);
            } else {
                const bool revoked = x509::is_revoked_by(crl, link.certificate.certificate);
                note(link,
                     "revocation",
                     !revoked,
                     fmt::format(
                         "{} by the CRL of {}", revoked ? "revoked" : "not revoked", crl.issuer));
                return;
            }
        }
        note(link, "revocation", false, std::move(why));
    }

    const Device& device_;
    const Gate& gate_;
    TimePoint now_;
    std::unordered_multimap<std::string, const PlacedCertificate*> anchors_{};
    std::vector<ChainLink> links_{};
};

std::vector<x509::Certificate> bare(const std::vector<PlacedCertificate>& placed) {
    std::vector<x509::Certificate> out;
    out.reserve(placed.size());
    for (const PlacedCertificate& one : placed)
        out.push_back(one.certificate);
    return out;
}

bool is_explained(const std::vector<ChainLink>& links) {
    return std::ranges::any_of(links, [](const ChainLink& link) {
        return !std::ranges::all_of(link.checks, &LinkCheck::good);
    });
}

// What only the verifier looks at: an unknown critical extension, name constraints, MD5.
void explain(std::vector<ChainLink>& links, const x509::TrustVerdict& verdict) {
    const auto fault = std::ranges::find_if(links, [&](const ChainLink& link) {
        return link.certificate.certificate.subject_text() == verdict.subject;
    });
    ChainLink& link = fault == links.end() ? links.front() : *fault;
    link.checks.push_back({"verification", false, verdict.reason});
}

}  // namespace

std::string PlacedCertificate::place() const {
    return line == 0 ? source : fmt::format("{}:{}", source, line);
}

Result<DeviceVerdict> check_device(const Device& device, const Gate& gate, TimePoint now) {
    SCEP_TRY(bundle, x509::TrustBundle::make(bare(gate.anchors), gate.crls, gate.denied));
    DeviceVerdict out;
    out.verdict = bundle.check(device.leaf.certificate, bare(device.chain), now);
    out.links = Walk(device, gate, now).run();
    if (!out.good() && !is_explained(out.links))
        explain(out.links, out.verdict);
    return out;
}

}  // namespace scep::check
