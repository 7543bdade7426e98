// Colour, of single words alone: those that begin a message, and outcomes in tables.
#pragma once

#include <string>
#include <string_view>

namespace scep::cli {

struct Colors {  // for standard output and standard error
    bool out = false;
    bool err = false;
};

// `when` is auto, always or never. auto: on terminals, unless NO_COLOR (https://no-color.org) is
// set or TERM is dumb.
Colors choose_colors(std::string_view when, Colors terminals);

// The word in its colour when `colored` and it has one.
std::string painted(bool colored, std::string_view word);

}  // namespace scep::cli
