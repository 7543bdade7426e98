// What the command line may say, and what it got wrong, as one error with a hint.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace CLI {
class App;
class ParseError;
class Validator;
}  // namespace CLI

namespace scep::cli {

// An option's value is one of these words; --help lists them in the option's own text.
CLI::Validator one_of(std::vector<std::string> words);

// To transform() an option with: digits that are decimal, leading zeros or not. CLI11 alone takes
// 010 for eight, 0x10 for sixteen, and -1 for an unsigned number.
CLI::Validator whole_number();

// CLI11 says "a subcommand is required" of a misspelt one and only echoes an unknown option, so the
// words are followed down the tree once more to find the nearest name. `words` as they were typed,
// without the program's name.
Error usage_error(CLI::App& app,
                  const std::vector<std::string>& words,
                  const CLI::ParseError& error);

// After parsing: an option whose value is a script's unset variable is not an option that was not
// given. Of "--name=" CLI11 takes the next word, so `words` are looked at as well.
std::optional<Error> empty_value(CLI::App& app, const std::vector<std::string>& words);

// The place of the first word that is neither an option of the whole program nor its value; the
// number of words when there is none.
std::size_t first_command(const CLI::App& app, const std::vector<std::string>& words);

// The first word that should be a subcommand and is none: CLI11 answers --help whatever stands
// before it.
std::optional<Error> unknown_subcommand(CLI::App& app, const std::vector<std::string>& words);

}  // namespace scep::cli
