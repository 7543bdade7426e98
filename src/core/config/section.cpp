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

// A value as TOML, as far as "off" values go; "..." for the rest.
std::string spelling(const toml::node& value) {
    if (const auto* flag = value.as_boolean())
        return flag->get() ? "true" : "false";
    if (const auto* text = value.as_string())
        return fmt::format("\"{}\"", text->get());
    if (const auto* array = value.as_array(); array != nullptr && array->empty())
        return "[]";
    return "...";
}

std::string_view nearest_setting(std::string_view word, std::span<const Setting> settings) {
    std::vector<std::string_view> names;
    for (const Setting& setting : settings)
        names.push_back(setting.name);
    return nearest(word, names);
}

}  // namespace

Section::Section(const toml::table& table, std::string name, const std::filesystem::path& file)
    : table_(&table), name_(std::move(name)), file_(&file) {}

std::string Section::full_name(std::string_view key) const {
    const std::string shown = escape_text(key);
    return name_.empty() || shown.empty() ? name_ + shown : name_ + "." + shown;
}

Error Section::error_at(const toml::source_position& place,
                        std::string_view key,
                        std::string what) const {
    return {.code = Errc::Config,
            .what = std::move(what),
            .where = {.source = file_->string(),
                      .line = place.line,
                      .column = place.column,
                      .field = full_name(key)}};
}

Error Section::error(std::string_view key, std::string what) const {
    const toml::node* value = table_->get(key);
    return error_at(
        (value != nullptr ? value->source() : table_->source()).begin, key, std::move(what));
}

Status Section::check_keys(std::span<const Setting> settings) const {
    for (const auto& [key, value] : in_file_order(*table_))
        SCEP_CHECK(check_key(*key, *value, settings));
    return {};
}

Status Section::check_key(const toml::key& key,
                          const toml::node& value,
                          std::span<const Setting> settings) const {
    const auto setting = std::ranges::find(settings, key.str(), &Setting::name);
    if (setting == settings.end()) {
        Error error = error_at(key.source().begin, key.str(), "unknown setting");
        if (const std::string_view near = nearest_setting(key.str(), settings); !near.empty())
            error.hint = fmt::format("did you mean {}?", near);
        return fail(std::move(error));
    }
    if (setting->support == Support::Built)
        return {};
    if (setting->support != Support::OnlyOff)
        return check_unbuilt_table(key, value, *setting);
    if (spelling(value) == setting->off)
        return {};
    Error error = error_at(
        key.source().begin, key.str(), "known but not supported by this version of certctl-scep");
    error.cite = "SECURITY S15";
    error.hint = fmt::format("remove it, or set it to {}", setting->off);
    return fail(std::move(error));
}

Status Section::check_unbuilt_table(const toml::key& key,
                                    const toml::node& value,
                                    const Setting& setting) const {
    const toml::table* table = value.as_table();
    if (table == nullptr)
        return fail(error_at(key.source().begin, key.str(), "want a table"));
    for (const auto& [inner, node] : in_file_order(*table))
        if (std::ranges::find(setting.settings, inner->str(), &Setting::name) ==
            setting.settings.end())
            return Section(*table, full_name(key.str()), *file_)
                .check_key(*inner, *node, setting.settings);
    const toml::node* enabled = table->get("enabled");
    const bool off =
        setting.support == Support::Switch && enabled != nullptr && spelling(*enabled) == "false";
    if (table->empty() || off)
        return {};
    Error error = error_at(
        key.source().begin, key.str(), "known but not supported by this version of certctl-scep");
    error.cite = "SECURITY S15";
    error.hint = setting.support == Support::Switch ? "remove the table, or set enabled = false"
                                                    : "remove the table";
    return fail(std::move(error));
}

Status Section::read(std::string_view key, std::string& out) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return {};
    const auto* text = value->as_string();
    if (text == nullptr)
        return fail(error(key, "want a string"));
    if (text->get().find('\0') != std::string::npos)
        return fail(error(key, "holds a NUL"));
    out = text->get();
    return {};
}

Status Section::read(std::string_view key, bool& out) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return {};
    const auto* flag = value->as_boolean();
    if (flag == nullptr)
        return fail(error(key, "want true or false"));
    out = flag->get();
    return {};
}

Status Section::read(std::string_view key, Seconds& out) const {
    std::string text;
    SCEP_CHECK(read(key, text));
    if (!has(key))
        return {};
    const Result<Seconds> parsed = parse_duration(text);
    if (!parsed)
        return fail(error(key, parsed.error().what));
    if (*parsed == Seconds::zero())
        return fail(error(key, "want a duration longer than nothing"));
    out = *parsed;
    return {};
}

Status Section::read(std::string_view key, std::filesystem::path& out) const {
    std::string text;
    SCEP_CHECK(read(key, text));
    if (!has(key))
        return {};
    if (text.empty())
        return fail(error(key, "the path is empty"));
    out = (file_->parent_path() / text).lexically_normal();
    return {};
}

Status Section::read(std::string_view key, std::vector<std::string>& out) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return {};
    const toml::array* array = value->as_array();
    if (array == nullptr)
        return fail(error(key, "want an array of strings"));
    std::vector<std::string> items;
    for (const toml::node& item : *array) {
        const auto* text = item.as_string();
        if (text == nullptr)
            return fail(error_at(item.source().begin, key, "want an array of strings"));
        items.push_back(text->get());
    }
    out = std::move(items);
    return {};
}

Status Section::read_integer(std::string_view key,
                             std::int64_t least,
                             std::int64_t most,
                             std::int64_t& out) const {
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return {};
    const auto* number = value->as_integer();
    if (number == nullptr)
        return fail(error(key, "want a whole number"));
    if (number->get() < least || number->get() > most)
        return fail(error(key, fmt::format("got {}, want {} to {}", number->get(), least, most)));
    out = number->get();
    return {};
}

Status Section::read_word(std::string_view key,
                          std::span<const std::string_view> words,
                          std::string& out) const {
    std::string text;
    SCEP_CHECK(read(key, text));
    if (!has(key))
        return {};
    if (std::ranges::find(words, text) == words.end())
        return fail(error(
            key,
            fmt::format("got \"{}\", want one of {}", escape_text(text), fmt::join(words, ", "))));
    out = std::move(text);
    return {};
}

Result<std::vector<Section::Child>> Section::children(std::string_view key) const {
    std::vector<Child> out;
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return out;
    const toml::table* table = value->as_table();
    if (table == nullptr)
        return fail(error(key, "want a table"));
    for (const auto& [name, node] : in_file_order(*table)) {
        if (!node->is_table())
            return fail(error_at(name->source().begin,
                                 fmt::format("{}.{}", key, name->str()),
                                 fmt::format("want a table [{}.NAME]", full_name(key))));
        out.push_back({.name = std::string(name->str()), .table = node->as_table()});
    }
    return out;
}

Result<std::vector<Section::Child>> Section::elements(std::string_view key) const {
    std::vector<Child> out;
    const toml::node* value = table_->get(key);
    if (value == nullptr)
        return out;
    const toml::array* array = value->as_array();
    if (array == nullptr)
        return fail(error(key, fmt::format("want tables [[{}]]", full_name(key))));
    for (const toml::node& node : *array) {
        if (!node.is_table())
            return fail(error(key, fmt::format("want tables [[{}]]", full_name(key))));
        out.push_back({.name = fmt::format("{}[{}]", key, out.size()), .table = node.as_table()});
    }
    return out;
}

}  // namespace scep::config
