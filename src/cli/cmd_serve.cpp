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
#include "core/check/deployment.hpp"
#include "core/crypto/system_random.hpp"
#include "serve/server.hpp"

namespace scep::cli {

namespace {

constexpr Seconds kWarnBefore = std::chrono::hours(24 * 30);

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

Result<config::Config> load(const Options& options, Io& io, Random& random) {
    config::Reading reading;
    std::optional<config::ListenAddress> listen;
    if (!options.listen.empty()) {
        SCEP_TRY(address, config::parse_listen(options.listen));
        listen = address;
    }
    if (options.dev) {
        SCEP_TRY(dev, open_dev(options, listen.value_or(config::ListenAddress{}), io, random));
        tell_of_environment(io);
        reading = config::read_config_file(dev);
    } else {
        reading = read_configuration(options.config);
    }
    SCEP_TRY(loaded, accept(std::move(reading), io));
    if (listen)
        loaded.server.listen = *listen;
    if (options.dev)
        SCEP_CHECK(check_dev_listen(loaded.server.listen));
    return std::move(loaded);
}

void print(Io& io, const std::vector<check::Finding>& findings) {
    for (const check::Finding& finding : findings) {
        say(io, fmt::format("{}:", check::name(finding.severity)), check::to_text(finding));
        if (!finding.hint.empty())
            hint(io, finding.hint);
    }
}

Exit serve(const Options& options, Io& io) {
    crypto::SystemRandom random;
    Result<config::Config> config = load(options, io, random);
    if (!config)
        return report(io, config.error());
    const check::Deployment deployment =
        check::load_deployment(*std::move(config), credentials_directory(), store::Store::probe);
    const std::vector<check::Finding> findings =
        check::check_deployment(deployment, io.clock.now(), kWarnBefore);
    print(io, findings);
    if (options.check) {
        io.out << fmt::format(
            "{} finding{}, {}\n",
            findings.size(),
            findings.size() == 1 ? "" : "s",
            check::has_error(findings) ? "serve would not start" : "serve would start");
        return check::has_error(findings) ? Exit::Refused : Exit::Ok;
    }
    if (check::has_error(findings))
        return Exit::Usage;
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
    if (served)
        return Exit::Ok;
    return report(io, served.error());
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
    app.add_flag("--check", options->check, "check everything as for a start, report and exit");
    return [options](Io& io) { return serve(*options, io); };
}

}  // namespace scep::cli
