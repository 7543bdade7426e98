// A tree for people: one line for each node, with offset and lengths in front.
//
//     0 4+2481  ContentInfo SEQUENCE
//     4 2+9       contentType OBJECT IDENTIFIER: signedData (1.2.840.113549.1.7.2)
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/inspect/tree.hpp"

namespace scep::inspect {

inline constexpr std::size_t kMaxTreeText = 16U << 20U;   // octets of text; then it says so
inline constexpr std::size_t kMaxHexOctets = 64U << 10U;  // of one node's content in hex

struct TreeTextOptions {
    std::optional<std::size_t> depth{};  // levels below the root; nullopt: all
    bool hex = false;                    // the octets of values behind their words
    bool show_secrets = false;           // where annotate() was asked for them too
    std::size_t width = 0;               // columns; 0: lines are not folded
    // Colours "note:" and "error:".
    std::function<std::string(std::string_view)> paint = [](std::string_view word) {
        return std::string(word);
    };
};

// What peers wrote is escaped (SECURITY rule S23). Ends with where decoding stopped and with what
// is left over, where that is so.
std::string tree_text(const Tree& tree, const TreeTextOptions& options);

}  // namespace scep::inspect
