#include "core/inspect/tree_json.hpp"

#include "core/base/encoding.hpp"

namespace scep::inspect {

namespace {

using Json = nlohmann::ordered_json;

class Builder {
  public:
    explicit Builder(const TreeJsonOptions& options) noexcept : options_(options) {}

    Json build(const Node& node, std::size_t level) {
        const bool hidden = node.secret && !options_.show_secrets;
        const bool sizeless = hidden || node.sizeless;
        const bool words = !node.value.empty() && (!hidden || node.content.empty());
        Json out{{"field", node.field},
                 {"type", node.type},
                 {"offset", node.offset},
                 {"header_length", sizeless ? Json(nullptr) : Json(node.header_size)},
                 {"length", sizeless ? Json(nullptr) : Json(node.length)},
                 {"value", words ? Json(node.value) : Json(nullptr)},
                 {"secret", node.secret},
                 {"octets", hidden ? Json(nullptr) : octets(node)},
                 {"remarks", node.remarks},
                 {"children", nullptr}};
        if (options_.depth && level >= *options_.depth)
            return out;
        Json& children = out["children"] = Json::array();
        for (const Node& child : node.children)
            children.push_back(build(child, level + 1));
        return out;
    }

  private:
    Json octets(const Node& node) {
        const bool leaf = node.children.empty() && node.content.data() != nullptr;
        if (!options_.hex || !leaf || octets_ + node.content.size() > kMaxJsonOctets)
            return nullptr;
        octets_ += node.content.size();
        return to_hex(node.content);
    }

    const TreeJsonOptions& options_;
    std::size_t octets_ = 0;
};

}  // namespace

nlohmann::ordered_json tree_json(const Tree& tree, const TreeJsonOptions& options) {
    Json out{{"shape", name(tree.shape)}};
    out["root"] = Builder(options).build(tree.root, 0);
    out["stop"] = nullptr;
    if (tree.stop)
        out["stop"] = {{"offset", tree.stop->offset},
                       {"field", tree.stop->field},
                       {"expected", tree.stop->expected}};
    out["left_over"] = tree.left_over;
    return out;
}

}  // namespace scep::inspect
