// The trees of a report, as long as it has room for them. Used inside this room only.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "core/inspect/report.hpp"
#include "core/inspect/tree.hpp"

namespace scep::inspect {

class ReportTrees {
  public:
    explicit ReportTrees(bool show_secrets) noexcept
        : secrets_(show_secrets ? Secrets::Shown : Secrets::Hidden) {}

    // nullopt: there were too many values before it.
    std::optional<Tree> next(Bytes message) {
        if (left_ == 0)
            return std::nullopt;
        Tree tree = annotate(message, shape_of(message), 0, secrets_);
        left_ -= std::min(left_, count(tree.root));
        return tree;
    }

    static std::string why_left_out() {
        return fmt::format("left out, as the trees before it have {} values together",
                           kMaxReportNodes);
    }

  private:
    static std::size_t count(const Node& node) noexcept {
        std::size_t sum = 1;
        for (const Node& child : node.children)
            sum += count(child);
        return sum;
    }

    Secrets secrets_;
    std::size_t left_ = kMaxReportNodes;
};

}  // namespace scep::inspect
