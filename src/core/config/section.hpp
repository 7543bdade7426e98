// One table of the TOML document: its keys checked against the settings it may hold, its values
// read with their types. What is wrong goes to the document's list, with file, line, column and the
// setting in full, and reading goes on: an operator mends all of it at once.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "core/config/settings.hpp"

namespace scep::config {

// What sections read from, and where they say what is wrong.
struct Document {
    std::filesystem::path file{};
    // Settings ("scep.corp.issuer_id") and tables that a variable of the environment made.
    std::map<std::string, std::string, std::less<>> variables{};
    std::vector<Error> errors{};
    std::vector<Error> warnings{};
};

// A path of the file is relative to its directory, one of a variable to the current one.
std::filesystem::path resolve_path(const Document& document, bool of_file, const std::string& text);

// What an error says beside its place.
struct Complaint {
    std::string what{};
    std::string hint{};
    std::string cite{};
};

class Section {
  public:
    // Both borrowed. `name` is "scep.corp", empty for the root.
    Section(const toml::table& table, std::string name, Document& document);

    // Complains about unknown keys (with a suggestion) and about known tables that are not built
    // and not empty; false when there was one.
    bool check_keys(std::span<const Setting> settings) const;

    bool has(std::string_view key) const noexcept { return table_->contains(key); }

    std::size_t line() const noexcept { return table_->source().begin.line; }

    // True with a value in `out`; false, with `out` as it was, when the key is absent or, after a
    // complaint, wrong.
    bool read(std::string_view key, std::string& out) const;
    bool read(std::string_view key, bool& out) const;
    bool read(std::string_view key, Seconds& out) const;  // positive
    bool read_with_zero(std::string_view key, Seconds& out) const;
    // A positive duration, or `word` for nullopt.
    bool read_or(std::string_view key, std::string_view word, std::optional<Seconds>& out) const;
    // Relative to the file; from a variable, to the current directory.
    bool read(std::string_view key, std::filesystem::path& out) const;
    bool read(std::string_view key, std::vector<std::string>& out) const;
    bool read_integer(std::string_view key,
                      std::int64_t least,
                      std::int64_t most,
                      std::int64_t& out) const;
    // One of `words`.
    bool read_word(std::string_view key,
                   std::span<const std::string_view> words,
                   std::string& out) const;

    std::optional<Section> child(std::string_view key) const;  // the table [key]
    // The tables under `key`, in the order of the file.
    std::vector<std::pair<std::string, Section>> children(std::string_view key) const;  // [key.X]
    std::vector<Section> elements(std::string_view key) const;                          // [[key]]

    // At the value of `key`, or at the table when it is absent.
    void complain(std::string_view key, Complaint complaint) const;

  private:
    void complain_at(const toml::source_position& place,
                     std::string_view key,
                     Complaint complaint) const;
    std::string full_name(std::string_view key) const;
    const std::string* variable_of(std::string_view key) const;  // null: not of the environment
    void check_key(const toml::key& key,
                   const toml::node& value,
                   std::span<const Setting> settings) const;
    void check_unbuilt_table(const toml::key& key,
                             const toml::node& value,
                             const Setting& setting) const;

    const toml::table* table_;
    std::string name_;
    Document* document_;
};

}  // namespace scep::config
