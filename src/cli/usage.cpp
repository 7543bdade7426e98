#include "cli/usage.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"

namespace scep::cli {

namespace {

constexpr std::size_t kShownOctets = 100;  // of a wrong value
constexpr std::size_t kMaxDigits = 18;     // fits 64 bits with a sign

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

// Without the dashes, which would count as letters in common.
std::string_view bare(std::string_view name) {
    return name.substr(std::min(name.find_first_not_of('-'), name.size()));
}

Error unknown_option(const CLI::App& app, const std::string& name) {
    std::vector<std::string_view> known;
    for (const CLI::App* place = &app; place != nullptr; place = place->get_parent())
        for (const CLI::Option* option : place->get_options())
            known.insert(known.end(), option->get_lnames().begin(), option->get_lnames().end());
    const std::string_view near = nearest(bare(name), known);
    return wrong(app,
                 fmt::format("{} has no option {}", path_of(app), escape_text(name)),
                 near.empty() ? "" : fmt::format("--{}", near));
}

// "-x", "-config"; a negative number is a value.
bool is_short_option(std::string_view word) {
    return word.size() > 1 && word[0] == '-' && word[1] != '-' &&
           std::isdigit(static_cast<unsigned char>(word[1])) == 0;
}

bool is_option(std::string_view word) {
    return (word.starts_with("--") && word.size() > 2) || is_short_option(word);
}

// "--listen" of "--listen=x", "-h" of "-h".
std::string option_name(const CLI::App& app, const std::string& word) {
    if (word.starts_with("--"))
        return word.substr(0, word.find('='));
    const std::string letter = word.substr(0, 2);
    return find_option(&app, letter) == nullptr ? word : letter;
}

// Where the words go on behind the option at `i` and the value that it takes, as CLI11 has it: one
// that needs a value takes the next word whatever that looks like.
std::size_t behind_option(const CLI::App& app,
                          const std::vector<std::string>& words,
                          std::size_t i) {
    const std::string name = option_name(app, words[i]);
    const CLI::Option* option = find_option(&app, name);
    const bool takes_next =
        option != nullptr && option->get_items_expected_max() > 0 && name.size() == words[i].size();
    if (!takes_next || i + 1 == words.size())
        return i + 1;
    const bool may_go_without = option->get_items_expected_min() == 0;
    return may_go_without && words[i + 1].starts_with('-') ? i + 1 : i + 2;
}

enum class Look : std::uint8_t { AtCommands, AtOptionsToo };

// The first subcommand or option that does not exist. Values and positionals are passed over.
std::optional<Error> first_unknown(CLI::App& root,
                                   const std::vector<std::string>& words,
                                   Look look) {
    CLI::App* app = &root;
    for (std::size_t i = 0; i < words.size() && words[i] != "--";) {
        const std::string& word = words[i];
        if (is_option(word)) {
            const std::string name = option_name(*app, word);
            if (look == Look::AtOptionsToo && find_option(app, name) == nullptr)
                return unknown_option(*app, name);
            i = behind_option(*app, words, i);
            continue;
        }
        if (app->get_require_subcommand_min() > 0 && !word.starts_with('-')) {
            CLI::App* next = child(*app, word);
            if (next == nullptr)
                return unknown_command(*app, word);
            app = next;
        }
        ++i;
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

// Those of the subcommand that was reached and of all above it.
std::vector<const CLI::Option*> options_in_reach(CLI::App& root) {
    std::vector<const CLI::Option*> out;
    for (const CLI::App* app = &reached(root); app != nullptr; app = app->get_parent()) {
        const std::vector<const CLI::Option*> own = app->get_options();
        out.insert(out.end(), own.begin(), own.end());
    }
    return out;
}

std::optional<Error> repeated_option(CLI::App& root) {
    for (const CLI::Option* option : options_in_reach(root))
        if (option->get_items_expected_max() == 1 && option->results().size() > 1)
            return Error{.code = Errc::Usage,
                         .what = fmt::format("{} is given {} times, want it once",
                                             option->get_name(),
                                             option->results().size())};
    return std::nullopt;
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

CLI::Validator whole_number() {
    const auto read = [](std::string& text) -> std::string {
        if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
            return fmt::format("got {}, want a whole number", shorten(text, kShownOctets));
        text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
        if (text.size() > kMaxDigits)
            return fmt::format("got {}, want a whole number of at most {} digits",
                               shorten(text, kShownOctets),
                               kMaxDigits);
        return {};
    };
    return {read, ""};
}

Error usage_error(CLI::App& app,
                  const std::vector<std::string>& words,
                  const CLI::ParseError& error) {
    if (std::optional<Error> unknown = first_unknown(app, words, Look::AtOptionsToo))
        return *std::move(unknown);
    if (std::optional<Error> empty = empty_value(app, words))
        return *std::move(empty);
    if (std::optional<Error> repeated = repeated_option(app))
        return *std::move(repeated);
    return wrong(reached(app), escape_text(lower_first(error.what())), {});
}

std::optional<Error> empty_value(CLI::App& app, const std::vector<std::string>& words) {
    const auto is_empty = [](const std::string& name) {
        return Error{.code = Errc::Usage, .what = fmt::format("{} is empty", escape_text(name))};
    };
    const std::vector<const CLI::Option*> options = options_in_reach(app);
    for (const CLI::Option* option : options)
        if (option->nonpositional() &&
            std::ranges::find(option->results(), "") != option->results().end())
            return is_empty(option->get_name());
    for (const std::string& word : words) {
        if (!word.starts_with("--") || word.find('=') != word.size() - 1)
            continue;
        const bool is_value = std::ranges::any_of(options, [&](const CLI::Option* option) {
            return std::ranges::find(option->results(), word) != option->results().end();
        });
        if (!is_value)
            return is_empty(word.substr(0, word.size() - 1));
    }
    return std::nullopt;
}

std::size_t first_command(const CLI::App& app, const std::vector<std::string>& words) {
    std::size_t i = 0;
    while (i < words.size() && is_option(words[i]))
        i = behind_option(app, words, i);
    return i;
}

std::optional<Error> unknown_subcommand(CLI::App& app, const std::vector<std::string>& words) {
    return first_unknown(app, words, Look::AtCommands);
}

}  // namespace scep::cli
