// What the next value is taken for: the schema's part of the walk.
#include <algorithm>

#include "core/inspect/walker.hpp"

namespace scep::inspect {

// A Choice becomes what was chosen, and a type that the tag rules out any type.
void Walker::settle(Slot& slot, asn1::Tag tag) {
    while (slot.type->form == Form::Choice && !slot.tagged && !slot.wrapped) {
        const auto chosen = std::ranges::find_if(
            slot.type->members, [tag](const Member& member) { return admits(member, tag); });
        if (chosen == slot.type->members.end())
            break;
        if (!chosen->field.empty())
            slot.field = chosen->field;
        slot.type = chosen->type;
        slot.wrapped = chosen->wrapped;
        slot.tagged = chosen->tag != kOwnTag && !chosen->wrapped;
    }
    if (slot.tagged || slot.wrapped || admits(*slot.type, tag))
        return;
    if (slot.type->form == Form::Holder && slot.of != nullptr && admits(*slot.of, tag)) {
        slot.type = slot.of;  // PKCS #7 version 1.5 has no OCTET STRING around the content
        return;
    }
    if (slot.wanted.empty())
        slot.wanted = expected(*slot.type);
    slot.type = &kAny;
}

// The member's type, with its hole filled by what the OID before it selects.
void Walker::fill(Slot& slot, const Member& member, const Plan& plan) {
    slot.type = member.type;
    slot.field = member.field;
    slot.wrapped = member.wrapped;
    slot.tagged = member.tag != kOwnTag && !member.wrapped;
    if (member.select == nullptr || !plan.selector)
        return;
    const Type* const found = member.select(*plan.selector);
    if (found == nullptr)
        return;
    if (member.type->form == Form::Collection || member.type->form == Form::Holder)
        slot.of = found;
    else
        slot.type = found;
}

Walker::Slot Walker::choose_member(Plan& plan, asn1::Tag tag) {
    const std::span<const Member> members = plan.around.type->members;
    const auto fits = [tag](const Member& member) { return admits(member, tag); };
    Slot slot;
    std::size_t at = plan.next;
    while (at < members.size() && !fits(members[at]) && members[at].optional)
        ++at;
    if (at == members.size()) {
        plan.extra = true;
        plan.next = at;
        return slot;
    }
    if (fits(members[at])) {
        plan.next = at + 1;
        fill(slot, members[at], plan);
        return slot;
    }
    for (std::size_t i = plan.next; i <= at; ++i)
        slot.wanted += (i == plan.next ? "" : " or ") + std::string(members[i].field) + ' ' +
                       expected(members[i]);
    // One may be missing, or this one be too many: a later one that fits decides.
    const auto later = std::ranges::find_if(members.subspan(at + 1), [&](const Member& member) {
        return member.type->form != Form::Any && fits(member);
    });
    plan.next = at;
    if (later != members.end()) {
        plan.next = static_cast<std::size_t>(later - members.begin()) + 1;
        fill(slot, *later, plan);
    }
    return slot;
}

Walker::Slot Walker::choose(Plan& plan, asn1::Tag tag) {
    const Slot& around = plan.around;
    Slot slot;
    if (around.wrapped) {
        plan.extra = plan.next != 0;
        if (plan.next++ == 0)
            slot = {.type = around.type,
                    .of = around.of,
                    .field = field_name(*around.type, around.field)};
    } else if (around.type->form == Form::Sequence) {
        slot = choose_member(plan, tag);
    } else if (around.type->form == Form::Collection) {
        slot.type = around.of != nullptr ? around.of : around.type->of;
        slot.field = field_name(*slot.type, "value");
        slot.guarded = around.type->trait == Trait::Guarded;
    } else if (around.type->form != Form::Any || around.field == kPiece) {
        slot.field = kPiece;
    }
    slot.secret = plan.secret;
    settle(slot, tag);
    return slot;
}

}  // namespace scep::inspect
