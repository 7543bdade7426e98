#include "core/config/section.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/escape.hpp"
#include "core/base/suggest.hpp"

namespace scep::config {

namespace {

using Entry = std::pair<const toml::key*, const toml::node*>;

// toml++ keeps a table sorted by key; an operator reads it by line.
std::vector<Entry> in_file_order(const toml::table& table) {
    std::vector<Entry> out;
    for (const auto& [key, value] : table)
        out.emplace_back(&key, &value);
    std::ranges::stable_sort(out, [](const Entry& a, const Entry& b) {
        const auto& x = a.first->source().begin;
        const auto& y = b.first->source().begin;
        return std::pair(x.line, x.column) < std::pair(y.line, y.column);
    });
    return out;
}

std::string_view nearest_setting(std::string_view word, std::span<const Setting> settings) {
    std::vector<std::string_view> names;
    for (const Setting& setting : settings)
        names.push_back(setting.name);
    return nearest(word, names);
}

}  // namespace

std::filesystem::path resolve_path(const Document& document,
                                   bool of_file,
                                   const std::string& text) {
    return (of_file ? document.file.parent_path() / text : std::filesystem::path(text))
        .lexically_normal();
}

Section::Section(const toml::table& table, std::string name, Document& document)
    : table_(&table), name_(std::move(name)), document_(&document) {}

std::string Section::full_name(std::string_view key) const {
    const std::string shown = escape_text(key);
    return name_.empty() || shown.empty() ? name_ + shown : name_ + "." + shown;
}

const std::string* Section::variable_of(std::string_view key) const {
    const auto found = document_->variables.find(full_name(key));
    return found == document_->variables.end() ? nullptr : &found->second;
}

void Section::complain_at(const toml::source_position& place,
                          std::string_view key,
                          Complaint complaint) const {
    Where where{.source = document_->file.string(),
                .line = place.line,
                .column = place.column,
                .field = full_name(key)};
    const std::string* const variable = variable_of(key);
    const std::string* const made_by = table_->source().begin.line == 0 ? variable_of({}) : nullptr;
    if (variable != nullptr || made_by != nullptr)
        where = {.source = variable != nullptr ? *variable : *made_by, .field = full_name(key)};
    document_->errors.push_back({.code = Errc::Config,
                                 .what = std::move(complaint.what),
                                 .where = std::move(where),
                                 .cite = std::move(complaint.cite),
                                 .hint = std::move(complaint.hint)});
}

void Section::complain(std::string_view key, Complaint complaint) const {
    const toml::node* value = table_->get(key);
    complain_at(
        (value != nullptr ? value->source() : table_->source()).begin, key, std::move(complaint));
}

bool Section::check_keys(std::span<const Setting> settings) const {
    const std::size_t before = document_->errors.size();
    for (const auto& [key, value] : in_file_order(*table_))
        check_key(*key, *value, settings);
    return document_->errors.size() == before;
}

void Section::check_key(const toml::key& key,
                        const toml::node& value,
                        std::span<const Setting> settings) const {
    const auto setting = std::ranges::find(settings, key.str(), &Setting::name);
    if (setting == settings.end()) {
        const std::string_view near = nearest_setting(key.str(), settings);
        return complain_at(key.source().begin,
                           key.str(),
                           {.what = "unknown setting",
                            .hint = near.empty() ? "" : fmt::format("did you mean {}?", near)});
    }
    if (setting->support == Support::Absent)
        check_unbuilt_table(key, value, *setting);
}

void Section::check_unbuilt_table(const toml::key& key,
                                  const toml::node& value,
                                  const Setting& setting) const {
    const toml::table* table = value.as_table();
    if (table == nullptr)
        return complain_at(key.source().begin, key.str(), {.what = "want a table"});
    Section(*table, full_name(key.str()), *document_).check_keys(setting.settings);
    if (!table->empty())
        complain_at(key.source().begin,
                    key.str(),
                    {.what = "known but not supported by this version of certctl-scep",
                     .hint = "remove the table",
                     .cite = "SECURITY S15"});
}

bool Section::read(std::string_view key, std::string& out) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return false;
    const auto* text = value->as_string();
    if (text == nullptr)
        return complain(key, {"want a string"}), false;
    if (text->get().find('\0') != std::string::npos)
        return complain(key, {"holds a NUL"}), false;
    out = text->get();
    return true;
}

bool Section::read(std::string_view key, bool& out) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return false;
    const auto* flag = value->as_boolean();
    if (flag == nullptr)
        return complain(key, {"want true or false"}), false;
    out = flag->get();
    return true;
}

