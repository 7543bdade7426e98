// preflight: every rule over a configuration, as serve would start on it, or over a live server.
#include "cli/cmd_preflight.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/config_path.hpp"
#include "cli/judgement.hpp"
#include "cli/usage.hpp"
#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"

namespace scep::cli {

namespace {

struct Options {
    std::string config;
    std::vector<std::string> profiles;
    std::vector<std::string> clients;
    std::string url, tls_ca;
    unsigned min_days = 30;
    std::string format = "text";
    bool strict = false, list_rules = false, print_config = false;

    bool json() const noexcept { return format == "json"; }
};

Error unknown(std::string_view option,
              std::string_view word,
              const std::vector<std::string_view>& known,
              std::string_view list) {
    const std::string_view near = nearest(word, known);
    return {.code = Errc::Usage,
            .what = fmt::format("{} is not known", escape_text(word)),
            .where = {.source = std::string(option)},
            .hint = near.empty() ? std::string(list) : fmt::format("did you mean {}?", near)};
}

Result<std::vector<const check::ClientFamily*>> families(const std::vector<std::string>& words) {
    std::vector<const check::ClientFamily*> out;
    std::vector<std::string_view> names;
    for (const check::ClientFamily& family : check::client_families())
        names.push_back(family.name);
    for (const std::string& word : words) {
        const check::ClientFamily* family = check::client_family(word);
        if (family == nullptr)
            return fail(unknown("--clients", word, names, "--clients list says which there are"));
        if (std::ranges::find(out, family) == out.end())
            out.push_back(family);
    }
    return out;
}

// As tables show the root profile, whose path id is empty.
std::string shown(const std::string& path_id) {
    return path_id.empty() ? "-" : path_id;
}

Result<std::vector<std::string>> path_ids(const std::vector<std::string>& words,
                                          const config::Config& config) {
    std::vector<std::string> known, out;
    for (const config::Profile& profile : config.profiles)
        known.push_back(shown(profile.path_id));
    const std::vector<std::string_view> names(known.begin(), known.end());
    for (const std::string& word : words) {
        if (std::ranges::find(known, word) == known.end())
            return fail(unknown("--profile",
                                word,
                                names,
                                fmt::format("the configuration has {}", fmt::join(known, ", "))));
        out.push_back(word == "-" ? "" : word);
    }
    return out;
}

Result<check::Judging> judging(const Options& options, const Io& io) {
    SCEP_TRY(clients, families(options.clients));
    return check::Judging{.now = io.clock.now(),
                          .min_remaining = std::chrono::days(1) * std::int64_t{options.min_days},
                          .clients = std::move(clients),
                          .strict = options.strict};
}

Exit judge_server(const Options& options, const check::Judging& judging, Io& io) {
    const Result<check::Probe> probe = probe_server(options.url, options.tls_ca);
    if (!probe)
        return report(io, probe.error());
    const check::Report judged = check::judge(*probe, judging);
    print_report(io, judged, options.format);
    return exit_of(judged);
}

Exit show_configuration(const Options& options, const config::Reading& reading, Io& io) {
    for (const Error& text : reading.warnings)
        warning(io, to_text(text));
    Exit out = Exit::Ok;
    for (const Error& error : reading.errors)
        out = std::max(out, report(io, error));
    if (reading.parsed)
        print_configuration(io, reading.config, options.json());
    return out;
}

Exit judge_files(const Options& options, check::Judging judging, Io& io) {
    config::Reading reading = read_configuration(options.config);
    if (options.print_config)
        return show_configuration(options, reading, io);
    if (reading.parsed) {
        auto profiles = path_ids(options.profiles, reading.config);
        if (!profiles)
            return report(io, profiles.error());
        judging.profiles = *std::move(profiles);
    }
    const Judgement judgement = judge_configuration(std::move(reading), judging);
    print_report(io, judgement.report, options.format);
    return exit_of(judgement);
}

// Lists have no findings to put into a report.
Status check_format(const Options& options) {
    const bool listing = options.list_rules || options.print_config ||
                         options.clients == std::vector<std::string>{"list"};
    if (!listing || options.json() || options.format == "text")
        return {};
    return fail({.code = Errc::Usage,
                 .what = fmt::format("--format {} is for findings, a list is text or json",
                                     options.format)});
}

Exit preflight(const Options& options, Io& io) {
    if (const Status format = check_format(options); !format)
        return report(io, format.error());
    if (options.list_rules)
        return list_rules(io, options.json()), Exit::Ok;
    if (options.clients == std::vector<std::string>{"list"})
        return list_clients(io, options.json()), Exit::Ok;
    const Result<check::Judging> how = judging(options, io);
    if (!how)
        return report(io, how.error());
    return options.url.empty() ? judge_files(options, *how, io) : judge_server(options, *how, io);
}

void add_what(CLI::App& app, Options& options) {
    auto* config = app.add_option("--config",
                                  options.config,
                                  "configuration file (default: $CERTCTL_SCEP_CONFIG, else "
                                  "/etc/certctl-scep/certctl-scep.toml)")
                       ->type_name("FILE");
    auto* profiles = app.add_option("--profile",
                                    options.profiles,
                                    "only this profile and the server, by its path id; - is the "
                                    "one at /scep; may be given several times")
                         ->type_name("ID")
                         ->allow_extra_args(false);
    auto* clients = app.add_option("--clients",
                                   options.clients,
                                   "judge for these client families too: cisco,windows,ios,...; "
                                   "list says which there are")
                        ->type_name("NAMES")
                        ->delimiter(',')
                        ->allow_extra_args(false);
    auto* print = app.add_flag(
        "--print-config", options.print_config, "print every setting with its origin, and exit");
    auto* url =
        app.add_option(
               "--url", options.url, "judge the server that answers there, without enrolling")
            ->type_name("URL");
    app.add_option("--tls-ca", options.tls_ca, "with --url: trust anchors for its TLS certificate")
        ->type_name("FILE")
        ->needs(url);
    for (CLI::Option* other : {config, profiles, clients, print})
        url->excludes(other);
}

void add_how(CLI::App& app, Options& options) {
    app.add_option("--min-days", options.min_days, "warn when a certificate ends within so many")
        ->type_name("DAYS")
        ->transform(whole_number())
        ->capture_default_str();
    app.add_flag("--strict", options.strict, "warnings are errors");
    app.add_option("--format", options.format, "output form: text json junit sarif github")
        ->type_name("FORM")
        ->check(one_of({"text", "json", "junit", "sarif", "github"}))
        ->capture_default_str();
    app.add_flag("--list-rules", options.list_rules, "list every rule, and exit");
}

}  // namespace

Action attach_preflight(CLI::App& app) {
    auto options = std::make_shared<Options>();
    add_what(app, *options);
    add_how(app, *options);
    return [options](Io& io) { return preflight(*options, io); };
}

}  // namespace scep::cli
