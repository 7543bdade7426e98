#include "core/inspect/walker.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/inspect/notes.hpp"

namespace scep::inspect {

namespace {

bool is_string(asn1::Tag tag) noexcept {
    return tag == asn1::kOctetString || tag == asn1::kBitString || asn1::is_text(tag);
}

// X.690 section 11.6: octet by octet, the shorter padded with zero octets.
bool sorted(Bytes a, Bytes b) noexcept {
    const std::size_t common = std::min(a.size(), b.size());
    const auto order = std::ranges::mismatch(a.first(common), b.first(common));
    if (order.in1 != a.begin() + static_cast<std::ptrdiff_t>(common))
        return *order.in1 < *order.in2;
    return std::ranges::all_of(a.subspan(common), [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace

void Walker::walk(Bytes message, std::size_t base, const Type& type) {
    const Region region{message, {{0, base}}, true};
    path_.push_back({.field = type.form == Form::Any ? "message" : type.name});
    Slot slot{.type = &type, .field = path_.back().field};
    asn1::Header header;
    if (asn1::read_tag(message, header).empty())
        settle(slot, header.tag);
    guard_unknown(type, message);
    std::size_t at = 0;
    if (element(region, at, message.size(), slot, tree_.root))
        tree_.left_over = message.size() - at;
    tree_.left_over_offset = base + at;
}

bool Walker::element(const Region& region, std::size_t& at, std::size_t end, Slot slot, Node& out) {
    ++nodes_;
    std::optional<Extent> extent = open(region, at, end, slot, out);
    if (!extent)
        return false;
    if (extent->header.constructed)
        return constructed(region, *extent, at, slot, out);
    primitive(region, *extent, slot, out);
    at = extent->end;
    return true;
}

// Reads the header and says what is to be said of it.
std::optional<Walker::Extent> Walker::open(
    const Region& region, std::size_t at, std::size_t end, Slot& slot, Node& out) {
    out.field = slot.field;
    out.offset = region.absolute(at);
    Extent extent{.start = at};
    asn1::Header& header = extent.header;
    std::string_view wrong = asn1::read_header(region.octets.subspan(at, end - at), header);
    if (wrong.empty() && asn1::is_end_of_contents(header))
        wrong = "end-of-contents";
    if (!wrong.empty()) {
        const std::string want = slot.wanted.empty() ? expected(*slot.type) : slot.wanted;
        const std::string found =
            at == end ? "the end of the input"
            : wrong == asn1::kCutShort
                ? fmt::format("a tag and length that end after {} octets", end - at)
                : std::string(wrong);
        stop(out.offset, fmt::format("{}, found {}", want, found));
        out.remarks.emplace_back("decoding stopped here");
        return std::nullopt;
    }
    extent.begin = at + header.size;
    const std::size_t there = end - extent.begin;
    extent.cut = !header.indefinite && header.length > there;
    extent.end = extent.begin + (header.indefinite ? there : std::min(header.length, there));
    check_form(slot, extent, out);
    if (extent.cut && !header.constructed)
        guard_.doubtful = guard_.request;
    slot.secret =
        slot.secret || guard_.doubtful ||
        is_exposed(header, region.octets.subspan(extent.begin, extent.end - extent.begin));
    out.type = asn1::tag_name(header.tag);
    if (slot.tagged && slot.type->form != Form::Any)
        out.type += ' ' + asn1::tag_name(slot.type->tag);
    if (header.indefinite)
        out.remarks.emplace_back("indefinite length");
    if (!header.minimal)
        out.remarks.emplace_back("tag or length not in its shortest form");
    if (slot.secret && hidden_) {
        out.sizeless = true;
        return extent;
    }
    out.header_size = header.size;
    out.length = extent.end - extent.begin;
    if (extent.cut)
        out.remarks.push_back(fmt::format("cut short: {} octets of {}", out.length, header.length));
    return extent;
}

// A type that cannot be what is there becomes any type.
void Walker::check_form(Slot& slot, const Extent& extent, Node& out) {
    const asn1::Header& header = extent.header;
    const Form form = slot.type->form;
    const bool wants_constructed =
        slot.wrapped || form == Form::Sequence || form == Form::Collection;
    const bool admits_constructed =
        wants_constructed || form == Form::Any || is_string(slot.type->tag);
    if (slot.wanted.empty() && (header.constructed ? !admits_constructed : wants_constructed))
        slot.wanted = header.constructed ? "primitive " + expected(*slot.type)
                                         : "constructed " + expected(*slot.type);
    if (slot.wanted.empty())
        return;
    const std::string wrong = fmt::format("{}, found {}{}",
                                          slot.wanted,
                                          header.constructed ? "constructed " : "",
                                          asn1::tag_name(header.tag));
    stop(out.offset, wrong);
    out.remarks.push_back("want " + wrong);
    if (header.constructed ? !admits_constructed : wants_constructed)
        slot = {.field = slot.field, .secret = slot.secret, .wanted = slot.wanted};
}

bool Walker::constructed(
    const Region& region, Extent& extent, std::size_t& at, Slot& slot, Node& out) {
    at = extent.begin;
    const std::size_t secrets_before = secrets_;
    const std::optional<std::size_t> secret_start = secret_start_;
    const bool key = slot.type->form == Form::Any && extent.header.tag == asn1::kSequence &&
                     shape_of(region.octets.subspan(extent.start, extent.end - extent.start)) ==
                         Shape::PrivateKey;
    const Guard before = guard_;
    guard(slot, region.octets.subspan(extent.begin, extent.end - extent.begin));
    Plan plan{.around = slot, .secret = slot.secret};
    bool done = false;
    if (key || depth_ >= kMaxTreeDepth) {
        done = leave_out(region, at, extent.end, extent.header.indefinite, out);
    } else {
        ++depth_;
        done = children(region, at, extent.end, extent.header.indefinite, plan, out);
        --depth_;
        if (done && !extent.cut)
            missing(region, at, plan);
    }
    if (extent.cut)
        cut_short(region, extent, out);
    if (!done && !extent.header.indefinite) {
        at = extent.end;
        done = true;
    }
    if (key) {
        hide(out, kHiddenKey);
    } else if (done) {
        extent.end = extent.header.indefinite ? at - 2 : at;
        if (out.header_size != 0)
            out.length = extent.end - extent.begin;
        if (slot.type->form == Form::Holder && !slot.wrapped)
            hold_joined(region, slot, out);
        finish(region, extent, at, slot, out);
    }
    if (slot.type->trait == Trait::Signed || slot.type->trait == Trait::Request)
        hide_signature(out, secrets_before);
    if (slot.type->trait == Trait::Request)
        guard_ = before;
    secret_start_ = secret_start;
    return done;
}

void Walker::primitive(const Region& region, const Extent& extent, const Slot& slot, Node& out) {
    const Bytes content = region.octets.subspan(extent.begin, extent.end - extent.begin);
    if (slot.secret) {
        ++secrets_;
        out.secret = true;
        out.sizeless = false;
        if (hidden_)
            return extent.cut ? cut_short(region, extent, out) : void();
    }
    const bool generic = slot.type->form == Form::Any;
    const bool bits = extent.header.tag == asn1::kBitString;
    const bool octets = bits || extent.header.tag == asn1::kOctetString;
    const Bytes inner = bits && !content.empty() ? content.subspan(1) : content;
    if (generic && octets && shape_of(inner) == Shape::PrivateKey)
        return hide(out, kHiddenKey);
    if (generic && octets && secrets_ != 0 && hidden_ && !slot.secret)
        return hide(out, kHiddenSignature);
    out.content = content;
    if (slot.type->form == Form::Holder)
        hold(region, extent, slot, out);
    if (conceal_octets(out, out.content))
        return;
    if (extent.cut)
        cut_short(region, extent, out);  // unless what it holds was cut further inside
    if (!out.secret || !hidden_)
        finish(region, extent, extent.end, slot, out);
}

bool Walker::children(const Region& region,
                      std::size_t& at,
                      std::size_t end,
                      bool indefinite,
                      Plan& plan,
                      Node& parent) {
    const bool set_of =
        plan.around.type->form == Form::Collection && plan.around.type->tag == asn1::kSet;
    Bytes before;
    bool unsorted = false;
    for (std::size_t index = 0;; ++index) {
        if (at >= end && !indefinite)
            break;
        if (at >= end) {
            stop(region.absolute(end),
                 fmt::format("end-of-contents of {}, found the end of the input", parent.type));
            return false;
        }
        if (indefinite && end - at >= 2 && region.octets[at] == 0 && region.octets[at + 1] == 0) {
            at += 2;
            break;
        }
        if (nodes_ >= kMaxTreeNodes)
            return leave_out(region, at, end, indefinite, parent);
        asn1::Header header;
        static_cast<void>(asn1::read_tag(region.octets.subspan(at, end - at), header));
        const std::size_t start = at;
        if (index == 0 && plan.around.guarded && header.tag != asn1::kObjectIdentifier)
            conceal(plan, parent);
        Slot slot = choose(plan, header.tag);
        guard_.doubtful = guard_.doubtful || (plan.extra && guard_.request);
        const Trait trait = slot.wrapped ? Trait::None : slot.type->trait;
        const bool named = !plan.around.wrapped && plan.around.type->form == Form::Sequence;
        path_.push_back({named ? slot.field : "", index, plan.around.wrapped});
        const bool good = element(region, at, end, std::move(slot), parent.children.emplace_back());
        path_.pop_back();
        if (!good)
            return false;
        met(plan, trait, parent);
        const Bytes encoding = region.octets.subspan(start, at - start);
        unsorted = unsorted || (set_of && index > 0 && !sorted(before, encoding));
        before = encoding;
    }
    if (unsorted)
        parent.remarks.emplace_back("SET OF not sorted");
    if (plan.extra)
        parent.remarks.push_back(fmt::format("more elements than {} has", plan.around.type->name));
    return true;
}

// Steps over what the tree has no room for.
bool Walker::leave_out(
    const Region& region, std::size_t& at, std::size_t end, bool indefinite, Node& parent) {
    const std::size_t start = at;
    std::size_t open = indefinite ? 1 : 0;
    if (!indefinite)
        at = end;
    while (open != 0) {
        asn1::Header header;
        const std::string_view wrong =
            asn1::read_header(region.octets.subspan(at, end - at), header);
        const bool beyond =
            wrong.empty() && !header.indefinite && end - at - header.size < header.length;
        if (!wrong.empty() || beyond) {
            stop(region.absolute(beyond ? end : at),
                 fmt::format("end-of-contents of {}, found {}",
                             parent.type,
                             beyond || wrong == asn1::kCutShort ? "the end of the input" : wrong));
            return false;
        }
        at += header.size + header.length;
        if (asn1::is_end_of_contents(header))
            --open;
        else if (header.indefinite)
            ++open;
    }
    if (!parent.sizeless)
        parent.value = fmt::format("{} octets left out, a tree has {} nodes on {} levels at most",
                                   at - start,
                                   kMaxTreeNodes,
                                   kMaxTreeDepth);
    return true;
}

Tree annotate(Bytes message, Shape shape, std::size_t base, Secrets secrets) {
    Tree tree{.shape = shape, .joined = std::make_shared<asn1::Joined>()};
    Walker(tree, secrets).walk(message, base, type_of(shape));
    return tree;
}

}  // namespace scep::inspect