bool Section::read_with_zero(std::string_view key, Seconds& out) const {
    std::string text;
    if (!read(key, text))
        return false;
    const Result<Seconds> parsed = parse_duration(text);
    if (!parsed)
        return complain(key, {parsed.error().what}), false;
    out = *parsed;
    return true;
}

bool Section::read(std::string_view key, Seconds& out) const {
    Seconds parsed{};
    if (!read_with_zero(key, parsed))
        return false;
    if (parsed == Seconds::zero())
        return complain(key, {"want a duration longer than nothing"}), false;
    out = parsed;
    return true;
}

bool Section::read_or(std::string_view key,
                      std::string_view word,
                      std::optional<Seconds>& out) const {
    std::string text;
    if (!read(key, text))
        return false;
    if (text == word) {
        out = std::nullopt;
        return true;
    }
    const Result<Seconds> parsed = parse_duration(text);
    if (!parsed || *parsed == Seconds::zero())
        return complain(key,
                        {fmt::format("got \"{}\", want \"{}\" or a duration such as \"24h\"",
                                     escape_text(text),
                                     word)}),
               false;
    out = *parsed;
    return true;
}

bool Section::read(std::string_view key, std::filesystem::path& out) const {
    std::string text;
    if (!read(key, text))
        return false;
    if (text.empty())
        return complain(key, {"the path is empty"}), false;
    if (text.find("-----BEGIN") != std::string::npos)  // nowhere repeated: it may be a key
        return complain(key,
                        {.what = "holds the content of a file, want its path",
                         .hint = "write the content to a file of mode 0600, and name that"}),
               false;
    out = resolve_path(*document_, variable_of(key) == nullptr, text);
    return true;
}

bool Section::read(std::string_view key, std::vector<std::string>& out) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return false;
    const toml::array* array = value->as_array();
    if (array == nullptr)
        return complain(key, {"want an array of strings"}), false;
    std::vector<std::string> items;
    for (const toml::node& item : *array) {
        const auto* text = item.as_string();
        if (text == nullptr)
            return complain_at(item.source().begin, key, {"want an array of strings"}), false;
        items.push_back(text->get());
    }
    out = std::move(items);
    return true;
}

bool Section::read_integer(std::string_view key,
                           std::int64_t least,
                           std::int64_t most,
                           std::int64_t& out) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return false;
    const auto* number = value->as_integer();
    if (number == nullptr)
        return complain(key, {"want a whole number"}), false;
    if (number->get() < least || number->get() > most)
        return complain(key, {fmt::format("got {}, want {} to {}", number->get(), least, most)}),
               false;
    out = number->get();
    return true;
}

bool Section::read_word(std::string_view key,
                        std::span<const std::string_view> words,
                        std::string& out) const {
    std::string text;
    if (!read(key, text))
        return false;
    if (std::ranges::find(words, text) == words.end())
        return complain(
                   key,
                   {fmt::format(
                       "got \"{}\", want one of {}", escape_text(text), fmt::join(words, ", "))}),
               false;
    out = std::move(text);
    return true;
}

std::optional<Section> Section::child(std::string_view key) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return {};
    if (!value->is_table())
        return complain(key, {"want a table"}), std::nullopt;
    return Section(*value->as_table(), full_name(key), *document_);
}

std::vector<std::pair<std::string, Section>> Section::children(std::string_view key) const {
    std::vector<std::pair<std::string, Section>> out;
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return out;
    const toml::table* table = value->as_table();
    if (table == nullptr)
        return complain(key, {"want a table"}), out;
    for (const auto& [name, node] : in_file_order(*table)) {
        const std::string child = fmt::format("{}.{}", key, name->str());
        if (node->is_table())
            out.emplace_back(name->str(), Section(*node->as_table(), full_name(child), *document_));
        else
            complain_at(name->source().begin,
                        child,
                        {fmt::format("want a table [{}.NAME]", full_name(key))});
    }
    return out;
}

std::vector<Section> Section::elements(std::string_view key) const {
    std::vector<Section> out;
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return out;
    const toml::array* array = value->as_array();
    if (array == nullptr ||
        !std::ranges::all_of(*array, [](const auto& n) { return n.is_table(); }))
        return complain(key, {fmt::format("want tables [[{}]]", full_name(key))}), out;
    for (const toml::node& node : *array)
        out.emplace_back(
            *node.as_table(), full_name(fmt::format("{}[{}]", key, out.size())), *document_);
    return out;
}

}  // namespace scep::config
