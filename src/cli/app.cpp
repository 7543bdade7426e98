#include "cli/app.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <istream>
#include <optional>
#include <ostream>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include "cli/usage.hpp"
#include "core/base/escape.hpp"
#include "serve/process.hpp"

namespace scep::cli {

namespace {

constexpr std::array kCommands{
    Command{"admin", "read and change the state database, beside a running server", attach_admin},
    Command{"bundle-check", "check mTLS trust bundles, and devices by them", attach_bundle_check},
    Command{"decode-pkimessage",
            "explain captured SCEP messages, layer by layer",
            attach_decode_pkimessage},
    Command{"enroll", "obtain a certificate from a SCEP server", attach_enroll},
    Command{"preflight", "check a configuration or a live server", attach_preflight},
    Command{"ra-gen", "make an RA key and certificate, or a request for one", attach_ra_gen},
    Command{"serve", "run the SCEP server", attach_serve},
};  // sorted by name
static_assert(std::ranges::is_sorted(kCommands, {}, &Command::name));

std::string version_text() {
    return fmt::format("certctl-scep {}\n{}\nSQLite {}",
                       CERTCTL_SCEP_VERSION,
                       OpenSSL_version(OPENSSL_VERSION),
                       sqlite3_libversion());
}

// "help SUB" is "SUB --help".
std::vector<std::string> arguments(const CLI::App& app, int argc, const char* const* argv) {
    std::vector<std::string> out(argv + 1, argv + argc);
    const auto first = out.begin() + static_cast<std::ptrdiff_t>(first_command(app, out));
    const auto subject =
        std::find_if(first, out.end(), [](const auto& word) { return word != "help"; });
    if (subject != first) {
        out.erase(first, subject);
        out.emplace_back("--help");
    }
    return out;
}

// It takes effect as soon as it is read: an error further on already has it.
void add_color(CLI::App& app, Io& io) {
    const Colors terminals = io.color;
    io.color = choose_colors("auto", terminals);
    app.add_option_function<std::string>(
           "--color",
           [&io, terminals](const std::string& when) { io.color = choose_colors(when, terminals); },
           "colour on terminals, always or never; NO_COLOR is heeded")
        ->type_name("auto|always|never")
        ->check(one_of({"auto", "always", "never"}))
        ->trigger_on_parse();
}

Exit parse_and_run(int argc, const char* const* argv, Io& io) {
    CLI::App app{"PKI toolkit for SCEP (RFC 8894)", "certctl-scep"};
    app.set_version_flag("--version", version_text(), "print version, OpenSSL and SQLite versions");
    add_color(app, io);
    app.require_subcommand(1)->fallthrough();  // before add_subcommand: children inherit it
    Action chosen;
    for (const Command& command : kCommands)
        app.add_subcommand(std::string(command.name), std::string(command.summary));
    const std::vector<std::string> words = arguments(app, argc, argv);
    // The options of the others would be a tenth of a short run.
    for (const Command& command : kCommands)
        if (std::ranges::find(words, command.name) != words.end()) {
            CLI::App* sub = app.get_subcommand(std::string(command.name));
            sub->callback([&chosen, action = command.attach(*sub)] { chosen = action; });
        }
    try {
        // CLI::App::parse(vector) takes the last first
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::Success& answer) {  // --help, --version
        if (const std::optional<Error> unknown = unknown_subcommand(app, words))
            return report(io, *unknown);
        app.exit(answer, io.out, io.err);
        return Exit::Ok;
    } catch (const CLI::ParseError& error) {
        return report(io, usage_error(app, words, error));
    }
    if (const std::optional<Error> empty = empty_value(app, words))
        return report(io, *empty);
    serve::harden_process();  // before any subcommand loads a key or a challenge (S28)
    return chosen(io);
}

}  // namespace

void say(Io& io, std::string_view kind, std::string_view text) {
    // at once, for others may write there too
    io.err << fmt::format(
        "certctl-scep: {} {}\n", painted(io.color.err, kind), escape_controls(text));
}

Exit exit_code(const Error& error) noexcept {
    switch (error.code) {
        case Errc::Usage:
        case Errc::Config:
            return Exit::Usage;
        case Errc::Policy:
        case Errc::Crypto:
            return Exit::Refused;
        default:
            return Exit::Failure;
    }
}

Exit report(Io& io, const Error& error) {
    say(io, "error:", to_text(error));
    if (!error.hint.empty())
        hint(io, error.hint);
    return exit_code(error);
}

void warning(Io& io, std::string_view text) {
    say(io, "warning:", text);
}

void note(Io& io, std::string_view text) {
    if (!io.quiet)
        say(io, "note:", text);
}

void hint(Io& io, std::string_view text) {
    io.err << painted(io.color.err, "hint:") << ' ' << escape_controls(text) << '\n';
}

Status flush(Io& io) {
    io.out.flush();
    if (io.out)
        return {};
    io.out.clear();  // told once
    return fail(Errc::Io, "cannot write to standard output");
}

Exit run(int argc, const char* const* argv, Io& io) {
    try {
        const Exit code = parse_and_run(argc, argv, io);
        const Status flushed = flush(io);
        return flushed ? code : report(io, flushed.error());
    } catch (const std::exception& error) {
        return report(io, Error{.what = fmt::format("internal: {}", error.what())});
    }
}

}  // namespace scep::cli
