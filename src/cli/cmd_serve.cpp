// serve: the SCEP server, its embedded default (--dev) and its dry run (--check).
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/app.hpp"
#include "cli/config_path.hpp"
#include "cli/dev_session.hpp"
#include "cli/dev_setup.hpp"
#include "cli/judgement.hpp"
#include "core/check/deployment.hpp"
#include "core/crypto/system_random.hpp"
#include "serve/server.hpp"

namespace scep::cli {

namespace {

struct Options {
    std::string config;
    std::optional<std::string> dev;  // directory
    std::string listen;
    bool check = false;
};

// The configuration of the dev directory. The start that makes it cannot be stopped half-way, for
// that would leave keys about.
Result<std::filesystem::path> open_dev(const Options& options,
                                       const config::ListenAddress& listen,
                                       Io& io,
                                       Random& random) {
    SCEP_TRY(there, has_dev_files(*options.dev));
    if (!there && options.check)
        return fail(
            Error{.code = Errc::Config,
                  .what = "is not made yet, so there is nothing to check",
                  .where = {.source = *options.dev},
                  .hint = fmt::format("serve --dev {} without --check makes it", *options.dev)});
    if (!there)
        SCEP_CHECK(serve::hold_signals());
    SCEP_TRY(dev, make_dev_directory(*options.dev, listen, io.clock, random));
    return dev.config_path;
}

// Where a shell has the variables of a site, a trial must not touch the site's state.
void tell_of_environment(Io& io) {
    std::string names;
    for (const auto& [name, value] : process_environment())
        if (!value.empty())
            names += (names.empty() ? "" : ", ") + name;
    if (!names.empty())
        note(io, fmt::format("--dev takes nothing from the environment, not {}", names));
}

// The configuration that would be served. Usage, and errors of making the directory of --dev.
Result<config::Reading> read_settings(const Options& options, Io& io, Random& random) {
    std::optional<config::ListenAddress> listen;
    if (!options.listen.empty()) {
        SCEP_TRY(address, config::parse_listen(options.listen));
        listen = address;
    }
    config::Reading reading;
    if (options.dev) {
        SCEP_TRY(dev, open_dev(options, listen.value_or(config::ListenAddress{}), io, random));
        tell_of_environment(io);
        reading = config::read_config_file(dev);
    } else {
        reading = read_configuration(options.config);
    }
    if (listen)
        reading.config.server.listen = *listen;
    if (options.dev)
        SCEP_CHECK(check_dev_listen(reading.config.server.listen));
    return reading;
}

// Notices are for whoever asks, by --check or preflight.
void print(Io& io, const std::vector<check::Finding>& findings) {
    for (const check::Finding& finding : findings) {
        if (finding.severity == check::Severity::Notice)
            continue;
        say(io, fmt::format("{}:", check::name(finding.severity)), check::to_text(finding));
        if (!finding.hint.empty())
            hint(io, finding.hint);
    }
}

// The profile of a finding, under the names that certctl's log has.
struct ProfileFields {
    std::string index, path_id, issuer_id, endpoint;
};

ProfileFields fields_of(const config::Config& config, const check::Finding& finding) {
    const auto found =
        std::ranges::find(config.profiles, finding.profile, &config::Profile::path_id);
    if (found == config.profiles.end())
        return {};
    return {.index = std::to_string(found - config.profiles.begin()),
            .path_id = found->path_id,
            .issuer_id = found->issuer_id,
            .endpoint = check::endpoint_text(found->path_id)};
}

// What keeps serve from starting, for whoever reads the log and not the terminal.
void log_refusal(const Judgement& judgement, const Clock& clock) {
    const config::Server& settings = judgement.reading.config.server;
    serve::Log log(settings.log_level, settings.log_format, clock);
    for (const check::Finding& finding : judgement.report.findings) {
        if (finding.severity != check::Severity::Error)
            continue;
        const ProfileFields profile = fields_of(judgement.reading.config, finding);
        log.write(serve::Level::Error,
                  "preflight",
                  {{"rule", finding.id},
                   {"severity", check::name(finding.severity)},
                   {"scep_profile_index", profile.index},
                   {"scep_profile_pathid", profile.path_id},
                   {"scep_profile_issuer_id", profile.issuer_id},
                   {"endpoint", profile.endpoint},
                   {"error", to_text(Error{.what = finding.message, .where = finding.where})},
                   {"hint", finding.hint}});
    }
}

Exit run_server(const Options& options,
                const check::Deployment& deployment,
                Random& random,
                Io& io) {
    const config::Server& settings = deployment.config.server;
    serve::Log log(settings.log_level, settings.log_format, io.clock);
    const auto on_listening = [&](const serve::Listening& at) {
        log.write(serve::Level::Info,
                  "listening",
                  {{"host", at.host}, {"port", std::to_string(at.port)}});
        if (options.dev)
            print_dev_session(describe_dev_session(deployment, at.port), deployment, io);
    };
    const Status served = serve::run(deployment, io.clock, random, log, on_listening);
    return served ? Exit::Ok : report(io, served.error());
}

Exit serve(const Options& options, Io& io) {
    crypto::SystemRandom random;
    Result<config::Reading> reading = read_settings(options, io, random);
    if (!reading)
        return report(io, reading.error());
    const Judgement judgement = judge_configuration(*std::move(reading), {.now = io.clock.now()});
    if (options.check) {
        print_report(io, judgement.report, "text");
        return exit_of(judgement);
    }
    print(io, judgement.report.findings);
    if (judgement.report.would_start)
        return run_server(options, judgement.deployment, random, io);
    if (judgement.reading.parsed)
        log_refusal(judgement, io.clock);
    return judgement.reading.errors.empty() ? Exit::Usage : exit_of(judgement);
}

}  // namespace

Action attach_serve(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--config",
                   options->config,
                   "configuration file (default: $CERTCTL_SCEP_CONFIG, else "
                   "/etc/certctl-scep/certctl-scep.toml)");
    app.add_option("--dev",
                   options->dev,
                   "serve the embedded default from this directory, made on first start (default "
                   "./certctl-scep-dev); loopback only")
        ->expected(0, 1)
        ->default_str("certctl-scep-dev")
        ->type_name("DIR")
        ->excludes("--config");
    app.add_option("--listen",
                   options->listen,
                   "HOST:PORT instead of the configured one; port 0 picks a free one");
    app.add_flag("--check",
                 options->check,
                 "check everything as for a start, report as preflight does, and exit");
    return [options](Io& io) { return serve(*options, io); };
}

}  // namespace scep::cli
