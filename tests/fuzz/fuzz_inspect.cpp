// Trees of any octets: what decode-pkimessage does with each layer it meets.
#include <cstdlib>

#include "core/inspect/diff.hpp"
#include "core/inspect/extract.hpp"
#include "core/inspect/tree_json.hpp"
#include "core/inspect/tree_text.hpp"
#include "fuzz/target.hpp"

using namespace scep;
using namespace scep::inspect;

namespace {

void insist(bool holds) {
    if (!holds)
        std::abort();
}

// Returns how many nodes there are.
std::size_t check(const Node& node, std::size_t size, bool hidden) {
    insist(node.offset <= size);
    insist(node.content.empty() || node.children.empty());
    if (hidden && node.secret)
        insist(node.content.empty() && node.length == 0 && node.children.empty());
    std::size_t count = 1;
    for (const Node& child : node.children)
        count += check(child, size, hidden);
    return count;
}

void read(Bytes input, Shape shape) {
    const Tree tree = annotate(input, shape);
    insist(check(tree.root, input.size(), true) <= kMaxTreeNodes + kMaxTreeDepth);
    insist(!tree.stop || tree.stop->offset <= input.size());
    insist(tree.left_over <= input.size());
    static_cast<void>(tree_text(tree, {.hex = true, .width = 60}));
    static_cast<void>(tree_json(tree, {.hex = true}).dump());
    const Tree shown = annotate(input, shape, 0, Secrets::Shown);
    check(shown.root, input.size(), false);
    for (const Difference& each : diff(shown, shown))  // of itself: private keys, not compared
        insist(each.kind == DifferenceKind::Secret);
    static_cast<void>(diff_text(diff(tree, shown)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    read(input, shape_of(input));
    read(input, static_cast<Shape>(size % 7));
    for (const Layer layer :
         {Layer::Csr, Layer::Envelope, Layer::Signer, Layer::Certs, Layer::Attrs})
        static_cast<void>(extract(layer, Form::Der, input, input));
    return 0;
}
