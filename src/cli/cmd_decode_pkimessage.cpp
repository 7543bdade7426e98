// decode-pkimessage: captured messages explained.
#include "cli/cmd_decode_pkimessage.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/table.hpp"
#include "cli/usage.hpp"
#include "core/inspect/report.hpp"

namespace scep::cli {

namespace {

// Every option that names files, with what it names.
std::vector<std::string> named_files(const DecodeOptions& options) {
    std::vector<std::string> out = options.files;
    for (const auto* more : {&options.replies, &options.keys, &options.certs, &options.trust})
        out.insert(out.end(), more->begin(), more->end());
    out.insert(out.end(), {options.ca, options.challenge.file});
    return out;
}

Status check_options(const DecodeOptions& options) {
    if (std::ranges::count(named_files(options), "-") > 1)
        return fail(Errc::Usage, "standard input (-) can be read once only");
    if (options.files.empty() && !options.list_rules)
        return fail({.code = Errc::Usage,
                     .what = "no file was given",
                     .hint = "name captures, or - for standard input"});
    if (options.extract.empty() && (!options.out.empty() || options.der || options.force))
        return fail(Errc::Usage, "--out, --der and --force go with --extract");
    if (options.diff && !options.extract.empty())
        return fail(Errc::Usage, "--diff and --extract exclude each other");
    return check_layer(options);
}

// Columns of the terminal; 0 when the output goes elsewhere, and lines stay whole.
std::size_t terminal_width() {
    winsize size{};
    return isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col
                                                                                      : 0;
}

inspect::Presentation presentation(const DecodeOptions& options, const Io& io) {
    inspect::Presentation out{
        .tree = options.depth != std::size_t{0},
        .hex = options.hex,
        .show_secrets = options.show_secrets,
        .width = options.json() ? 0 : terminal_width(),
        .paint = [&io](std::string_view word) { return painted(io.color.out, word); }};
    if (options.depth && out.tree)
        out.depth = *options.depth - 1;  // below the root
    return out;
}

void list_rules(const DecodeOptions& options, Io& io) {
    if (options.json()) {
        io.out << inspect::rules_json();
        return;
    }
    Table table({"RULE", "SEVERITY", "CITE", "SUMMARY"});
    for (const inspect::RuleInfo& rule : inspect::list_rules())
        table.add({std::string(rule.id),
                   std::string(check::name(rule.severity)),
                   std::string(rule.cite),
                   std::string(rule.summary)});
    table.print(io.out, false);
}

// Message by message: what was made of one is gone before the next.
Exit print(const DecodeOptions& options,
           const DecodeInput& input,
           const inspect::Means& means,
           Io& io) {
    const inspect::Presentation how = presentation(options, io);
    const inspect::Sink sink = [&io](std::string_view piece) { io.out << piece; };
    const auto writer = options.json() ? inspect::json_writer(how, sink)
                                       : inspect::text_writer(input.messages.size(), how, sink);
    bool good = true;
    inspect::examine(
        input.messages, means, [&](std::size_t index, const inspect::Examination& each) {
            good = good && each.good();
            writer->add(index, each);
        });
    writer->finish(input.errors);
    return good ? Exit::Ok : Exit::Refused;
}

Exit decode(const DecodeOptions& options, const inspect::Means& means, Io& io) {
    const DecodeInput input = read_captures(options);
    Exit out = Exit::Ok;
    for (const Error& error : input.errors)
        out = std::max(out, std::max(report(io, error), Exit::Failure));
    if (options.extract.empty() && !options.diff)
        return std::max(out, print(options, input, means, io));
    const std::vector<inspect::Examination> examinations = inspect::examine(input.messages, means);
    return std::max(out,
                    options.diff ? print_differences(options, examinations, io)
                                 : extract_layer(options, examinations, io));
}

Exit decode_pkimessage(const DecodeOptions& options, Io& io) {
    if (const Status status = check_options(options); !status)
        return report(io, status.error());
    if (options.list_rules)
        return list_rules(options, io), Exit::Ok;
    inspect::Libraries libraries;
    Result<inspect::Means> means = load_means(options, libraries, io);
    if (!means)
        return report(io, means.error());
    if (options.with_config()) {
        auto server = make_server(options, io);
        if (!server)
            return report(io, server.error());
        means->ask_server = *std::move(server);
    }
    return decode(options, *means, io);
}

void add_inputs(CLI::App& app, DecodeOptions& options) {
    app.add_option("FILE",
                   options.files,
                   "captures in any form: DER, PEM, base64, hex, URLs, logs, HTTP, HAR, pcap; a "
                   "directory stands for its files, - is standard input");
    app.add_option("--reply", options.replies, "the reply to the request in FILE")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--at", options.at, "judge dates at this time, not at the capture's")
        ->type_name("TIME");
}

void add_keys(CLI::App& app, DecodeOptions& options) {
    app.add_option("--key", options.keys, "private key that opens envelopes; also PKCS#12")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--cert", options.certs, "certificates of the keys, or of signers")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--passin", options.passin, "of encrypted keys: pass:..., env:NAME, file:PATH")
        ->type_name("HOW");
    add_challenge(app, options.challenge);
    app.add_option("--trust", options.trust, "trust anchors to verify chains by")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_flag("--show-secrets", options.show_secrets, "print challenges as well");
}

void add_server(CLI::App& app, DecodeOptions& options) {
    auto* ca = app.add_option("--ca", options.ca, "the server's GetCACert reply, as it was saved")
                   ->type_name("FILE");
    auto* url = app.add_option("--url", options.url, "fetch GetCACert from this server")
                    ->type_name("URL")
                    ->excludes(ca);
    app.add_option("--tls-ca", options.tls_ca, "with --url: trust anchors for its TLS certificate")
        ->type_name("FILE")
        ->needs(url);
    app.add_option("--config", options.config, "say what a server with this configuration answers")
        ->type_name("FILE");
    app.add_option(
           "--profile", options.profile, "by this profile, its path id; - is the one at /scep")
        ->type_name("ID");
}

void add_output(CLI::App& app, DecodeOptions& options) {
    app.add_option("--format", options.format, "output form: text or json")
        ->check(one_of({"text", "json"}))
        ->capture_default_str();
    app.add_option("--depth", options.depth, "levels of the tree; 0 leaves it out")
        ->transform(whole_number())
        ->type_name("N");
    app.add_flag("--hex", options.hex, "the tree with octets");
    app.add_option(
           "--extract", options.extract, "write a layer out: csr, envelope, signer, certs or attrs")
        ->type_name("LAYER");
    app.add_option("--out", options.out, "with --extract: into this file")->type_name("FILE");
    app.add_flag("--der", options.der, "with --extract: DER instead of PEM");
    app.add_flag("--force", options.force, "with --extract: replace a file that is there");
    app.add_flag("--diff", options.diff, "say what the two messages of two files differ in");
    app.add_flag("--list-rules", options.list_rules, "list every rule, and exit");
}

}  // namespace

Action attach_decode_pkimessage(CLI::App& app) {
    auto options = std::make_shared<DecodeOptions>();
    add_inputs(app, *options);
    add_keys(app, *options);
    add_server(app, *options);
    add_output(app, *options);
    return [options](Io& io) { return decode_pkimessage(*options, io); };
}

}  // namespace scep::cli
