// One table of the TOML document: its keys checked against the settings it may hold, its values
// read with their types. Every error names the file, line, column and the setting in full.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/config/settings.hpp"

namespace scep::config {

class Section {
  public:
    // All borrowed; `table` and `file` must outlive the section. `name` is "scep.corp", empty for
    // the root; `line` is where the table begins.
    Section(const toml::table& table, std::string name, const std::filesystem::path& file);

    // Unknown keys (with a suggestion) and known ones that are not built but switched on: the first
    // in the order of the file.
    Status check_keys(std::span<const Setting> settings) const;

    bool has(std::string_view key) const noexcept { return table_->contains(key); }

    std::size_t line() const noexcept { return table_->source().begin.line; }

    // Each leaves `out` alone when the key is absent.
    Status read(std::string_view key, std::string& out) const;
    Status read(std::string_view key, bool& out) const;
    Status read(std::string_view key, Seconds& out) const;                // positive
    Status read(std::string_view key, std::filesystem::path& out) const;  // relative to the file
    Status read(std::string_view key, std::vector<std::string>& out) const;
    Status read_integer(std::string_view key,
                        std::int64_t least,
                        std::int64_t most,
                        std::int64_t& out) const;
    // One of `words`, else an error that lists them.
    Status read_word(std::string_view key,
                     std::span<const std::string_view> words,
                     std::string& out) const;

    // The table or the array of tables under `key`; empty when absent. In the order of the file.
    struct Child {
        std::string name{};
        const toml::table* table = nullptr;
    };

    Result<std::vector<Child>> children(std::string_view key) const;  // [key.NAME]
    Result<std::vector<Child>> elements(std::string_view key) const;  // [[key]]

    // An error at the value of `key`, or at the table when it is absent.
    Error error(std::string_view key, std::string what) const;

  private:
    Error error_at(const toml::source_position& place,
                   std::string_view key,
                   std::string what) const;
    std::string full_name(std::string_view key) const;
    Status check_key(const toml::key& key,
                     const toml::node& value,
                     std::span<const Setting> settings) const;
    Status check_unbuilt_table(const toml::key& key,
                               const toml::node& value,
                               const Setting& setting) const;

    const toml::table* table_;
    std::string name_;
    const std::filesystem::path* file_;
};

}  // namespace scep::config
