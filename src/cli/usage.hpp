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

// CLI11 says "a subcommand is required" of a misspelt one and only echoes an unknown option, so the
// words are followed down the tree once more to find the nearest name. `words` as they were typed,
// without the program's name.
Error usage_error(CLI::App& app,
                  const std::vector<std::string>& words,
                  const CLI::ParseError& error);

// The first word that should be a subcommand and is none: CLI11 answers --help whatever stands
// before it.
std::optional<Error> unknown_subcommand(CLI::App& app, const std::vector<std::string>& words);

}  // namespace scep::cli
