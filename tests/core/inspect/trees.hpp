// What the tests of this room share: fixtures, and ways through a tree.
#pragma once

#include <deque>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>

#include "core/asn1/writer.hpp"
#include "core/base/encoding.hpp"
#include "core/inspect/tree.hpp"

namespace scep::inspect {

inline Buffer read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline Buffer capture(const std::string& name) {
    return read_file(std::string(SCEP_FIXTURES "/") + name);
}

inline Buffer fixture(const std::string& name) {
    return read_file(std::string(INSPECT_FIXTURES "/") + name);
}

// Octets that are kept until the end, since trees borrow them.
inline const Buffer& hex(std::string_view text) {
    static std::deque<Buffer> kept;
    return kept.emplace_back(from_hex(text).value());
}

inline Tree tree_of(Bytes message, Secrets secrets = Secrets::Hidden) {
    return annotate(message, shape_of(message), 0, secrets);
}

inline void visit(const Node& node, const std::function<void(const Node&)>& seen) {
    seen(node);
    for (const Node& child : node.children)
        visit(child, seen);
}

// The first node of this field, depth first; null when there is none.
inline const Node* find(const Node& node, std::string_view field) {
    if (node.field == field)
        return &node;
    for (const Node& child : node.children)
        if (const Node* const found = find(child, field))
            return found;
    return nullptr;
}

inline bool has_remark(const Node& node, std::string_view begin) {
    bool found = false;
    visit(node, [&](const Node& each) {
        for (const std::string& remark : each.remarks)
            found = found || remark.starts_with(begin);
    });
    return found;
}

// Places of all nodes, and what they say but for the encoding.
inline std::string words_of(const Node& node) {
    std::string out;
    visit(node, [&](const Node& each) {
        if (each.field == "certificate")  // its fingerprint is of the encoding
            out += "certificate\n";
        else if (each.field != "piece")
            out += each.field + '|' + each.value + '\n';
    });
    return out;
}

}  // namespace scep::inspect
