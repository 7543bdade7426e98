#include "cli/usage.hpp"

#include <cctype>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"

namespace scep::cli {

namespace {

// "certctl-scep admin issued"
std::string path_of(const CLI::App& app) {
    const CLI::App* parent = app.get_parent();
    return parent == nullptr ? app.get_name() : path_of(*parent) + ' ' + app.get_name();
}

Error wrong(const CLI::App& where, std::string what, std::string_view near) {
    return {.code = Errc::Usage,
            .what = std::move(what),
            .hint = near.empty() ? path_of(where) + " --help lists what there is"
                                 : fmt::format("did you mean {}?", near)};
}

CLI::App* child(CLI::App& app, const std::string& name) {
    const auto found = app.get_subcommands([&](CLI::App* sub) { return sub->get_name() == name; });
    return found.empty() ? nullptr : found.front();
}

Error unknown_command(CLI::App& app, const std::string& word) {
    std::vector<std::string_view> names;
    for (const CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; }))
        names.push_back(sub->get_name());
    return wrong(app,
                 fmt::format("no subcommand of {} is called {}", path_of(app), escape_text(word)),
                 nearest(word, names));
}

// Options of the whole program may stand behind a subcommand.
const CLI::Option* find_option(const CLI::App* app, const std::string& name) {
    const CLI::Option* found = nullptr;
    for (; app != nullptr && found == nullptr; app = app->get_parent())
        found = app->get_option_no_throw(name);
    return found;
}

Error unknown_option(const CLI::App& app, const std::string& name) {
    std::vector<std::string> known;
    for (const CLI::App* place = &app; place != nullptr; place = place->get_parent())
        for (const CLI::Option* option : place->get_options())
            for (const std::string& long_name : option->get_lnames())
                known.push_back("--" + long_name);
    const std::vector<std::string_view> names(known.begin(), known.end());
    return wrong(app,
                 fmt::format("{} has no option {}", path_of(app), escape_text(name)),
                 nearest(name, names));
}

enum class Look : std::uint8_t { AtCommands, AtOptionsToo };

// The first subcommand or long option that does not exist. Values and positionals are passed over.
std::optional<Error> first_unknown(CLI::App& root,
                                   const std::vector<std::string>& words,
                                   Look look) {
    CLI::App* app = &root;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word.starts_with("--")) {
            const std::string name = word.substr(0, word.find('='));
            const CLI::Option* option = find_option(app, name);
            if (option == nullptr && look == Look::AtOptionsToo)
                return unknown_option(*app, name);
            const bool takes_next =
                option != nullptr && option->get_expected_max() > 0 && name.size() == word.size();
            if (takes_next && i + 1 < words.size() && !words[i + 1].starts_with('-'))
                ++i;
        } else if (app->get_require_subcommand_min() > 0 && !word.starts_with('-')) {
            CLI::App* next = child(*app, word);
            if (next == nullptr)
                return unknown_command(*app, word);
            app = next;
        }
    }
    return std::nullopt;
}

// The subcommand that was reached, for the hint.
CLI::App& reached(CLI::App& root) {
    CLI::App* app = &root;
    while (!app->get_subcommands().empty())
        app = app->get_subcommands().back();
    return *app;
}

// As our messages begin: lower case, but for an abbreviation.
std::string lower_first(std::string text) {
    if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0)
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    if (text.starts_with("A "))
        text[0] = 'a';
    return text;
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> words) {
    return CLI::IsMember(std::move(words)).description("");
}

Error usage_error(CLI::App& app,
                  const std::vector<std::string>& words,
                  const CLI::ParseError& error) {
    if (std::optional<Error> unknown = first_unknown(app, words, Look::AtOptionsToo))
        return *std::move(unknown);
    return wrong(reached(app), escape_text(lower_first(error.what())), {});
}

std::optional<Error> unknown_subcommand(CLI::App& app, const std::vector<std::string>& words) {
    return first_unknown(app, words, Look::AtCommands);
}

}  // namespace scep::cli
