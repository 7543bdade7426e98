#include "core/check/bundle_check.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/check/rule.hpp"

namespace scep::check {

namespace {

// Rules of a bundle by itself; those about a profile's settings need a profile.
constexpr std::array<std::string_view, 9> kBundleRules{"trust-valid",
                                                       "trust-expiry",
                                                       "trust-basic-constraints",
                                                       "trust-key-usage",
                                                       "trust-key-size",
                                                       "trust-signature",
                                                       "trust-duplicate",
                                                       "trust-namesake",
                                                       "trust-crl-missing"};
// Once for all files: they share the lists.
constexpr std::array<std::string_view, 4> kListRules{
    "trust-crl", "trust-crl-expiry", "trust-crl-issuer", "trust-deny-empty"};

// A profile that has this bundle and no more, as the rules want it.
Deployment deployment_of(const BundleQuestion& question,
                         const std::string& path,
                         std::vector<x509::BundleEntry> bundle) {
    LoadedProfile profile;
    profile.settings.path_id = kServer;
    profile.settings.mtls = {.enabled = true,
                             .bundle_path = path,
                             .crl_path = question.crl_path,
                             .deny_path = question.deny_path};
    profile.trust = {.bundle = std::move(bundle), .crls = question.crls, .denied = question.denied};
    Deployment out;
    out.profiles.push_back(std::move(profile));
    return out;
}

void apply(std::span<const std::string_view> ids,
           const Deployment& deployment,
           const BundleQuestion& question,
           std::vector<Finding>& out) {
    const Facts facts{
        .deployment = deployment, .now = question.now, .min_remaining = question.min_remaining};
    for (const std::string_view id : ids) {
        Reporter reporter(rule(id), out);
        rule(id).check(facts, reporter);
    }
}

// storeutl lists what is in a bundle, but not what is in a PKCS#7.
std::string way_to_read(const std::string& path, std::string_view what) {
    if (what.starts_with("got PKCS7") || what.starts_with("got CMS"))
        return fmt::format("openssl pkcs7 -print_certs -in {} gives its certificates",
                           shell_file(path));
    return fmt::format("openssl storeutl -noout -certs {} lists what can be read",
                       shell_file(path));
}

void add_unreadable(const BundleFile& file, std::vector<Finding>& out) {
    Reporter reporter(rule("trust-bundle"), out);
    for (const Error& error : file.reading.errors) {
        Error plain = error;
        plain.where = {};
        plain.cite.clear();
        reporter.add(kServer,
                     error.where,
                     to_text(plain),
                     !error.hint.empty() ? error.hint : way_to_read(file.path, error.what));
    }
}

std::vector<PlacedCertificate> placed(const BundleFile& file) {
    std::vector<PlacedCertificate> out;
    out.reserve(file.reading.entries.size());
    for (const x509::BundleEntry& entry : file.reading.entries)
        out.push_back({entry.certificate, file.path, entry.line});
    return out;
}

Result<DeviceVerdict> judge(const BundleQuestion& question,
                            std::vector<PlacedCertificate> anchors) {
    return check_device(
        *question.device,
        {.anchors = std::move(anchors), .crls = question.crls, .denied = question.denied},
        question.now);
}

std::vector<PartialCa> partial_cas(const std::vector<BundleFile>& files) {
    std::vector<PartialCa> all;
    std::map<x509::Fingerprint, std::size_t> known;
    for (std::size_t i = 0; i < files.size(); ++i)
        for (const x509::BundleEntry& entry : files[i].reading.entries) {
            const auto [at, fresh] = known.emplace(entry.certificate.fingerprint(), all.size());
            if (fresh)
                all.push_back({.certificate = entry.certificate,
                               .lines = std::vector<std::size_t>(files.size()),
                               .has = std::vector<bool>(files.size())});
            PartialCa& ca = all[at->second];
            if (!ca.has[i])
                ca.lines[i] = entry.line;
            ca.has[i] = true;
        }
    std::erase_if(
        all, [](const PartialCa& ca) { return std::ranges::find(ca.has, false) == ca.has.end(); });
    return all;
}

Result<FileAnswer> answer_file(const BundleQuestion& question, const BundleFile& file) {
    FileAnswer out;
    add_unreadable(file, out.findings);
    apply(kBundleRules,
          deployment_of(question, file.path, file.reading.entries),
          question,
          out.findings);
    if (!question.device)
        return out;
    SCEP_TRY(verdict, judge(question, placed(file)));
    out.device = std::move(verdict);
    return out;
}

}  // namespace

std::vector<Finding> BundleAnswer::findings() const {
    std::vector<Finding> out;
    for (const FileAnswer& file : files)
        out.insert(out.end(), file.findings.begin(), file.findings.end());
    out.insert(out.end(), shared.begin(), shared.end());
    return out;
}

bool BundleAnswer::good() const {
    return !has_error(findings()) && std::ranges::all_of(files, [](const FileAnswer& file) {
        return !file.device || file.device->good();
    });
}

Result<BundleAnswer> check_bundles(const BundleQuestion& question) {
    BundleAnswer out;
    std::vector<x509::BundleEntry> entries;
    std::vector<PlacedCertificate> anchors;
    for (const BundleFile& file : question.files) {
        SCEP_TRY(answer, answer_file(question, file));
        out.files.push_back(std::move(answer));
        entries.insert(entries.end(), file.reading.entries.begin(), file.reading.entries.end());
        const std::vector<PlacedCertificate> own = placed(file);
        anchors.insert(anchors.end(), own.begin(), own.end());
    }
    apply(kListRules,
          deployment_of(question, question.files.front().path, std::move(entries)),
          question,
          out.shared);
    if (question.files.size() == 1)
        return out;
    out.partial = partial_cas(question.files);
    if (question.device) {
        SCEP_TRY(verdict, judge(question, std::move(anchors)));
        out.together = std::move(verdict);
    }
    return out;
}

}  // namespace scep::check
