// The text of an environment variable as the value of a setting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "core/config/settings.hpp"

namespace scep::config {

// ASCII letters alone.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// The pieces between the separators, empty ones too; borrowed.
std::vector<std::string_view> split(std::string_view text, char separator);

// "a, b,,c": trimmed, blanks left out.
std::vector<std::string> split_list(std::string_view text);

// As Go's strconv.ParseBool, which certctl uses, in any case.
std::optional<bool> to_flag(std::string_view text);
std::optional<std::int64_t> to_number(std::string_view text);

// What does not fit its kind goes in as text, and is complained about as any wrong type is.
void insert_text(toml::table& table, std::string_view key, Kind kind, const std::string& text);

}  // namespace scep::config
