// bundle-check: trust bundles of mTLS routes as files, and whether a device would pass by them.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/app.hpp"
#include "cli/bundle_report.hpp"
#include "cli/usage.hpp"
#include "core/files/files.hpp"

namespace scep::cli {

namespace {

constexpr int kMaxDays = 36500;

struct Options {
    std::vector<std::string> files{};
    std::string client_cert{}, client_chain{}, crl{}, deny{};
    std::string format = "text";
    int min_days = 30;
};

Status check_options(const Options& options) {
    if (!options.client_chain.empty() && options.client_cert.empty())
        return fail(Errc::Usage, "--client-chain goes with --client-cert");
    std::vector<std::string> all = options.files;
    all.insert(all.end(), {options.client_cert, options.client_chain, options.crl, options.deny});
    if (std::ranges::count(all, "-") > 1)
        return fail(Errc::Usage, "standard input (-) can be read once only");
    return {};
}

std::string shown(const std::string& path) {
    return path == "-" ? "<stdin>" : path;
}

// For a file that is not itself in question: any fault of it ends the run.
template <class T>
Result<std::vector<T>> load(const std::string& path,
                            Result<std::vector<T>> (*parse)(Bytes, std::string_view)) {
    if (path.empty())
        return std::vector<T>{};
    SCEP_TRY(file, files::load(path));
    return parse(file, shown(path));
}

// A certificate file of the device's own may hold its key as well.
Result<std::vector<check::PlacedCertificate>> load_sent(const std::string& path) {
    std::vector<check::PlacedCertificate> out;
    if (path.empty())
        return out;
    SCEP_TRY(file, files::load(path));
    x509::BundleReading reading = x509::read_bundle(file, shown(path), x509::Keys::PassOver);
    if (!reading.errors.empty())
        return fail(std::move(reading.errors.front()));
    for (x509::BundleEntry& entry : reading.entries)
        out.push_back({std::move(entry.certificate), shown(path), entry.line});
    return out;
}

Result<std::optional<check::Device>> load_device(const Options& options) {
    if (options.client_cert.empty())
        return std::nullopt;
    SCEP_TRY(own, load_sent(options.client_cert));
    SCEP_TRY(more, load_sent(options.client_chain));
    check::Device out{.leaf = own.front(), .chain = {own.begin() + 1, own.end()}};
    out.chain.insert(out.chain.end(), more.begin(), more.end());
    return out;
}

Result<check::BundleQuestion> load_question(const Options& options, TimePoint now) {
    check::BundleQuestion out;
    for (const std::string& path : options.files) {
        SCEP_TRY(file, files::load(path));
        out.files.push_back({shown(path), x509::read_bundle(file, shown(path))});
    }
    SCEP_TRY(crls, load(options.crl, x509::parse_crls));
    SCEP_TRY(denied, load(options.deny, x509::parse_fingerprints));
    SCEP_TRY(device, load_device(options));
    out.crl_path = options.crl.empty() ? "" : shown(options.crl);
    out.deny_path = options.deny.empty() ? "" : shown(options.deny);
    out.crls = std::move(crls);
    out.denied = std::move(denied);
    out.device = std::move(device);
    out.now = now;
    out.min_remaining = std::chrono::hours(24) * options.min_days;
    return out;
}

Exit bundle_check(const Options& options, Io& io) {
    if (const Status status = check_options(options); !status)
        return report(io, status.error());
    const Result<check::BundleQuestion> question = load_question(options, io.clock.now());
    if (!question)
        return report(io, question.error());
    const Result<check::BundleAnswer> answer = check::check_bundles(*question);
    if (!answer)
        return report(io, answer.error());
    options.format == "json" ? print_bundle_json(io, *question, *answer)
                             : print_bundle_text(io, *question, *answer);
    return answer->good() ? Exit::Ok : Exit::Refused;
}

}  // namespace

Action attach_bundle_check(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("FILE", options->files, "bundles, PEM or DER, each one profile's; - is stdin")
        ->required();
    app.add_option("--client-cert",
                   options->client_cert,
                   "say whether the device with this certificate would pass, and where it fails")
        ->type_name("FILE");
    app.add_option("--client-chain", options->client_chain, "what the device sends along with it")
        ->type_name("FILE");
    app.add_option("--crl", options->crl, "revocation lists, as mtls_crl_path")->type_name("FILE");
    app.add_option("--deny", options->deny, "denied fingerprints, as mtls_deny_path")
        ->type_name("FILE");
    app.add_option("--min-days", options->min_days, "warn of what expires within so many days")
        ->transform(whole_number())
        ->check(CLI::Range(0, kMaxDays))
        ->type_name("DAYS")
        ->capture_default_str();
    app.add_option("--format", options->format, "output form: text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    return [options](Io& io) { return bundle_check(*options, io); };
}

}  // namespace scep::cli
