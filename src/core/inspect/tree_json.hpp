// A tree for programs.
//
// {"shape": "ContentInfo",          what the outermost value was taken for
//  "root": NODE,
//  "stop": null or {"offset": 52, "field": "ContentInfo.content", "expected": "..."},
//  "left_over": 0}                  octets behind the outermost value
//
// NODE is {"field": "version",      name in its standard; "" where it has none
//          "type": "INTEGER",
//          "offset": 23,            of the tag, from the start of the message
//          "header_length": 2,      octets; null for secrets and the values right around them
//          "length": 1,             octets of content; null likewise
//          "value": "1",            in words; null where there are none
//          "secret": false,
//          "octets": "01",          content in hex, lower case; null for constructed values and
//                                   secrets, and for all unless asked for
//          "remarks": [],           on the encoding, sentences
//          "children": []}          null below the depth that was asked for
//
// Text is UTF-8, not escaped but by JSON itself.
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

#include "core/inspect/tree.hpp"

namespace scep::inspect {

inline constexpr std::size_t kMaxJsonOctets = 4U << 20U;  // in hex, of one tree; then null

struct TreeJsonOptions {
    std::optional<std::size_t> depth{};  // levels below the root; nullopt: all
    bool hex = false;                    // "octets"
    bool show_secrets = false;           // where annotate() was asked for them too
};

nlohmann::ordered_json tree_json(const Tree& tree, const TreeJsonOptions& options);

}  // namespace scep::inspect
