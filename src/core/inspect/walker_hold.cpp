// Values inside strings: a message in the octets of another, an extension in its extnValue.
#include <algorithm>

#include <fmt/format.h>

#include "core/inspect/notes.hpp"
#include "core/inspect/walker.hpp"

namespace scep::inspect {

namespace {

// One constructed value and nothing else.
bool is_whole(Bytes octets) noexcept {
    asn1::Header header;
    return asn1::read_header(octets, header).empty() && header.constructed && !header.indefinite &&
           octets.size() - header.size == header.length;
}

// What octets of no known type look like; null: like nothing.
const Type* guess(Bytes octets, Shape shape) noexcept {
    if (shape != Shape::Unknown)
        return &type_of(shape);
    return is_whole(octets) ? &kAny : nullptr;
}

bool is_piece(const Node& node) noexcept {
    return node.field == kPiece && node.type == "OCTET STRING";
}

}  // namespace

std::size_t Region::absolute(std::size_t at) const noexcept {
    const auto behind = std::ranges::upper_bound(runs, at, {}, &Run::at);
    const Run& run = *std::prev(behind);
    return run.absolute + (at - run.at);
}

// The runs of a part of the region, as those of octets that are to stand at `at`.
void Region::copy_runs(std::size_t begin, std::size_t end, std::size_t at, Region& out) const {
    for (std::size_t from = begin; from < end;) {
        const auto behind = std::ranges::upper_bound(runs, from, {}, &Run::at);
        const std::size_t to = behind == runs.end() ? end : std::min(end, behind->at);
        out.runs.push_back({at + (from - begin), absolute(from)});
        from = to;
    }
}

void Walker::hold(const Region& region, const Extent& extent, const Slot& slot, Node& out) {
    // The first octet of a BIT STRING counts unused bits, of which an encoding has none.
    const bool bits = slot.type->tag == asn1::kBitString;
    if (bits && (extent.begin == extent.end || region.octets[extent.begin] != 0))
        return;
    further(region, extent.begin + (bits ? 1 : 0), extent.end, slot, out);
}

void Walker::further(
    const Region& region, std::size_t begin, std::size_t end, const Slot& slot, Node& out) {
    const Bytes octets = region.octets.subspan(begin, end - begin);
    const Type* type = slot.of != nullptr ? slot.of : slot.type->of;
    const Shape shape = shape_of(octets);
    if (type == nullptr)
        type = guess(octets, shape);
    else if (shape == Shape::ContentInfo && (type == &kSignedData || type == &kEnvelopedData))
        type = &kContentInfo;
    if (type == nullptr) {
        conceal_octets(out, octets);
        return;
    }
    if (shape == Shape::PrivateKey && type == &kAny)
        return hide(out, kHiddenKey);
    if (nodes_ >= kMaxTreeNodes || depth_ >= kMaxTreeDepth) {
        out.remarks.emplace_back("content left out");
        return;
    }
    out.content = {};
    for (Node& piece : out.children)
        forget(piece);
    Slot inner{.type = type, .field = field_name(*type, "value")};
    asn1::Header header;
    if (asn1::read_tag(octets, header).empty())
        settle(inner, header.tag);
    std::size_t at = begin;
    // Whatever is wrong in there, where it ends was settled out here.
    const Guard before = guard_;
    guard_unknown(*type, octets);
    ++depth_;
    const bool good = element(region, at, end, std::move(inner), out.children.emplace_back());
    --depth_;
    guard_ = before;
    if (good && at < end)
        out.remarks.push_back(fmt::format("{} octets left over behind it", end - at));
}

// The octets of a piece are shown as part of what was joined.
void Walker::forget(Node& piece) {
    piece.content = {};
    piece.value.clear();
    for (Node& inner : piece.children)
        forget(inner);
}

void Walker::hold_joined(const Region& region, const Slot& slot, Node& out) {
    if (slot.secret)
        return;
    Buffer whole;
    Region joined;
    std::size_t pieces = 0;
    if (slot.type->tag != asn1::kOctetString || nodes_ >= kMaxTreeNodes ||
        !join(region, out, whole, joined, pieces)) {
        out.remarks.emplace_back("pieces not joined");
        return;
    }
    if (whole.empty())
        return;
    joined_ += whole.size();
    out.remarks.push_back(
        fmt::format("constructed of {} pieces, joined: {} octets", pieces, whole.size()));
    tree_.joined->push_back(std::move(whole));
    joined.octets = tree_.joined->back();
    further(joined, 0, joined.octets.size(), slot, out);
}

bool Walker::join(
    const Region& region, const Node& node, Buffer& out, Region& joined, std::size_t& pieces) {
    for (const Node& piece : node.children) {
        if (!is_piece(piece) || joined_ + out.size() + piece.content.size() > kMaxJoinedOctets)
            return false;
        if (!piece.children.empty()) {
            if (!join(region, piece, out, joined, pieces))
                return false;
            continue;
        }
        ++pieces;
        const auto begin =
            piece.content.empty()
                ? 0
                : static_cast<std::size_t>(piece.content.data() - region.octets.data());
        region.copy_runs(begin, begin + piece.content.size(), out.size(), joined);
        append(out, piece.content);
    }
    return true;
}

}  // namespace scep::inspect
