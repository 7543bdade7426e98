#include "core/config/variable_text.hpp"

#include <charconv>

namespace scep::config {

namespace {

std::string to_case(std::string_view text, char first, char last) {
    std::string out(text);
    for (char& c : out)
        if (c >= first && c <= last)
            c = static_cast<char>(c ^ 0x20);
    return out;
}

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

std::string to_lower(std::string_view text) {
    return to_case(text, 'A', 'Z');
}

std::string to_upper(std::string_view text) {
    return to_case(text, 'a', 'z');
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> out;
    for (;;) {
        const std::size_t end = text.find(separator);
        out.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return out;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> out;
    for (const std::string_view part : split(text, ',')) {
        const std::string_view item = trim(part);
        if (!item.empty())
            out.emplace_back(item);
    }
    return out;
}

std::optional<bool> to_flag(std::string_view text) {
    const std::string word = to_lower(trim(text));
    if (word == "true" || word == "t" || word == "1")
        return true;
    if (word == "false" || word == "f" || word == "0")
        return false;
    return std::nullopt;
}

std::optional<std::int64_t> to_number(std::string_view text) {
    const std::string_view digits = trim(text);
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    return out;
}

void insert_text(toml::table& table, std::string_view key, Kind kind, const std::string& text) {
    if (kind == Kind::List) {
        toml::array items;
        for (const std::string& item : split_list(text))
            items.push_back(item);
        table.insert_or_assign(key, std::move(items));
    } else if (const auto flag = to_flag(text); kind == Kind::Flag && flag) {
        table.insert_or_assign(key, *flag);
    } else if (const auto number = to_number(text); kind == Kind::Number && number) {
        table.insert_or_assign(key, *number);
    } else {
        table.insert_or_assign(key, text);
    }
}

}  // namespace scep::config
