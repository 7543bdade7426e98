// What is said of a value once it was walked through, and what is not.
#include <fmt/format.h>

#include "core/inspect/notes.hpp"
#include "core/inspect/walker.hpp"

namespace scep::inspect {

namespace {

constexpr std::string_view kObjectIdentifier = "OBJECT IDENTIFIER";

bool is_size(const std::string& remark) noexcept {
    return remark.starts_with("cut short");
}

}  // namespace

void Walker::finish(
    const Region& region, const Extent& extent, std::size_t after, const Slot& slot, Node& out) {
    const bool typed = slot.tagged && slot.type->form != Form::Any;
    const asn1::Element element{
        .tag = typed ? slot.type->tag : extent.header.tag,
        .constructed = extent.header.constructed,
        .indefinite = extent.header.indefinite,
        .minimal = extent.header.minimal,
        .offset = out.offset,
        .header_size = extent.header.size,
        .tlv = region.octets.subspan(extent.start, after - extent.start),
        .content = region.octets.subspan(extent.begin, extent.end - extent.begin)};
    const bool left_out = element.constructed && !out.value.empty();
    if (out.children.empty() && !element.constructed)
        describe(element, out);
    if (slot.wrapped || left_out || (slot.secret && (hidden_ || element.constructed)))
        return;
    if (slot.type->trait == Trait::Named)
        take_name(out);
    if (slot.type->note != nullptr && !extent.cut)
        slot.type->note(element, out);
    words_ += out.value.size();
    if (words_ > kMaxTreeWords)
        out.value.clear();
}

void Walker::take_name(Node& node) {
    if (node.children.empty() || node.children.front().type != kObjectIdentifier)
        return;
    if (const Result<asn1::Oid> oid = asn1::Oid::from_content(node.children.front().content))
        node.field = asn1::name(*oid);
}

// The last child is there: what does it tell about those behind it?
void Walker::met(Plan& plan, Trait trait, Node& parent) {
    const Node* oid = &parent.children.back();
    if (trait == Trait::Algorithm && !oid->children.empty())
        oid = &oid->children.front();
    std::optional<asn1::Oid> value;
    if (oid->type == kObjectIdentifier)
        if (const Result<asn1::Oid> found = asn1::Oid::from_content(oid->content))
            value = *found;
    if (value)
        plan.selector = value;
    if (parent.children.size() != 1)
        return;
    const bool shown = !plan.around.guarded || (value && is_public_attribute(*value));
    if (shown && value != oid::kChallengePassword)
        return;
    conceal(plan, parent);
    constexpr std::size_t kLongestInUse = 16;  // octets; what is longer may be something else
    if (hidden_ && plan.around.guarded && oid->content.size() > kLongestInUse)
        hide(parent.children.back(), kHiddenOctets);
}

void Walker::cut_short(const Region& region, const Extent& extent, const Node& node) {
    stop(region.absolute(extent.end),
         fmt::format(
             "{} more octets of {}, found the end of the {}",
             extent.header.length - (extent.end - extent.begin),
             node.type,
             region.outermost && extent.end == region.octets.size() ? "input" : "value around it"));
}

void Walker::missing(const Region& region, std::size_t at, const Plan& plan) {
    const Slot& around = plan.around;
    if (around.wrapped && plan.next == 0)
        return stop(region.absolute(at),
                    fmt::format("{}, found nothing in its tag", expected(*around.type)));
    if (around.wrapped || around.type->form != Form::Sequence)
        return;
    for (const Member& member : around.type->members.subspan(plan.next))
        if (!member.optional)
            return stop(region.absolute(at),
                        fmt::format("{} {}, found the end of {}",
                                    member.field,
                                    expected(member),
                                    around.type->name));
}

// The values in `parent` from here on, and what would tell their sizes.
void Walker::conceal(Plan& plan, Node& parent) {
    plan.secret = true;
    if (!hidden_)
        return;
    parent.sizeless = true;
    std::erase_if(parent.remarks, is_size);
    parent.header_size = parent.length = 0;
    secret_start_ = parent.offset;
}

void Walker::hide(Node& node, std::string_view why) {
    node.secret = true;
    node.value = why;
    node.content = {};
    node.children.clear();
    node.header_size = node.length = 0;
}

void Walker::hide_signature(Node& node, std::size_t secrets_before) const {
    if (secrets_ == secrets_before)
        return;
    for (Node& child : node.children) {
        if (child.field != "signature")
            continue;
        child.secret = true;
        if (hidden_)
            hide(child, kHiddenSignature);
    }
}

void Walker::stop(std::size_t offset, std::string expected) {
    guard_.doubtful = guard_.doubtful || guard_.request;
    if (tree_.stop)
        return;
    if (secret_start_)
        tree_.stop = Stop{*secret_start_, path(), "well-formed values, which are not shown"};
    else
        tree_.stop = Stop{offset, path(), std::move(expected)};
}

// "ContentInfo.content.signerInfos[0].signedAttrs[2]"
std::string Walker::path() const {
    std::string out;
    for (const Step& step : path_) {
        if (step.silent)
            continue;
        if (step.field.empty())
            out += fmt::format("[{}]", step.index);
        else
            out.append(out.empty() ? "" : ".").append(step.field);
    }
    return out;
}

}  // namespace scep::inspect
